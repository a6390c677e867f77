package plugin

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
)

// nodesOptions does one thing to nodes that are named.
type nodesOptions struct {
	operateOptions
	Kind operation.Kind
	Lose bool

	args []string
}

func newDisconnectCommand(env Environment) *cobra.Command {
	return newNodesCommand(env, operation.Disconnect, "Take nodes out of the cluster; their FlowFiles wait with them",
		"The node keeps its queue and its pod. NiFi won't let the last CONNECTED node go. A restart of the pod brings it back.")
}

func newReconnectCommand(env Environment) *cobra.Command {
	return newNodesCommand(env, operation.Reconnect, "Bring nodes back into the cluster",
		"Asks the coordinator to connect the node, and waits until it is CONNECTED.")
}

func newOffloadCommand(env Environment) *cobra.Command {
	return newNodesCommand(env, operation.Offload, "Move the FlowFiles of nodes to the others",
		"Disconnects the node, which NiFi demands first, and moves its FlowFiles to the CONNECTED nodes. It stays out until it is reconnected or its pod restarts.")
}

func newRemoveCommand(env Environment) *cobra.Command {
	return newNodesCommand(env, operation.Remove, "Make the coordinator forget nodes that are out",
		"A node that the coordinator knows and that isn't CONNECTED blocks the deletion of components. "+
			"A node that holds FlowFiles is removed only with --lose-flowfiles: offload it, or bring it back with kubectl nifi rescue.")
}

func newNodesCommand(env Environment, kind operation.Kind, short, long string) *cobra.Command {
	o := &nodesOptions{operateOptions: operateOptions{env: env}, Kind: kind}
	command := &cobra.Command{
		Use:     fmt.Sprintf("%s NAME NODE...", kind),
		Short:   short,
		Long:    long,
		Example: fmt.Sprintf("  kubectl nifi %s prod prod-2", kind),
		Args:    nameAndNodes,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.args = args[1:]
			return stepsOfAny(o)(cmd, args[:1])
		},
	}
	if kind == operation.Remove {
		command.Flags().BoolVar(&o.Lose, "lose-flowfiles", false, "Remove a node even if FlowFiles were queued there")
	}
	o.addFlags(command.Flags())
	return command
}

// nameAndNodes wants a cluster and at least one of its nodes.
func nameAndNodes(cmd *cobra.Command, args []string) error {
	if len(args) < 2 {
		return usagef("give a cluster's NAME and at least one NODE of it; see %s --help", cmd.CommandPath())
	}
	return nil
}

// Validate checks the command line.
func (o *nodesOptions) Validate() error { return o.validate() }

// Complete reads the kubeconfig; it sends nothing.
func (o *nodesOptions) Complete(name string) error { return o.complete(o.env, name) }

// Run does it.
func (o *nodesOptions) Run(ctx context.Context) error {
	var err error
	if o.args, err = o.pods(o.args); err != nil {
		return err
	}
	done, err := o.change(ctx, func(*operateSession) (operation.Intent, error) {
		return operation.Intent{Kind: o.Kind, Nodes: o.args, Lose: o.Lose}, nil
	})
	if err != nil || done == nil || !done.Done {
		return err
	}
	_, err = fmt.Fprintf(o.env.Out, "%s: %s\n", strings.Join(done.Nodes, ", "), o.reached(*done))
	return err
}

// reached is what the nodes are now.
func (o *nodesOptions) reached(done operation.Journal) string {
	switch {
	case done.Abort:
		return "as before"
	case !o.Wait:
		return string(done.Kind) + " asked for"
	}
	return map[operation.Kind]string{
		operation.Disconnect: "disconnected", operation.Reconnect: "connected", operation.Offload: "offloaded", operation.Remove: "removed",
	}[done.Kind]
}
