package plugin

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

const scaleExamples = `  # Fewer nodes: each one's FlowFiles move to the others before its pod goes
  kubectl nifi scale prod --replicas 2 --dir prod

  # What would be done?
  kubectl nifi scale prod --replicas 2 --dry-run

  # After Ctrl-C or a crash: the same again goes on, --abort goes back
  kubectl nifi scale prod --abort`

// scaleOptions changes the number of nodes.
type scaleOptions struct {
	operateOptions
	Replicas      int
	Dir           string
	DeleteVolumes bool
}

func newScaleCommand(env Environment) *cobra.Command {
	o := &scaleOptions{operateOptions: operateOptions{env: env}}
	command := &cobra.Command{
		Use:   "scale NAME --replicas N",
		Short: "Change the number of nodes without losing a FlowFile",
		Long: "Scaling down disconnects each leaving node, moves its FlowFiles to the others, removes it from the cluster, and only then takes its pod away, " +
			"the highest ordinal first. Volumes are kept. Scaling up waits until the new nodes are CONNECTED. " +
			"Interrupted at any point, the same command goes on and --abort goes back.",
		Example: scaleExamples,
		Args:    oneName,
		RunE:    stepsOfAny(o),
	}
	flags := command.Flags()
	flags.IntVar(&o.Replicas, "replicas", 0, fmt.Sprintf("Number of nodes, 1 to %d", topology.MaxNodes))
	flags.StringVar(&o.Dir, "dir", "", "Folder of the overlay, whose document then says the new number, too")
	flags.BoolVar(&o.DeleteVolumes, "delete-volumes", false, "Delete the volumes of nodes that were drained")
	o.addFlags(flags)
	return command
}

// Validate checks the command line.
func (o *scaleOptions) Validate() error {
	switch {
	case o.Abort && (o.Replicas != 0 || o.DeleteVolumes):
		return usagef("--abort goes alone: it goes back to the number of nodes there was")
	case !o.Abort && (o.Replicas < 1 || o.Replicas > topology.MaxNodes):
		return usagef("--replicas must be 1 to %d, not %d; the last node's FlowFiles have nowhere to go: to end a cluster, use kubectl nifi delete", topology.MaxNodes, o.Replicas)
	}
	return o.validate()
}

// Complete reads the kubeconfig and the overlay's document; it sends nothing.
func (o *scaleOptions) Complete(name string) error {
	return o.completeWith(name, o.Dir, o.document)
}

// document is the overlay with the new number of nodes, not yet written.
func (o *scaleOptions) document() (*initOptions, error) {
	return o.env.changed(o.names, &initOptions{Dir: filepath.Clean(o.Dir), Replicas: &o.Replicas})
}

// Run scales, and then brings the overlay up to date.
func (o *scaleOptions) Run(ctx context.Context) error {
	done, err := o.change(ctx, func(s *operateSession) (operation.Intent, error) {
		if s.names.Adopted() && o.Replicas > s.state.Replicas {
			return operation.Intent{}, fmt.Errorf("cluster %q was adopted: a new node needs a certificate and policies that only what made the cluster can give it; raise its replicas there", s.names.Cluster)
		}
		return operation.Intent{Kind: operation.Scale, Replicas: o.Replicas, Volumes: o.DeleteVolumes}, nil
	})
	if err != nil || done == nil {
		return err
	}
	return o.conclude(done)
}

// conclude says what was reached, and keeps the overlay the truth.
func (o *scaleOptions) conclude(done *operation.Journal) error {
	count := done.Replicas
	if done.Abort {
		count = done.From
	}
	if _, err := fmt.Fprintf(o.env.Out, "cluster %s has %s\n", o.names.Cluster, plural(count, "node")); err != nil {
		return err
	}
	if done.Abort {
		return nil
	}
	if o.names.Adopted() {
		fmt.Fprintf(o.env.ErrOut, "warning: what made the cluster (a chart's values, YAML) still says another number, and would go back to it without draining a node: set its replicas to %d there, too\n", count)
		return nil
	}
	return o.follow(o.Dir, o.document, fmt.Sprintf("the overlay's document may still say another number, and the next apply -k would go back to it without draining a node: set spec.replicas to %d there, or scale with --dir", count))
}
