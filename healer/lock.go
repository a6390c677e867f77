package healer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
)

// Holder is how the holder of the operation lock begins while it is the healer.
const Holder = "nifi-healer"

// lockPatience is how long a lock that nobody renews any more is waited for.
const lockPatience = 20 * time.Second

// errCut says that somebody's operation was cut, whose journal must stay.
var errCut = errors.New("an operation was cut in the middle; resume or abort it with kubectl nifi operations")

// held is a cluster's operation lock in the healer's hands, from before a deed
// until it is known how the deed ended.
type held struct {
	lock *operation.Lock
	stop context.CancelFunc
	done chan struct{}
}

// hold takes the lock, and keeps it. what is added to the holder's name, so
// that whoever finds the lock held knows for what.
func hold(ctx context.Context, store operation.Store, clock operation.Clock, what string) (*held, error) {
	waiting, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	lock, err := operation.Take(waiting, store, clock, fmt.Sprintf("%s (%s)", Holder, what), func(operation.HeldError) {})
	if err != nil {
		return nil, err
	}
	h := &held{lock: lock, done: make(chan struct{})}
	if lock.Journal() != nil {
		close(h.done)
		return nil, errors.Join(errCut, h.release(ctx))
	}
	keeping, stop := context.WithCancel(context.WithoutCancel(ctx))
	h.stop = stop
	go func() {
		defer close(h.done)
		_ = lock.Keep(keeping) // lost: the deed was begun, and is watched without
	}()
	return h, nil
}

// release gives the lock back, with the journal that it had.
func (h *held) release(ctx context.Context) error {
	if h.stop != nil {
		h.stop()
	}
	<-h.done
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := h.lock.Release(ctx, h.lock.Journal()); err != nil && !errors.Is(err, operation.ErrLost) {
		return fmt.Errorf("giving the lock back: %w", err)
	}
	return nil
}
