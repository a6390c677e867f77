package plugin

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
)

// operationsOptions shows what changes a cluster, goes on with what was cut, or
// takes it back.
type operationsOptions struct {
	operateOptions
	Resume bool
}

func newOperationsCommand(env Environment) *cobra.Command {
	o := &operationsOptions{operateOptions: operateOptions{env: env}}
	command := &cobra.Command{
		Use:   "operations NAME",
		Short: "Show what changes a cluster and what changed it last; resume it or take it back",
		Long: "One Lease a cluster is lock and journal of everything that changes it on purpose, whoever does it. " +
			"An operation that was cut can be resumed or aborted by anyone.",
		Example: "  kubectl nifi operations prod\n  kubectl nifi operations prod --resume",
		Args:    oneName,
		RunE:    stepsOfAny(o),
	}
	command.Flags().BoolVar(&o.Resume, "resume", false, "Go on with the operation that was cut")
	o.addFlags(command.Flags())
	return command
}

// Validate checks the command line.
func (o *operationsOptions) Validate() error {
	if o.Resume && o.Abort {
		return usagef("--resume and --abort exclude each other")
	}
	return o.validate()
}

// Complete reads the kubeconfig; it sends nothing.
func (o *operationsOptions) Complete(name string) error { return o.complete(o.env, name) }

// Run shows, resumes or aborts.
func (o *operationsOptions) Run(ctx context.Context) error {
	if !o.Resume && !o.Abort {
		return o.show(ctx)
	}
	done, err := o.change(ctx, func(s *operateSession) (operation.Intent, error) {
		if s.record.Journal == nil {
			return operation.Intent{}, fmt.Errorf("there is no operation of cluster %q to resume", s.names.Cluster)
		}
		return s.record.Journal.Intent, nil
	})
	if err != nil || done == nil || !done.Done {
		return err
	}
	_, err = fmt.Fprintf(o.env.Out, "%s: %s\n", done.Intent, ending(*done))
	return err
}

func (o *operationsOptions) show(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	r, err := o.connection.client.Cluster(o.names).Load(ctx)
	if err != nil {
		return err
	}
	var t table
	t.header("OPERATION", "STATE", "STEP", "BY", "STARTED", "UPDATED")
	row := func(j *operation.Journal, state, by string) {
		age := func(then time.Time) string { return humanAge(o.env.Now(), then) }
		t.add(cell{text: j.String()}, cell{text: state}, cell{text: orDash(j.Step)}, cell{text: by}, cell{text: age(j.Started)}, cell{text: age(j.Updated)})
	}
	if r.Journal != nil {
		row(r.Journal, o.state(r), by(r))
	}
	if r.Last != nil {
		row(r.Last, ending(*r.Last), r.Last.Holder)
	}
	if r.Journal == nil && r.Last == nil {
		_, err := fmt.Fprintln(o.env.Out, "nothing has changed this cluster on purpose yet")
		return err
	}
	if _, err = fmt.Fprint(o.env.Out, t.String()); err != nil {
		return err
	}
	if r.Journal != nil && r.Journal.Reason != "" {
		fmt.Fprintf(o.env.ErrOut, "it stopped: %s\n", r.Journal.Reason)
	}
	return nil
}

// state is that of an operation that hasn't ended.
func (o *operationsOptions) state(r operation.Record) string {
	switch {
	case r.Holder == "" || o.env.Now().After(r.Renewed.Add(r.Duration)):
		return "cut"
	case r.Journal.Abort:
		return "going back"
	default:
		return "running"
	}
}

func by(r operation.Record) string {
	if r.Holder != "" {
		return r.Holder
	}
	return r.Journal.Holder
}

func ending(j operation.Journal) string {
	if j.Abort {
		return "taken back"
	}
	return "done"
}
