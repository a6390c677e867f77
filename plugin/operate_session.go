package plugin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation/live"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// operateSession is one look at a cluster that is to be changed.
type operateSession struct {
	*operateOptions
	snapshots *snapshots
	world     live.World
	rotation  *live.Rotation // what is looked at and changed in its place, once trust is concerned
	healing   *live.Healing  // the same for pods that restart for trust
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

// await looks until there is a coordinator, and a node that it has CONNECTED:
// after one has left, the role is vacant for a moment and the next one gathers
// the nodes anew, which is no reason to refuse anything.
func (s *operateSession) await(ctx context.Context) error {
	ticks, stop := s.env.Every(time.Second)
	defer stop()
	deadline := s.env.Now().Add(electionPatience)
	for said := false; ; said = true {
		err := s.look(ctx)
		why := passing(s.state)
		if err != nil || why == "" || s.env.Now().After(deadline) {
			return err
		}
		if !said {
			fmt.Fprintf(s.env.ErrOut, "waiting: %s\n", why)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticks:
		}
	}
}

// passing is why nothing can be said of the nodes at the moment; empty if
// waiting wouldn't help, or isn't needed.
func passing(s operation.State) string {
	switch {
	case s.Blind == live.Electing, s.Blind == live.Slow:
		return s.Blind
	case s.Blind == "" && s.Forming():
		return "no node is CONNECTED yet"
	default:
		return ""
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
	if s.state, err = s.world.State(ctx, cluster); err != nil {
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

// sameJournal tells that nobody has written a journal in between.
func sameJournal(a, b *operation.Journal) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Started.Equal(b.Started) && a.Holder == b.Holder && a.Kind == b.Kind
}
