package healer

import (
	"context"

	"github.com/kubectl-nifi/kubectl-nifi/healer/policy"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// begin does the deed that was decided: first the lock, then its intent is
// written down, then it is done. Whoever comes after a crash finds the intent,
// and looks whether it was done.
func (c *cluster) begin(ctx context.Context, snapshot view.Cluster) {
	incident := *c.memory.Doing()
	err := c.prepare(ctx, incident)
	var d policy.Decision
	if err != nil {
		c.memory, d = c.memory.Withdrawn(c.names, c.healer.Clock.Now(), err.Error())
		c.healer.Tell.Record(ctx, d)
		return
	}
	how, err := c.do(ctx, snapshot, incident)
	now := c.healer.Clock.Now()
	if err != nil {
		c.memory, d = c.memory.Missed(c.names, now, err, c.healer.Limits, c.healer.Random)
	} else {
		c.memory, d = c.memory.Done(c.names, now, how)
	}
	c.healer.Tell.Record(ctx, d)
}

func (c *cluster) prepare(ctx context.Context, incident policy.Incident) error {
	what := string(incident.Act.Deed)
	if incident.Pod != "" {
		what += " " + incident.Pod
	}
	c.unlock(ctx) // of a deed whose end wasn't noticed
	lock, err := hold(ctx, c.objects, c.healer.Clock, what)
	if err != nil {
		return err
	}
	c.lock = lock
	return c.save(ctx)
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
