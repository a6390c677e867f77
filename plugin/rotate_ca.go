package plugin

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
)

const rotateExamples = `  # A new root for a cluster that has its own, with no restart
  kubectl nifi rotate-ca prod --dir prod

  # What would be done, and who would have to be told?
  kubectl nifi rotate-ca prod --dry-run

  # To another issuer
  kubectl nifi rotate-ca prod --issuer company-ca --issuer-kind ClusterIssuer --dir prod

  # After Ctrl-C or a crash: the same again goes on, --abort goes back
  kubectl nifi rotate-ca prod --abort --dir prod`

// rotateOptions changes who signs a cluster's certificates.
type rotateOptions struct {
	operateOptions
	Issuer     string
	IssuerKind string
	Dir        string
	NoDocument bool
}

func newRotateCommand(env Environment) *cobra.Command {
	o := &rotateOptions{operateOptions: operateOptions{env: env}}
	command := &cobra.Command{
		Use:   "rotate-ca NAME",
		Short: "Change the CA of a running cluster, with no restart",
		Long: "Every node is given the new anchor beside the old one and proves that it has loaded it, before any certificate is signed by the new CA; " +
			"then the nodes' certificates are signed anew, then the administrator's and the healer's, and at the end the old anchor is forgotten. " +
			"No pod restarts and no node leaves the cluster. Up to that end --abort goes back.",
		Example: rotateExamples,
		Args:    oneName,
		RunE:    steps(o),
	}
	flags := command.Flags()
	flags.StringVar(&o.Issuer, "issuer", "", "cert-manager issuer to go to (default: the next generation of the cluster's own root)")
	flags.StringVar(&o.IssuerKind, "issuer-kind", "ClusterIssuer", "Kind of --issuer: Issuer or ClusterIssuer")
	flags.StringVar(&o.Dir, "dir", "", "Folder of the overlay, whose document then says the new CA, too")
	flags.BoolVar(&o.NoDocument, "no-document", false, "Somebody else sees to it that the overlay's document says the new CA")
	o.addFlags(flags)
	return command
}

// Validate checks the command line.
func (o *rotateOptions) Validate() error {
	switch {
	case o.Abort && o.Issuer != "":
		return usagef("--abort goes alone: it goes back to the CA there was")
	case o.NoDocument && o.Dir != "":
		return usagef("--no-document and --dir exclude each other")
	case o.IssuerKind != "Issuer" && o.IssuerKind != "ClusterIssuer":
		return usagef("--issuer-kind must be Issuer or ClusterIssuer, not %q", o.IssuerKind)
	}
	return o.validate()
}

// Complete reads the kubeconfig and the overlay's document; it sends nothing.
func (o *rotateOptions) Complete(name string) error {
	if err := o.complete(o.env, name); err != nil {
		return err
	}
	o.noDocument = o.NoDocument
	if o.Dir == "" {
		return nil
	}
	o.document = overlayDocument{env: o.env, options: &o.operateOptions, dir: filepath.Clean(o.Dir)}
	_, err := o.document.Says()
	return err
}

// Run rotates.
func (o *rotateOptions) Run(ctx context.Context) error {
	done, err := o.change(ctx, func(s *operateSession) (operation.Intent, error) { return o.intent(ctx, s) })
	if err != nil || done == nil || !done.Done {
		return err
	}
	by := done.To()
	if done.Abort {
		by = done.Rotation.From
	}
	if _, err := fmt.Fprintf(o.env.Out, "cluster %s: every certificate is signed by %s %s\n", o.names.Cluster, by.Kind, by.Name); err != nil {
		return err
	}
	if !done.Abort {
		fmt.Fprintln(o.env.ErrOut, "nodes forget the old anchor ten minutes after it was last seen")
	}
	return nil
}

// intent is the rotation that was cut, or a new one from who signs now.
func (o *rotateOptions) intent(ctx context.Context, s *operateSession) (operation.Intent, error) {
	if cut, ok := s.resumed(operation.RotateCA); ok && (o.Issuer == "" || cut.To() == o.to()) {
		return cut, nil
	}
	from, err := s.signer(ctx)
	if err != nil {
		return operation.Intent{}, err
	}
	i := operation.Intent{Kind: operation.RotateCA}
	to := o.to()
	if o.Issuer == "" {
		if to, i.Generation, err = s.nextRoot(ctx, from); err != nil {
			return i, err
		}
	}
	i.Issuer = &to
	return i, s.trusting(ctx, from, to)
}

func (o *rotateOptions) to() operation.Issuer {
	return operation.Issuer{Kind: o.IssuerKind, Name: o.Issuer}
}
