package plugin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation/live"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

const (
	operationTimeout = time.Hour
	stepPatience     = 15 * time.Minute // a large flow takes its time to load
	electionPatience = time.Minute
)

// operateOptions is what all commands that change a running cluster share.
type operateOptions struct {
	env Environment
	target
	DryRun bool
	Yes    bool
	Abort  bool
}

func (o *operateOptions) addFlags(flags *pflag.FlagSet) {
	o.target.addFlags(flags, operationTimeout, "How long it may take in all; what is not done by then can be resumed")
	flags.BoolVar(&o.DryRun, "dry-run", false, "Print what would be done, with its numbers, and change nothing")
	flags.BoolVarP(&o.Yes, "yes", "y", false, "Don't ask")
	flags.BoolVar(&o.Abort, "abort", false, "Take back what an operation that was cut has begun")
}

func (o *operateOptions) validate() error {
	if o.Abort && o.DryRun {
		return usagef("--abort and --dry-run exclude each other")
	}
	return o.target.validate()
}

// operateSession is one look at a cluster that is to be changed.
type operateSession struct {
	*operateOptions
	snapshots *snapshots
	world     live.World
	cluster   kube.Cluster
	record    operation.Record
	state     operation.State
}

// open looks at the cluster, its lock and its journal.
func (o *operateOptions) open(ctx context.Context) (*operateSession, error) {
	taking, err := o.snapshots(o.env)
	if err != nil {
		return nil, err
	}
	s := &operateSession{operateOptions: o, snapshots: taking, cluster: o.connection.client.Cluster(o.names)}
	s.world = live.World{
		Kubernetes: s.cluster,
		Snapshot:   func(ctx context.Context) view.Cluster { return taking.take(ctx, lookTimeout) },
		Dial:       s.dial,
	}
	if err := s.await(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// await looks until there is a coordinator: after one has left, the role
// is vacant for a moment, which is no reason to refuse anything.
func (s *operateSession) await(ctx context.Context) error {
	ticks, stop := s.env.Every(time.Second)
	defer stop()
	deadline := s.env.Now().Add(electionPatience)
	for said := false; ; said = true {
		err := s.look(ctx)
		if err != nil || s.state.Blind != live.Electing || s.env.Now().After(deadline) {
			return err
		}
		if !said {
			fmt.Fprintf(s.env.ErrOut, "waiting: %s\n", s.state.Blind)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticks:
		}
	}
}

func (s *operateSession) close() { s.snapshots.close() }

func (s *operateSession) look(ctx context.Context) error {
	cluster := s.snapshots.take(ctx, lookTimeout)
	if err := s.env.verdict(s.connection, cluster); err != nil {
		return err
	}
	s.names = cluster.Names
	s.snapshots.names = cluster.Names
	var err error
	if s.record, err = s.cluster.Load(ctx); errors.Is(err, view.ErrNotFound) {
		return fmt.Errorf("%w; it is part of the overlay: apply that again", err)
	} else if err != nil {
		return err
	}
	if s.state, err = s.world.Observe(ctx); err != nil {
		return fmt.Errorf("looking at cluster %q: %w", s.names.Cluster, err)
	}
	s.state = s.world.Volumes(ctx, s.state)
	return nil
}

// dial makes clients as snapshots do, from the same pool of connections.
func (s *operateSession) dial(ctx context.Context, address string) (live.Node, error) {
	dial, err := s.snapshots.sources.Credentials(ctx)
	if err != nil {
		return nil, err
	}
	client, err := dial(address)
	if err != nil {
		return nil, err
	}
	node, ok := client.(live.Node)
	if !ok {
		return nil, fmt.Errorf("asking %s: its client can only read", address)
	}
	return node, nil
}

// journal is what is to be carried out: the operation that was cut, if it is
// the one that is asked for now, or is to be taken back; else a new one.
func (s *operateSession) journal(i operation.Intent) (operation.Journal, error) {
	cut := s.record.Journal
	switch {
	case cut == nil && s.Abort:
		return operation.Journal{}, fmt.Errorf("there is no operation of cluster %q to abort; see kubectl nifi operations %s", s.names.Cluster, s.names.Cluster)
	case cut == nil:
		return operation.Begin(i, s.state, s.me()), nil
	case s.Abort:
		cut.Abort = true
		return *cut, nil
	case !cut.Same(i) && s.record.Held(s.env.Now()):
		return operation.Journal{}, operation.HeldBy(s.record)
	case cut.Abort, !cut.Same(i):
		return operation.Journal{}, fmt.Errorf("%s, begun by %s at %s, was cut; first finish it with kubectl nifi operations %s --resume, or take it back with --abort",
			cut.Intent, cut.Holder, cut.Started.UTC().Format(time.RFC3339), s.names.Cluster)
	default:
		return *cut, nil
	}
}

// resumed is the intent of an operation of this kind that was cut: what was
// asked for then may no longer be told from the cluster as it is now.
func (s *operateSession) resumed(kind operation.Kind) (operation.Intent, bool) {
	if cut := s.record.Journal; cut != nil && cut.Kind == kind && !cut.Abort {
		return cut.Intent, true
	}
	return operation.Intent{}, false
}

// me is who changes the cluster, as others get to see it.
func (s *operateSession) me() string { return s.env.Identity }

// change carries an intent out: plan, numbers, consent, steps.
func (o *operateOptions) change(ctx context.Context, want func(*operateSession) (operation.Intent, error)) (*operation.Journal, error) {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	s, err := o.open(ctx)
	if err != nil {
		return nil, err
	}
	defer s.close()
	var intent operation.Intent
	if !o.Abort {
		if intent, err = want(s); err != nil && s.record.Journal == nil { // else that comes first
			return nil, err
		}
	}
	j, err := s.journal(intent)
	if err != nil {
		return nil, err
	}
	return s.carry(ctx, j)
}

// carry shows the plan of a journal, asks, and carries it out.
func (s *operateSession) carry(ctx context.Context, j operation.Journal) (*operation.Journal, error) {
	if s.record.Journal == nil {
		warnings, err := operation.Preflight(j.Intent, s.state)
		if err != nil {
			return nil, err
		}
		for _, warning := range warnings {
			fmt.Fprintf(s.env.ErrOut, "warning: %s\n", warning)
		}
	}
	plan, err := operation.Plan(j, s.state)
	if err != nil {
		return nil, err
	}
	if s.DryRun {
		_, err := fmt.Fprint(s.env.Out, planText(j, s.state, plan))
		return nil, err
	}
	if len(plan) == 0 && s.record.Journal == nil {
		_, err := fmt.Fprintln(s.env.Out, "nothing to do")
		return &j, err
	}
	fmt.Fprint(s.env.ErrOut, planText(j, s.state, plan))
	if err := s.env.consent(s.Yes); err != nil {
		return nil, err
	}
	return s.run(ctx, j)
}

// run takes the lock, makes sure that nothing has changed since the plan was
// shown, and carries it out.
func (s *operateSession) run(ctx context.Context, j operation.Journal) (*operation.Journal, error) {
	clock := operation.Clock{Now: s.env.Now, Every: s.env.Every}
	lock, err := operation.Take(ctx, s.cluster, clock, s.me(), func(e operation.HeldError) {
		fmt.Fprintf(s.env.ErrOut, "waiting: the lock is held by %s; it is taken over if they are gone\n", e.Holder)
	})
	if err != nil {
		return nil, err
	}
	if found := lock.Journal(); !sameJournal(found, s.record.Journal) {
		return nil, errors.Join(fmt.Errorf("another operation was begun meanwhile; see kubectl nifi operations %s", s.names.Cluster), lock.Release(ctx, found))
	}
	progress := newOperationProgress(s.env, j, s.state.Time)
	runner := operation.Runner{World: s.world, Lock: lock, Clock: clock, Report: progress.show, Patience: stepPatience}
	done, err := runner.Run(ctx, j)
	progress.end(err == nil)
	if err != nil {
		return nil, fmt.Errorf("%w; the same command goes on, and kubectl nifi operations %s --abort takes it back", err, s.names.Cluster)
	}
	return &done, nil
}

// sameJournal tells that nobody has written a journal in between.
func sameJournal(a, b *operation.Journal) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Started.Equal(b.Started) && a.Holder == b.Holder && a.Kind == b.Kind
}

// consent asks whether to go on.
func (e Environment) consent(yes bool) error {
	if yes {
		return nil
	}
	if e.ErrTerminal == nil {
		return usagef("add --yes to go on: this isn't a terminal where a person could be asked")
	}
	fmt.Fprint(e.ErrOut, "go on? [y/N] ")
	if answer := strings.ToLower(e.readLine()); answer != "y" && answer != "yes" {
		return errors.New("left as it is")
	}
	return nil
}

// readLine reads what a person types.
func (e Environment) readLine() string {
	var line strings.Builder
	one := make([]byte, 1)
	for {
		n, err := e.In.Read(one)
		if n == 0 || err != nil || one[0] == '\n' {
			return strings.TrimSpace(line.String())
		}
		line.WriteByte(one[0])
	}
}

// pods checks that names are pods of the cluster: "prod-1", or its number.
func (o *operateOptions) pods(args []string) ([]string, error) {
	var pods []string
	for _, arg := range args {
		pod := arg
		if o.names.Ordinal(pod) < 0 {
			pod = o.names.Cluster + "-" + arg
		}
		if ordinal := o.names.Ordinal(pod); ordinal < 0 || ordinal >= topology.MaxNodes || pod != o.names.Pod(ordinal) {
			return nil, usagef("%q is no node of cluster %q: nodes are called %s, %s …", arg, o.names.Cluster, o.names.Pod(0), o.names.Pod(1))
		}
		pods = append(pods, pod)
	}
	return pods, nil
}
