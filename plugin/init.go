package plugin

import (
	"crypto/rand"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/overlay"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

const initExamples = `  # Render a three-node cluster and apply it
  kubectl apply -k "$(kubectl nifi init prod -n nifi --replicas 3)"

  # The same from a document; changes go into prod/nificluster.yaml or flags
  kubectl nifi init prod -f my-nifi.yaml

  # Only print the manifests
  kubectl nifi init prod -o yaml`

// initOptions renders the overlay of one cluster. It reads and writes files
// only: no API server is asked.
type initOptions struct {
	env Environment

	Name            string
	File            string // --filename
	Dir             string // --dir, "" for ./NAME
	Replicas        *int   // nil: as the document says
	Version         string // "": as the document says
	Output          string // "" or yaml
	CreateNamespace bool
	TLS             *topology.TLS // nil: as the document says
	Random          io.Reader

	folder   overlay.Folder
	document *topology.File
	cluster  topology.Cluster
	given    overlay.Secrets // from the folder and the document
	secrets  overlay.Secrets // with what was made for what is missing
	isNew    bool
}

func newInitCommand(env Environment) *cobra.Command {
	o := &initOptions{env: env, Random: rand.Reader}
	var replicas int
	command := &cobra.Command{
		Use:   "init NAME",
		Short: "Render a kustomize overlay for a cluster and print its folder",
		Long: "Writes a self-contained kustomize overlay and prints the folder's path alone on stdout; what to do next goes to stderr. " +
			"It works offline, and the same input gives the same bytes. Run it again after a change: kustomization.yaml is yours, generated/ is not.",
		Example: initExamples,
		Args:    oneName,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Name = args[0]
			if cmd.Flags().Changed("replicas") {
				o.Replicas = &replicas
			}
			if err := o.Complete(); err != nil {
				return err
			}
			if err := o.Validate(); err != nil {
				return err
			}
			return o.Run()
		},
	}
	flags := command.Flags()
	flags.StringVarP(&o.File, "filename", "f", "", "NiFiCluster document to start from")
	flags.StringVar(&o.Dir, "dir", "", "Folder of the overlay (default ./NAME)")
	flags.IntVar(&replicas, "replicas", 3, "Number of nodes, 1 to 20; without it as the document says, for a new one")
	flags.StringVar(&o.Version, "version", "", "NiFi release (a new cluster gets "+topology.DefaultVersion+")")
	flags.BoolVar(&o.CreateNamespace, "create-namespace", false, "Put the Namespace into the overlay")
	flags.StringVarP(&o.Output, "output", "o", "", "yaml prints the built manifests and writes nothing")
	return command
}

// Complete finds the document (the file, else the folder's own, else a new
// one) and lays the flags over it.
func (o *initOptions) Complete() error {
	o.folder = overlay.Folder{Path: filepath.Clean(o.Dir)}
	if o.Dir == "" {
		o.folder.Path = o.Name
	}
	kept, err := o.folder.Document()
	if err != nil {
		return UsageError{err}
	}
	var keptMeta topology.Metadata
	if o.isNew = kept == nil; kept != nil {
		keptMeta = kept.Document.Metadata
	}
	if o.document, err = o.source(kept); err != nil {
		return UsageError{err}
	}
	if err := o.applyFlags(); err != nil {
		return err
	}
	if err := o.sameCluster(keptMeta); err != nil {
		return err
	}
	if o.cluster, err = topology.Complete(o.document); err != nil {
		return UsageError{err}
	}
	return o.completeSecrets()
}

// Validate refuses what would lose something.
func (o *initOptions) Validate() error {
	if o.Output != "" && o.Output != "yaml" {
		return usagef("--output must be yaml, not %q", o.Output)
	}
	if o.Output == "yaml" && len(o.given.Pairs) < len(o.secrets.Pairs) {
		return usagef("-o yaml writes no folder, so each run would make another root, which no node trusts; run init without -o first")
	}
	if o.Output == "yaml" && (o.given.SensitiveKey != o.secrets.SensitiveKey || o.given.Password != o.secrets.Password) {
		return usagef("-o yaml writes no folder, so each run would make another key and the flow would be unreadable; " +
			"run init without -o first, or set spec.config.sensitivePropsKeySecretRef and spec.auth.type: certificate")
	}
	return nil
}

// Run renders everything in memory and only then writes.
func (o *initOptions) Run() error {
	for _, warning := range o.cluster.Warnings {
		fmt.Fprintf(o.env.ErrOut, "warning: %s\n", warning)
	}
	files, err := overlay.Render(o.cluster, o.secrets)
	if err != nil {
		return err
	}
	if o.Output == "yaml" {
		return o.printManifests(files)
	}
	if err := o.save(files); err != nil {
		return err
	}
	o.printNext()
	_, err = fmt.Fprintln(o.env.Out, o.folder.Path)
	return err
}

// save writes the folder.
func (o *initOptions) save(files overlay.Files) error {
	document, err := o.document.Bytes()
	if err != nil {
		return err
	}
	return o.folder.Write(files, document)
}

// printManifests builds what apply -k would send, the user's own patches included.
func (o *initOptions) printManifests(files overlay.Files) error {
	if !o.isNew {
		if err := o.folder.AddOwn(files); err != nil {
			return err
		}
	}
	stream, err := overlay.Build(files)
	if err != nil {
		return err
	}
	_, err = o.env.Out.Write(stream)
	return err
}

// printNext says on stderr what was made and what to type now.
func (o *initOptions) printNext() {
	c, verb := o.cluster, "updated"
	if o.isNew {
		verb = "created"
	}
	fmt.Fprintf(o.env.ErrOut, "%s overlay for NiFi %s, %s, namespace %s\n", verb, c.Version, plural(c.Replicas, "node"), c.Namespace)
	if o.isNew && c.SensitiveKeyRef == nil {
		fmt.Fprintf(o.env.ErrOut, "back up %s: without the key in it the flow can't be read\n", filepath.Join(o.folder.Path, "secrets"))
	}
	if c.Login == topology.LoginSingleUser {
		fmt.Fprintf(o.env.ErrOut, "log in as %s; the password is in %s\n", c.Username, filepath.Join(o.folder.Path, "secrets", "single-user-password"))
	}
	fmt.Fprintf(o.env.ErrOut, "next: kubectl apply -k %s\n", o.folder.Path)
	if c.TLSSource == topology.SourceNiFiCA {
		fmt.Fprintf(o.env.ErrOut, "      kubectl nifi certs renew %s -n %s   (once %s runs: your certificate and the healer's)\n", o.Name, c.Namespace, c.Names.NiFiCA())
	}
	fmt.Fprintf(o.env.ErrOut, "      kubectl nifi status %s -n %s\n", o.Name, c.Namespace)
}
