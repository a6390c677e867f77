package healer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
)

// leadRetry is how soon a replica that waits tries again.
const leadRetry = 2 * time.Second

// errLeaderLost ends a replica that can't hold the Lease any more: it may not
// be the only one at work.
var errLeaderLost = errors.New("the Lease nifi-healer was lost to another replica, or the API server can't be reached")

// lead works while this replica holds the Lease, and waits for it before. It is
// kept as clusters' operation Leases are: client-go's election would link every
// API group there is into a program that needs four.
func lead(ctx context.Context, store operation.Store, clock operation.Clock, log *slog.Logger, work func(context.Context)) error {
	me, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("finding a name for this replica: %w", err)
	}
	lock := elected(ctx, store, clock, me, log)
	if lock == nil {
		return errEnd
	}
	log.Info("this replica leads", "replica", me)
	working, stop := context.WithCancel(ctx)
	kept := make(chan error, 1)
	go func() {
		defer stop()
		kept <- lock.Keep(working)
	}()
	work(working) // locks are given back
	stop()
	if err := <-kept; err != nil {
		return fmt.Errorf("%w: %w", errLeaderLost, err)
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), leadRetry)
	defer cancel()
	if err := lock.Release(ending, nil); err != nil {
		log.Warn("the Lease nifi-healer can't be given back; another replica takes it over later", "error", err)
	}
	return errEnd
}

// elected waits for the Lease; nil if ctx ends before.
func elected(ctx context.Context, store operation.Store, clock operation.Clock, me string, log *slog.Logger) *operation.Lock {
	ticks, stop := clock.Every(leadRetry)
	defer stop()
	leader := ""
	for ctx.Err() == nil {
		lock, err := operation.Take(ctx, store, clock, me, func(operation.HeldError) {})
		var held operation.HeldError
		switch {
		case err == nil:
			return lock
		case errors.As(err, &held) && held.Holder != leader:
			leader = held.Holder
			log.Info("another replica leads", "replica", leader)
		case !errors.As(err, &held) && ctx.Err() == nil:
			log.Warn("the Lease nifi-healer can't be taken; it is tried again", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-ticks:
		}
	}
	return nil
}
