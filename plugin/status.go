package plugin

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
	v1 "github.com/kubectl-nifi/kubectl-nifi/pkg/view/v1"
)

const statusExamples = `  # The state of a cluster
  kubectl nifi status prod -n nifi

  # Again and again, in place on a terminal, else a line at each change
  kubectl nifi status prod -w

  # With node ids, addresses and heartbeats
  kubectl nifi status prod -o wide

  # Without the right to read Secrets
  kubectl nifi status prod --nifi-client-certificate me.crt --nifi-client-key me.key --nifi-certificate-authority ca.crt`

// statusOptions shows the state of one cluster.
type statusOptions struct {
	env Environment
	target

	Output   string
	Watch    bool
	Interval time.Duration
}

func newStatusCommand(env Environment) *cobra.Command {
	o := &statusOptions{env: env}
	command := &cobra.Command{
		Use:   "status NAME",
		Short: "Show a cluster's phase, nodes, roles, queue and certificates",
		Long: "Shows a cluster as Kubernetes, its coordinator and each node see it. What one source failed on is shown beside what the others gave. " +
			"Exit code 0: running, every node connected, or a watch ended by Ctrl-C; 1: not so, or no such cluster; 3: the API server can't be reached.",
		Example: statusExamples,
		Args:    oneName,
		RunE:    stepsOfAny(o),
	}
	flags := command.Flags()
	flags.StringVarP(&o.Output, "output", "o", outputText, "Format: text, wide, json or yaml")
	flags.BoolVarP(&o.Watch, "watch", "w", false, "Look again and again until Ctrl-C")
	flags.DurationVar(&o.Interval, "interval", 2*time.Second, "How often to look, with --watch")
	o.addFlags(flags, 10*time.Second, "How long to wait for all answers, at each look")
	return command
}

// Validate checks the flags.
func (o *statusOptions) Validate() error {
	if err := validateOutput(o.Output, outputText, outputWide, outputJSON, outputYAML); err != nil {
		return err
	}
	if o.Interval <= 0 {
		return usagef("--interval must be more than 0, not %s", o.Interval)
	}
	if o.Watch && o.Output != outputText && o.Output != outputWide {
		return usagef("--watch goes with -o text or wide, not %s", o.Output)
	}
	return o.validate()
}

// Complete reads the kubeconfig; it sends nothing.
func (o *statusOptions) Complete(name string) error {
	return o.complete(o.env, name)
}

// Run takes a snapshot and prints it, or goes on doing so.
func (o *statusOptions) Run(ctx context.Context) error {
	taking, err := o.snapshots(o.env)
	if err != nil {
		return err
	}
	defer taking.close()
	if o.Watch {
		return o.watch(ctx, taking)
	}
	cluster := taking.take(ctx, o.Timeout)
	if err := o.env.verdict(o.connection, cluster); err != nil {
		return err
	}
	if err := o.print(cluster); err != nil {
		return fmt.Errorf("printing the status: %w", err)
	}
	if !cluster.Well() {
		return errFindings
	}
	return nil
}

func (o *statusOptions) print(cluster view.Cluster) error {
	switch o.Output {
	case outputJSON, outputYAML:
		return printObject(o.env.Out, o.Output, v1.From(cluster))
	default:
		_, err := io.WriteString(o.env.Out, o.text(cluster))
		return err
	}
}

// text is a snapshot for people.
func (o *statusOptions) text(cluster view.Cluster) string {
	return statusText{cluster: cluster, palette: o.env.palette(), wide: o.Output == outputWide}.String()
}
