package healer

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// hurried is a ticker for which everything is soon.
func hurried(time.Duration) (<-chan time.Time, func()) { return every(20 * time.Millisecond) }

func TestClustersComeAndGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.healer(10 * time.Second)
	h.Clock.Every = hurried
	ctx, end := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.Run(ctx)
	}()
	require.Eventually(t, h.Ready, 30*time.Second, 10*time.Millisecond)

	w.api.Delete(w.path("apis/apps/v1", "statefulsets", "prod"))
	require.Eventually(t, func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return len(w.forgotten) == 1
	}, 30*time.Second, 10*time.Millisecond)
	assert.Equal(t, []string{"prod"}, w.forgotten)
	end()
	<-done
}

func TestAChangeWakesItsCluster(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.healer(10 * time.Second)
	r := newRealm(h, "nifi")
	watching := &watched{wake: make(chan struct{}, 1)}
	h.watched = map[topology.Names]*watched{w.nifi.Names: watching}
	for range 3 {
		r.changed("nifi", "prod") // a burst is one look
	}
	assert.Len(t, watching.wake, 1)
	assert.Empty(t, r.discover)
	r.changed("nifi", "next")
	assert.Len(t, r.discover, 1, "it may be a new cluster")

	ctx, end := context.WithTimeout(t.Context(), 30*time.Second)
	defer end()
	h.Clock.Every = func(d time.Duration) (<-chan time.Time, func()) {
		if d == breath {
			return hurried(d)
		}
		return nil, func() {} // the next look is far away
	}
	h.await(ctx, watching, time.Hour)
	require.NoError(t, ctx.Err())
}

func TestNotReadyWhileClustersCannotBeListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.away.Store(true)
	h := w.healer(time.Second)
	h.Clock.Every = hurried
	ctx, end := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.Run(ctx)
	}()
	assert.False(t, h.Ready())
	w.away.Store(false)
	require.Eventually(t, h.Ready, 30*time.Second, 10*time.Millisecond)
	end()
	<-done
}
