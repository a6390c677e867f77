package plugin

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
)

const restartExamples = `  # All nodes, one after the other
  kubectl nifi restart prod

  # One node, its FlowFiles moved to the others first
  kubectl nifi restart prod prod-1 --drain`

// restartOptions restarts pods.
type restartOptions struct {
	operateOptions
	Drain bool

	nodes []string
}

func newRestartCommand(env Environment) *cobra.Command {
	o := &restartOptions{operateOptions: operateOptions{env: env}}
	command := &cobra.Command{
		Use:   "restart NAME [NODE...]",
		Short: "Restart nodes one after the other",
		Long: "Each node leaves the cluster before its pod ends, and is CONNECTED again before the next one leaves; nodes that are out come first, the coordinator last. " +
			"Pods end by the Eviction API, which heeds disruption budgets. Nodes that a person took out are restarted only by name: a restart brings them back.",
		Example: restartExamples,
		Args:    someName,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.nodes = args[1:]
			return stepsOfAny(o)(cmd, args[:1])
		},
	}
	command.Flags().BoolVar(&o.Drain, "drain", false, "Move each node's FlowFiles to the others first")
	o.addFlags(command.Flags())
	return command
}

// Validate checks the command line.
func (o *restartOptions) Validate() error { return o.validate() }

// Complete reads the kubeconfig; it sends nothing.
func (o *restartOptions) Complete(name string) error { return o.complete(o.env, name) }

// Run restarts.
func (o *restartOptions) Run(ctx context.Context) error {
	var err error
	if o.nodes, err = o.pods(o.nodes); err != nil {
		return err
	}
	done, err := o.change(ctx, func(s *operateSession) (operation.Intent, error) {
		if cut, ok := s.resumed(operation.Restart); ok && len(o.nodes) == 0 && cut.Drain == o.Drain {
			return cut, nil
		}
		nodes, err := everyNode(s.state, o.nodes, "restart")
		return operation.Intent{Kind: operation.Restart, Nodes: nodes, Drain: o.Drain}, err
	})
	if err != nil || done == nil || !done.Done {
		return err
	}
	verb := "restarted"
	if done.Abort {
		verb = "back, not all restarted"
	}
	_, err = fmt.Fprintf(o.env.Out, "%s: %s\n", strings.Join(done.Nodes, ", "), verb)
	return err
}

// everyNode is the nodes that were named, or all. What a person took out is
// left alone unless it is named.
func everyNode(s operation.State, named []string, verb string) ([]string, error) {
	if len(named) > 0 {
		return named, nil
	}
	var all []string
	for _, node := range s.Nodes {
		if node.ByPerson {
			return nil, fmt.Errorf("%s is %s because a person wanted it so, and a %s would bring it back: name the nodes to %s, or reconnect it first",
				node.Pod, node.Status, verb, verb)
		}
		if node.UID != "" {
			all = append(all, node.Pod)
		}
	}
	return all, nil
}
