package healer

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// mirroring is a healer whose mirror of the world has been read, and follows.
func (w *world) mirroring(timeout time.Duration) *Healer {
	h := w.healer(timeout)
	h.watched = map[topology.Names]*watched{}
	r := newRealm(h, "nifi")
	h.realms = map[string]*realm{"nifi": r}
	ctx, end := context.WithCancel(w.t.Context())
	var wait sync.WaitGroup
	wait.Go(func() { r.mirror.Run(ctx) })
	w.t.Cleanup(func() {
		end()
		wait.Wait()
	})
	require.True(w.t, r.mirror.Read(ctx))
	return h
}

func TestALookAtAWellClusterNeedsNoAPIServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.mirroring(10 * time.Second)
	c := newCluster(h, w.nifi.Names)
	w.looks(c, 1) // deep
	w.away.Store(true)
	w.looks(c, 2)
	assert.Empty(t, w.stages(), "watches have told all there is")
	h.silent.Store(true)
	w.looks(c, 2)
	assert.Equal(t, []string{"Skipped leave alone"}, w.stages(), "what they told may be of long ago")
	assert.Contains(t, w.last().Error, "the API server can't be reached")
	h.silent.Store(false)
	w.away.Store(false)
	w.looks(c, 1)
	assert.Equal(t, []string{"Skipped leave alone", "Recovered leave alone"}, w.stages())
}

// TestAMirrorServesAWholeIncident loses a node's heartbeats, as
// TestReconnectsANodeThatIsSilent does with requests alone.
func TestAMirrorServesAWholeIncident(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := newCluster(w.mirroring(10*time.Second), w.nifi.Names)
	w.looks(c, 1)
	w.nifi.Lose(1)
	w.nifi.Advance(30 * time.Second)
	w.looks(c, 6)
	assert.Equal(t, []string{"Detected reconnect", "Verdict reconnect", "Acted reconnect"}, w.stages()[:3])
	require.Eventually(t, func() bool {
		w.looks(c, 1)
		return c.memory.Doing() == nil && len(c.memory.Incidents) == 0
	}, 30*time.Second, 10*time.Millisecond)
	assert.Equal(t, "CONNECTED", w.status(1))
	assert.Equal(t, "Recovered", string(w.last().Stage))
}

func TestAskingTellsWhetherTheAPIServerAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.mirroring(10 * time.Second)
	h.Clock.Every = hurried
	ctx, end := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	wait.Go(func() { h.ask(ctx) })
	for _, away := range []bool{true, false, true} {
		w.away.Store(away)
		require.Eventually(t, func() bool { return h.silent.Load() == away }, 30*time.Second, 5*time.Millisecond)
		assert.Equal(t, away, h.mirrors("nifi")() == nil)
	}
	end()
	wait.Wait()
}
