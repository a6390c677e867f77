package plugin

import (
	"context"
	"errors"
	"fmt"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
)

// carry shows the plan of a journal, asks, and carries it out.
func (s *operateSession) carry(ctx context.Context, j operation.Journal) (*operation.Journal, error) {
	if j.Kind == operation.RotateCA {
		if err := s.rotate(ctx, &j); err != nil {
			return nil, err
		}
	}
	if j.Kind == operation.Heal {
		if err := s.heal(ctx); err != nil {
			return nil, err
		}
	}
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

// lock takes a cluster's lock, and says whom it waits for.
func (e Environment) lock(ctx context.Context, store operation.Store) (*operation.Lock, error) {
	return operation.Take(ctx, store, e.clock(), e.Identity, func(held operation.HeldError) {
		fmt.Fprintf(e.ErrOut, "waiting: the lock is held by %s; it is taken over if they are gone\n", held.Holder)
	})
}

func (e Environment) clock() operation.Clock { return operation.Clock{Now: e.Now, Every: e.Every} }

// run takes the lock, makes sure that nothing has changed since the plan was
// shown, and carries it out.
func (s *operateSession) run(ctx context.Context, j operation.Journal) (*operation.Journal, error) {
	lock, err := s.env.lock(ctx, s.cluster)
	if err != nil {
		return nil, err
	}
	if found := lock.Journal(); !sameJournal(found, s.record.Journal) {
		return nil, errors.Join(fmt.Errorf("another operation was begun meanwhile; see kubectl nifi operations %s", s.names.Cluster), lock.Release(ctx, found))
	}
	progress := newOperationProgress(s.env, j, s.state.Time)
	runner := operation.Runner{World: s.live(), Lock: lock, Clock: s.env.clock(), Report: progress.show, Patience: stepPatience, Leave: !s.Wait}
	done, err := runner.Run(ctx, j)
	last := progress.now
	progress.end(err == nil && !last.Left)
	if last.Left {
		fmt.Fprintf(s.env.ErrOut, "not waited for: %s\n", last.Step)
	}
	if err != nil {
		return nil, fmt.Errorf("%w; the same command goes on, and kubectl nifi operations %s --abort takes it back", err, s.names.Cluster)
	}
	return &done, nil
}
