package plugin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kubectl-nifi/kubectl-nifi/healer/policy"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// healerPauseOptions tells the healer to keep its hands off a cluster, or no
// longer to.
type healerPauseOptions struct {
	env    Environment
	Reason string
	For    time.Duration

	connection connection
	cluster    kube.Cluster
	name       string
}

func newHealerPauseCommand(env Environment) *cobra.Command {
	o := &healerPauseOptions{env: env}
	command := &cobra.Command{
		Use:   "pause NAME --reason TEXT",
		Short: "Tell the healer to keep its hands off a cluster for a while",
		Long: "The healer goes on watching and telling, and does nothing, until the pause ends by itself or kubectl nifi healer resume ends it. " +
			"Who paused it, why and until when is kept on the Lease NAME-operation.",
		Example: "  kubectl nifi healer pause prod --reason 'moving the storage' --for 4h",
		Args:    oneName,
		RunE:    steps(pauseCommand{o}),
	}
	command.Flags().StringVar(&o.Reason, "reason", "", "Why; required")
	command.Flags().DurationVar(&o.For, "for", 2*time.Hour, "How long")
	return command
}

func newHealerResumeCommand(env Environment) *cobra.Command {
	o := &healerPauseOptions{env: env}
	return &cobra.Command{
		Use:   "resume NAME",
		Short: "End the pause of the healer",
		Args:  oneName,
		RunE:  steps(resumeCommand{o}),
	}
}

// pauseCommand and resumeCommand are what is done with the options.
type (
	pauseCommand  struct{ *healerPauseOptions }
	resumeCommand struct{ *healerPauseOptions }
)

// Validate checks the flags.
func (o pauseCommand) Validate() error {
	if strings.TrimSpace(o.Reason) == "" {
		return usagef("--reason is required: others will want to know why the healer does nothing")
	}
	if o.For <= 0 {
		return usagef("--for must be more than 0, not %s", o.For)
	}
	return nil
}

// Validate has nothing to check.
func (resumeCommand) Validate() error { return nil }

// Complete reads the kubeconfig; it sends nothing.
func (o *healerPauseOptions) Complete(name string) error {
	var err error
	if o.connection, err = o.env.connect(); err != nil {
		return err
	}
	o.name, o.cluster = name, o.connection.client.Cluster(o.connection.names(name))
	return nil
}

// Run pauses.
func (o pauseCommand) Run(ctx context.Context) error {
	p := policy.Pause{By: o.env.Identity, Reason: o.Reason, Until: o.env.Now().Add(o.For).UTC().Truncate(time.Second)}
	if err := o.note(ctx, p.Encode()); err != nil {
		return err
	}
	_, err := fmt.Fprintf(o.env.Out, "%s: %s\n", o.name, p)
	return err
}

// Run ends the pause.
func (o resumeCommand) Run(ctx context.Context) error {
	if err := o.note(ctx, ""); err != nil {
		return err
	}
	_, err := fmt.Fprintf(o.env.Out, "%s: not paused\n", o.name)
	return err
}

func (o *healerPauseOptions) note(ctx context.Context, value string) error {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	err := o.cluster.Note(ctx, policy.AnnotationPaused, value)
	switch {
	case errors.Is(err, view.ErrUnreachable), errors.Is(err, context.DeadlineExceeded):
		return o.env.apiServerDown(o.connection, err)
	case errors.Is(err, view.ErrNotFound):
		return fmt.Errorf("%w: is there a cluster %q in namespace %q?", err, o.name, o.connection.namespace)
	}
	return err
}
