package healer

import (
	"context"

	"github.com/kubectl-nifi/kubectl-nifi/healer/policy"
)

// Recorder tells the world of a decision: a log line, a metric, an Event. It is
// called for every decision, skips included, once for each piece of news and
// not again at every poll. It must not block for long.
type Recorder interface {
	Record(ctx context.Context, d policy.Decision)
}
