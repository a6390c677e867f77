package healer

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/healer/policy"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// dies has a healer look until it is killed at a write, which is the last that
// it does or the first that it doesn't; false if it ended its work before.
func (w *remade) dies(write int, late bool) bool {
	ctx, die := context.WithCancel(w.t.Context())
	defer die()
	d := &death{left: write, late: late, die: die}
	w.death.Store(d)
	defer w.death.Store(nil)
	c := w.watcher()
	for range 30 {
		c.look(ctx)
		w.nifi.Advance(10 * time.Second)
		if d.dead.Load() {
			w.nifi.Advance(2 * time.Minute) // its lock is nobody's by then
			return true
		}
	}
	return false
}

// TestKilledAtAnyWriteOfATrustRestart: whatever the healer has written down or
// done when it is killed, the next one does nothing while it is paused, ends the
// work after that, and restarts nobody twice.
func TestKilledAtAnyWriteOfATrustRestart(t *testing.T) {
	t.Parallel()
	const writes = 14 // lock, intent, deed, outcome: of three steps, the lock's return besides
	for write := 1; write <= writes; write++ {
		for _, late := range []bool{true, false} {
			t.Run(fmt.Sprint(write, late), func(t *testing.T) {
				t.Parallel()
				w := newRemade(t, "full")
				if !w.dies(write, late) {
					require.Greater(t, write, writes-4, "it is killed at each of them")
				}
				before := w.changed()
				w.annotate(policy.AnnotationPaused, policy.Pause{By: "kim", Reason: "a test", Until: w.nifi.Clock.Now().Add(5 * time.Minute)}.Encode())
				next := w.watcher()
				w.looks(next, 3)
				assert.Equal(t, before, w.changed(), "it is paused")
				assert.NotContains(t, w.lease().Annotations[policy.AnnotationIncident], `"out"`, "no person took anybody out")
				w.annotate(policy.AnnotationPaused, "")
				w.looks(next, 16)
				assert.Equal(t, []string{"POST pods/prod-1/eviction", "POST pods/prod-0/eviction"}, w.changed())
				for ordinal := range 2 { // those that it restarts
					w.nifi.Node(ordinal).Edit(func(n *nifi.Node) { assert.Equal(t, nifi.Connected, n.Status) })
				}
				assert.Nil(t, w.lease().Spec.HolderIdentity)
			})
		}
	}
}
