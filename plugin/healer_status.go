package plugin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-nifi/kubectl-nifi/healer/policy"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// shownDecisions is how many of a cluster's last decisions people get to see.
const shownDecisions = 10

// healerStatusOptions shows what the healer does, and why it doesn't.
type healerStatusOptions struct {
	env Environment

	connection connection
	name       string // empty: every cluster of the namespace
}

func newHealerStatusCommand(env Environment) *cobra.Command {
	o := &healerStatusOptions{env: env}
	return &cobra.Command{
		Use:   "status [NAME]",
		Short: "Show who heals a cluster, what is open, and what was decided",
		Long: "Shows the healer of the namespace and, of each cluster or the one named, its mode, a pause, open incidents and the last decisions, " +
			"which Kubernetes keeps as Events for an hour. Exit code 1: no healer runs, it can't tell what it did, or an incident was escalated to a person.",
		Example: "  kubectl nifi healer status\n  kubectl nifi healer status prod",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("%s takes at most one NAME, the cluster's, not %d arguments; see %s --help", cmd.CommandPath(), len(args), cmd.CommandPath())
			}
			o.name = strings.Join(args, "")
			var err error
			if o.connection, err = env.connect(); err != nil {
				return err
			}
			return o.Run(cmd.Context())
		},
	}
}

// healerState is what is known of the healer of a namespace.
type healerState struct {
	deployment *kube.Deployment // nil: there is none
	clusters   []healed
	mute       string // why nobody knows what it has told; empty if that is known
}

// works tells that a healer runs.
func (s healerState) works() bool { return s.deployment != nil && s.deployment.Ready > 0 }

// healed is one cluster as the healer sees it.
type healed struct {
	view.Cluster
	pause    *policy.Pause // that hasn't ended; nil if there is none
	memory   policy.Memory
	told     []view.Event // by the healer, the oldest first
	problems []string     // why something of this isn't known
}

// Run prints the state. A healer that doesn't run, and an incident that a
// person must look at, are findings.
func (o *healerStatusOptions) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	state, err := o.ask(ctx)
	if errors.Is(err, view.ErrUnreachable) || errors.Is(err, context.DeadlineExceeded) {
		return o.env.apiServerDown(o.connection, err)
	}
	if err != nil {
		return err
	}
	if _, err := fmt.Fprint(o.env.Out, o.text(state)); err != nil {
		return err
	}
	if state.mute != "" {
		fmt.Fprintf(o.env.ErrOut, "warning: %s\n", state.mute)
	}
	if !state.works() || slices.ContainsFunc(state.clusters, healed.alarming) {
		return errFindings
	}
	return nil
}

// ask reads what there is to know.
func (o *healerStatusOptions) ask(ctx context.Context) (healerState, error) {
	var state healerState
	client, namespace := o.connection.client, o.connection.namespace
	found, err := client.Deployment(ctx, namespace, healerDeployment)
	switch {
	case err == nil:
		state.deployment = &found
	case !errors.Is(err, view.ErrNotFound):
		return state, err
	}
	clusters, err := client.Clusters(ctx, namespace, "", o.env.Now())
	if err != nil {
		return state, err
	}
	if o.name != "" {
		var missing []string
		if clusters, missing = pick(clusters, []string{o.name}); len(missing) > 0 {
			return state, fmt.Errorf("no NiFi cluster %q in namespace %q", o.name, namespace)
		}
	}
	events, err := client.EventsFrom(ctx, healerDeployment, namespace)
	if err != nil {
		state.mute = err.Error()
	}
	for _, cluster := range clusters {
		state.clusters = append(state.clusters, o.healed(ctx, cluster, events))
	}
	return state, nil
}

// healed reads what the healer keeps of a cluster.
func (o *healerStatusOptions) healed(ctx context.Context, cluster view.Cluster, events []view.Event) healed {
	h := healed{Cluster: cluster}
	for _, event := range events {
		if event.Kind == "StatefulSet" && event.Name == cluster.Names.Cluster {
			h.told = append(h.told, event)
		}
	}
	_, notes, err := o.connection.client.Cluster(cluster.Names).Notes(ctx)
	if err != nil {
		h.problems = append(h.problems, err.Error())
	}
	if h.memory, err = policy.ParseMemory(notes[policy.AnnotationIncident]); err != nil {
		h.problems = append(h.problems, err.Error())
	}
	pause, err := policy.ParsePause(notes[policy.AnnotationPaused])
	if err != nil {
		h.problems = append(h.problems, err.Error()+"; the healer does nothing until kubectl nifi healer resume")
	}
	if pause != nil && pause.Active(o.env.Now()) {
		h.pause = pause
	}
	return h
}

// alarming tells that a person must do something.
func (h healed) alarming() bool { return h.escalated() || len(h.problems) > 0 }

// escalated tells that a person must look at it.
func (h healed) escalated() bool {
	return slices.ContainsFunc(h.memory.Incidents, func(i policy.Incident) bool { return i.Stage == policy.Escalated })
}
