package plugin

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// rescueOptions drains volumes whose pods were taken away undrained.
type rescueOptions struct {
	operateOptions
}

func newRescueCommand(env Environment) *cobra.Command {
	o := &rescueOptions{operateOptions{env: env}}
	command := &cobra.Command{
		Use:   "rescue NAME",
		Short: "Bring nodes back that were scaled away with FlowFiles, and drain them",
		Long: "When something else than kubectl nifi scale made the cluster smaller, FlowFiles stay behind on the volumes of the nodes that went. " +
			"This brings those nodes back, moves their FlowFiles to the others, and takes them away again.",
		Example: "  kubectl nifi rescue prod",
		Args:    oneName,
		RunE:    steps(o),
	}
	o.addFlags(command.Flags())
	return command
}

// Validate checks the command line.
func (o *rescueOptions) Validate() error { return o.validate() }

// Complete reads the kubeconfig; it sends nothing.
func (o *rescueOptions) Complete(name string) error { return o.complete(o.env, name) }

// Run rescues.
func (o *rescueOptions) Run(ctx context.Context) error {
	done, err := o.change(ctx, func(s *operateSession) (operation.Intent, error) {
		if cut, ok := s.resumed(operation.Rescue); ok {
			return cut, nil
		}
		claims, err := s.cluster.Claims(ctx)
		return operation.Intent{Kind: operation.Rescue, Replicas: s.state.Replicas, Nodes: undrained(s.state, claims)}, err
	})
	if err != nil || done == nil || !done.Done {
		return err
	}
	_, err = fmt.Fprintf(o.env.Out, "%s: drained\n", strings.Join(done.Nodes, ", "))
	return err
}

// undrained is the nodes beyond the cluster's size whose volumes may hold
// FlowFiles.
func undrained(s operation.State, claims []view.Claim) []string {
	var pods []string
	for _, claim := range claims {
		if s.Names.Ordinal(claim.Pod) >= s.Replicas && claim.Drained.IsZero() {
			pods = append(pods, claim.Pod)
		}
	}
	slices.SortFunc(pods, func(a, b string) int { return s.Names.Ordinal(a) - s.Names.Ordinal(b) })
	return slices.Compact(pods)
}
