package plugin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
	v1 "github.com/kubectl-nifi/kubectl-nifi/pkg/view/v1"
)

const statusExamples = `  # The state of a cluster
  kubectl nifi status prod -n nifi

  # With node ids, addresses and heartbeats
  kubectl nifi status prod -o wide

  # Without the right to read Secrets
  kubectl nifi status prod --nifi-client-certificate me.crt --nifi-client-key me.key --nifi-certificate-authority ca.crt`

// statusOptions shows the state of one cluster.
type statusOptions struct {
	env Environment

	Output      string
	Timeout     time.Duration
	Credentials credentials

	connection connection
	names      topology.Names
}

func newStatusCommand(env Environment) *cobra.Command {
	o := &statusOptions{env: env}
	command := &cobra.Command{
		Use:   "status NAME",
		Short: "Show a cluster's phase, nodes, roles, queue and certificates",
		Long: "Shows a cluster as Kubernetes, its coordinator and each node see it. What one source failed on is shown beside what the others gave. " +
			"Exit code 0: running, every node connected; 1: not so, or no such cluster; 3: the API server can't be reached.",
		Example: statusExamples,
		Args:    oneName,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.Validate(); err != nil {
				return err
			}
			if err := o.Complete(args[0]); err != nil {
				return err
			}
			return o.Run(cmd.Context())
		},
	}
	flags := command.Flags()
	flags.StringVarP(&o.Output, "output", "o", outputText, "Format: text, wide, json or yaml")
	flags.DurationVar(&o.Timeout, "timeout", 10*time.Second, "How long to wait for all answers")
	o.Credentials.addFlags(flags)
	return command
}

// Validate checks the flags.
func (o *statusOptions) Validate() error {
	if err := validateOutput(o.Output, outputText, outputWide, outputJSON, outputYAML); err != nil {
		return err
	}
	if o.Timeout <= 0 {
		return usagef("--timeout must be more than 0, not %s", o.Timeout)
	}
	return o.Credentials.validate()
}

// Complete reads the kubeconfig; it sends nothing.
func (o *statusOptions) Complete(name string) error {
	var err error
	if o.connection, err = o.env.connect(); err != nil {
		return err
	}
	o.names = topology.Names{Cluster: name, Namespace: o.connection.namespace, Domain: "cluster.local"}
	return nil
}

// Run takes a snapshot and prints it.
func (o *statusOptions) Run(ctx context.Context) error {
	cluster, err := o.gather(ctx)
	if err != nil {
		return err
	}
	if down, ok := cluster.Unreachable(); ok {
		return o.env.apiServerDown(o.connection, errors.New(down.Message))
	}
	if cluster.Absent() {
		return fmt.Errorf("no NiFi cluster %q in namespace %q; list clusters with kubectl get statefulsets -l %s=nifi -A",
			o.names.Cluster, o.names.Namespace, topology.LabelName)
	}
	if err := o.print(cluster); err != nil {
		return fmt.Errorf("printing the status: %w", err)
	}
	if !cluster.Well() {
		return errFindings
	}
	return nil
}

func (o *statusOptions) gather(ctx context.Context) (view.Cluster, error) {
	pods, err := kube.NewPodDialer(o.connection.config, o.names.Namespace)
	if err != nil {
		return view.Cluster{}, err
	}
	defer func() { _ = pods.Close() }() // it never fails
	sources := view.Sources{
		Kubernetes:  o.connection.client.Cluster(o.names),
		Credentials: o.Credentials.dialer(o.connection.client, o.names, pods),
	}
	return view.Gather(ctx, sources, o.names, o.Timeout, o.env.Now), nil
}

func (o *statusOptions) print(cluster view.Cluster) error {
	switch o.Output {
	case outputJSON, outputYAML:
		return printObject(o.env.Out, o.Output, v1.From(cluster))
	default:
		return statusText{cluster: cluster, palette: o.env.palette(), wide: o.Output == outputWide}.write(o.env.Out)
	}
}
