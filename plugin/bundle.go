package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/bundle"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/redact"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

const bundleExamples = `  # Everything that helps to find out what is wrong, in one file
  kubectl nifi support-bundle prod -n nifi

  # What is in it, what was redacted and what could not be had
  tar -xzOf "$(kubectl nifi support-bundle prod)" --wildcards '*/index.md'`

// bundleOptions writes the support bundle of one cluster.
type bundleOptions struct {
	env Environment
	target

	Out string

	cluster kube.Cluster
}

func newBundleCommand(env Environment) *cobra.Command {
	o := &bundleOptions{env: env}
	command := &cobra.Command{
		Use:   "support-bundle NAME",
		Short: "Write all that helps to find a fault into one file, without secrets",
		Long: "Writes a .tar.gz, readable by you alone, and prints its path: the view and the findings, manifests, events, logs of this run and the one before, " +
			"thread dumps and versions. Secrets are taken out; index.md in it says what was, and what could not be had: whatever you may not read, or what is down, is left out. " +
			"Exit code 0: written, even if parts are missing; 1: not written, or no such cluster; 3: the API server can't be reached.",
		Example: bundleExamples,
		Args:    oneName,
		RunE:    stepsOfAny(o),
	}
	flags := command.Flags()
	flags.StringVar(&o.Out, "out", "", "File to write; it must not exist (default: NAME-support-TIME.tar.gz here)")
	o.addFlags(flags, 2*time.Minute, "How long to collect; what isn't there by then is left out")
	return command
}

// Validate checks the flags.
func (o *bundleOptions) Validate() error {
	return o.validate()
}

// Complete reads the kubeconfig; it sends nothing.
func (o *bundleOptions) Complete(name string) error {
	if err := o.complete(o.env, name); err != nil {
		return err
	}
	o.cluster = o.connection.client.Cluster(o.names)
	if o.Out == "" {
		o.Out = fmt.Sprintf("%s-support-%s.tar.gz", name, o.env.Now().UTC().Format("20060102T150405Z"))
	}
	return nil
}

// Run takes a snapshot, which tells whether there is anything to collect, then
// collects the rest into the file.
func (o *bundleOptions) Run(ctx context.Context) error {
	taking, err := o.snapshots(o.env)
	if err != nil {
		return err
	}
	defer taking.close()
	taking.sources.Details = o.cluster
	taking.sources.TLS = o.Credentials.tlsSources(o.connection.client, o.names, taking.pods)
	cluster := taking.take(ctx, min(o.Timeout, lookTimeout))
	if err := o.env.verdict(o.connection, cluster); err != nil {
		return err
	}
	file, err := os.OpenFile(o.Out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists already: choose another file with --out", o.Out)
	}
	if err != nil {
		return fmt.Errorf("making the support bundle: %w", err)
	}
	if err := errors.Join(o.write(ctx, file, cluster, taking), file.Close()); err != nil {
		return errors.Join(err, os.Remove(o.Out))
	}
	_, err = fmt.Fprintln(o.env.Out, o.Out)
	return err
}

// write writes the archive. What can't be had by the end of the time is left
// out; an interruption leaves no archive.
func (o *bundleOptions) write(ctx context.Context, file io.Writer, cluster view.Cluster, taking *snapshots) error {
	limited, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	fmt.Fprintf(o.env.ErrOut, "Collecting from cluster %q in namespace %q …\n", o.names.Cluster, o.names.Namespace)
	secrets := o.readSecrets(limited)
	root := fmt.Sprintf("%s-support-%s", o.names.Cluster, cluster.Time.UTC().Format("20060102T150405Z"))
	redactor := redact.New(secrets.values)
	archive := bundle.New(file, root, cluster.Time, redactor)
	for _, gap := range secrets.gaps {
		archive.Missing(gap.what, gap.err)
	}
	o.collect(limited, collection{archive: archive, redactor: redactor, cluster: cluster, pods: taking.pods})
	if ctx.Err() != nil {
		return fmt.Errorf("making the support bundle: %w", ctx.Err())
	}
	if err := archive.Close(fmt.Sprintf("Support bundle of NiFi cluster %s in namespace %s", o.names.Cluster, o.names.Namespace)); err != nil {
		return fmt.Errorf("making the support bundle: %w", err)
	}
	fmt.Fprintf(o.env.ErrOut, "%s\n", archive.Summary())
	return nil
}
