package healer

import (
	"context"
	"errors"

	"github.com/kubectl-nifi/kubectl-nifi/healer/policy"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// begin does the deed that was decided: first the lock, then its intent is
// written down, then it is done. Whoever comes after a crash finds the intent,
// and looks whether it was done.
func (c *cluster) begin(ctx context.Context, snapshot view.Cluster) {
	incident := *c.memory.Doing()
	err := c.prepare(ctx, incident)
	if err != nil {
		memory, d := c.memory.Withdrawn(c.names, c.healer.Clock.Now(), err.Error())
		c.ended(ctx, memory, d)
		return
	}
	how, err := c.do(ctx, snapshot, incident)
	now := c.healer.Clock.Now()
	switch {
	case errors.As(err, new(operation.Busy)):
		memory, news := c.memory.Postponed(c.names, now, err)
		c.ended(ctx, memory, news...)
	case err != nil:
		memory, d := c.memory.Missed(c.names, now, err, c.healer.Limits, c.healer.Random)
		c.ended(ctx, memory, d)
	default:
		memory, d := c.memory.Done(c.names, now, how)
		c.ended(ctx, memory, d)
	}
}

// ended remembers what came of a deed, and tells of it.
func (c *cluster) ended(ctx context.Context, memory policy.Memory, news ...policy.Decision) {
	c.memory = memory
	for _, d := range news {
		c.healer.Tell.Record(ctx, d)
	}
}

func (c *cluster) prepare(ctx context.Context, incident policy.Incident) error {
	c.unlock(ctx) // of a deed whose end wasn't noticed
	if err := c.take(ctx, incident); err != nil {
		return err
	}
	return c.save(ctx)
}

// take takes the lock for a deed.
func (c *cluster) take(ctx context.Context, incident policy.Incident) error {
	what := string(incident.Act.Deed)
	if incident.Pod != "" {
		what += " " + incident.Pod
	}
	lock, err := hold(ctx, c.objects, c.healer.Clock, what)
	c.lock = lock
	return err
}

// resume takes the lock again, once, for a deed that was under way when the
// healer ended before its time. If somebody else has it by now, the deed's end
// is watched without, and no other one begins before the lock is free.
func (c *cluster) resume(ctx context.Context) {
	doing, before := c.memory.Doing(), c.resumed
	c.resumed = true
	if before || doing == nil {
		return
	}
	if err := c.take(ctx, *doing); err != nil {
		c.healer.Log.Warn("a deed that was under way is watched without the lock", "namespace", c.names.Namespace, "cluster", c.names.Cluster,
			"incident", doing.ID, "error", err)
	}
}

// save keeps the memory on the Lease if it has changed.
func (c *cluster) save(ctx context.Context) error {
	value := c.memory.Encode()
	if value == c.saved {
		return nil
	}
	if err := c.objects.Note(ctx, policy.AnnotationIncident, value); err != nil {
		return err
	}
	c.saved = value
	return nil
}

func (c *cluster) unlock(ctx context.Context) {
	if c.lock == nil {
		return
	}
	if err := c.lock.release(ctx); err != nil {
		c.healer.Log.Warn(err.Error(), "namespace", c.names.Namespace, "cluster", c.names.Cluster)
	}
	c.lock = nil
}
