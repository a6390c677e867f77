package healer

import (
	"context"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/healer/policy"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// telling is the Teller of a running healer: log, metrics and Events.
type telling struct {
	log     Log
	metrics *Metrics
	events  *Events
}

var _ Teller = telling{}

// Record implements Recorder.
func (t telling) Record(ctx context.Context, d policy.Decision) {
	t.log.Record(ctx, d)
	t.metrics.Record(ctx, d)
	t.events.Record(ctx, d)
}

// Observe implements Teller.
func (t telling) Observe(c view.Cluster) {
	t.metrics.Observe(c)
	t.events.Observe(c)
}

// Polled implements Teller.
func (t telling) Polled(n topology.Names, began time.Time, took time.Duration, err error) {
	t.metrics.Polled(n, began, took, err)
}

// Allowed implements Teller.
func (t telling) Allowed(n topology.Names, mode policy.Mode, paused bool) {
	t.metrics.Allowed(n, mode, paused)
}

// Forget implements Teller.
func (t telling) Forget(n topology.Names) {
	t.metrics.Forget(n)
	t.events.Forget(n)
}
