package plugin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// certsTrustAddOptions publishes anchors.
type certsTrustAddOptions struct {
	trustOptions
	Reason string
	DryRun bool
	Yes    bool
	Wait   bool

	file    string
	anchors []trust.Certificate
}

func newCertsTrustAddCommand(env Environment) *cobra.Command {
	o := &certsTrustAddOptions{trustOptions: trustOptions{env: env}}
	command := &cobra.Command{
		Use:   "add NAME FILE",
		Short: "Publish the CA certificates of a PEM file to every node",
		Long: "Puts each CA certificate of the file into Secret NAME-trust, nudges the kubelets, and waits until every pod's tls-sync says that its truststore has it. No pod restarts. " +
			"Whoever holds the key of such a CA can be a node of the cluster, and so read and change everything in it.",
		Example: "  kubectl nifi certs trust add prod new-root.pem --reason 'the root from 2027 on'",
		Args:    nameAndFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.file = args[1]
			return steps(o)(cmd, args[:1])
		},
	}
	flags := command.Flags()
	flags.StringVar(&o.Reason, "reason", "", "Why, for whoever finds it there later")
	flags.BoolVar(&o.DryRun, "dry-run", false, "Print what would be published, and change nothing")
	flags.BoolVarP(&o.Yes, "yes", "y", false, "Don't ask")
	flags.BoolVar(&o.Wait, "wait", true, "Wait until every pod's truststore has it")
	o.addFlags(flags, 4*time.Minute, "How long to wait")
	return command
}

// nameAndFile demands the cluster's name and a file.
func nameAndFile(cmd *cobra.Command, args []string) error {
	if len(args) != 2 {
		return usagef("%s takes a NAME, the cluster's, and a FILE, not %d arguments; see %s --help", cmd.CommandPath(), len(args), cmd.CommandPath())
	}
	return nil
}

// Validate checks the flags and the file.
func (o *certsTrustAddOptions) Validate() error {
	var err error
	if o.anchors, err = readAnchors(o.file, o.env.Now()); err != nil {
		return usagef("%w", err)
	}
	return o.validate()
}

// Run publishes.
func (o *certsTrustAddOptions) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	s, err := o.look(ctx)
	if err != nil {
		return err
	}
	plan, fresh := o.plan(s, o.anchors)
	if o.DryRun {
		_, err := fmt.Fprint(o.env.Out, plan)
		return err
	}
	fmt.Fprint(o.env.ErrOut, plan)
	if len(fresh) > 0 {
		if err := o.env.consent(o.Yes); err != nil {
			return err
		}
		if err := o.cluster().PublishAnchors(ctx, fresh); err != nil {
			return err
		}
	}
	return o.arrive(ctx, s, o.anchors)
}

// plan says what each certificate is, and what it means to publish it.
func (o *certsTrustAddOptions) plan(s trustState, anchors []trust.Certificate) (text string, fresh []kube.PublishedAnchor) {
	var out strings.Builder
	for _, c := range anchors {
		note := ""
		if slices.ContainsFunc(s.published, func(p kube.PublishedAnchor) bool { return p.Certificate.Fingerprint == c.Fingerprint }) {
			note = ", published already"
		} else {
			fresh = append(fresh, kube.PublishedAnchor{Certificate: c, By: o.env.Identity, Reason: o.Reason, At: o.env.Now()})
		}
		fmt.Fprintf(&out, "%s\n  %s, issued by %s, %s, expires %s%s\n", c.Fingerprint, c.Subject, issuerName(c), c.Key, humanExpiry(s.Time, c.NotAfter), note)
	}
	if len(fresh) > 0 {
		fmt.Fprintf(&out, "publish %s to the %d nodes of %s\nwarning: whoever holds the key of such a CA can be a node of %s: they can read and change every flow, its data and its users\n",
			plural(len(fresh), "anchor"), len(s.Pods), s.Names.Cluster, s.Names.Cluster)
	} else {
		out.WriteString("nothing to publish\n")
	}
	return out.String(), fresh
}

func issuerName(c trust.Certificate) string {
	if c.SelfIssued() {
		return "itself"
	}
	return c.Issuer
}

// arrive waits until every pod's truststore has the anchors.
func (o *certsTrustAddOptions) arrive(ctx context.Context, s trustState, anchors []trust.Certificate) error {
	pods := podNames(s.Cluster)
	nudger := newNudger(o.env, o.cluster())
	nudger.nudge(ctx, pods...)
	if !o.Wait {
		_, err := fmt.Fprintln(o.env.Out, "published; the nodes have it within two minutes")
		return err
	}
	missing := pods
	err := o.env.poll(ctx, func() (bool, error) {
		missing = slices.DeleteFunc(missing, func(pod string) bool {
			return hasAll(view.ReadFiles(ctx, o.cluster(), pod), anchors)
		})
		nudger.nudge(ctx, missing...)
		return len(missing) == 0, nil
	})
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: it is published, but %s hasn't said that its truststore has it; see kubectl nifi certs trust list %s",
			err, strings.Join(missing, ", "), s.Names.Cluster)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.env.Out, "in the truststore of %s\n", strings.Join(podNames(s.Cluster), ", "))
	return err
}

func hasAll(files view.Files, anchors []trust.Certificate) bool {
	return files.Known() && !slices.ContainsFunc(anchors, func(c trust.Certificate) bool { return !slices.Contains(files.Anchors, c.Fingerprint) })
}

func podNames(c view.Cluster) []string {
	names := []string{}
	for _, pod := range c.Pods {
		names = append(names, pod.Name)
	}
	return names
}
