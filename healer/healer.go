package healer

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/healer/policy"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// Teller tells the world what the healer sees and decides.
type Teller interface {
	Recorder
	// Observe learns what a snapshot says.
	Observe(c view.Cluster)
	// Polled tells how long a look took that began then, and whether it failed.
	Polled(n topology.Names, began time.Time, took time.Duration, err error)
	// Allowed tells what the healer may do to a cluster at present.
	Allowed(n topology.Names, mode policy.Mode, paused bool)
	// Forget drops what is known of a cluster that is watched no more.
	Forget(n topology.Names)
}

// Healer watches clusters.
type Healer struct {
	Kubernetes *kube.Client
	Namespaces []string // "" is all
	Dial       func(namespace string) view.Dial
	Clock      operation.Clock
	Interval   time.Duration // between two looks at a cluster
	Timeout    time.Duration // of one look
	Limits     policy.Limits
	Random     func() float64 // in [0, 1)
	Tell       Teller
	Log        *slog.Logger

	looked atomic.Bool // every cluster was looked at once
	silent atomic.Bool // the API server gave no answer when it was asked last

	mu      sync.Mutex
	realms  map[string]*realm           // by namespace
	watched map[topology.Names]*watched // by names as they are found
}

// watched is a cluster's goroutine.
type watched struct {
	stop    context.CancelFunc
	wake    chan struct{}
	looked  atomic.Bool
	cluster *cluster
}

// breath is how soon a look follows a change: several come at once.
const breath = time.Second

// Ready tells that a first look at every cluster was tried.
func (h *Healer) Ready() bool { return h.looked.Load() }

// Run watches clusters until ctx ends.
func (h *Healer) Run(ctx context.Context) {
	h.watched, h.realms = map[topology.Names]*watched{}, map[string]*realm{}
	var wait sync.WaitGroup
	for _, namespace := range h.Namespaces {
		h.realms[namespace] = newRealm(h, namespace)
	}
	for _, r := range h.realms {
		wait.Go(func() { r.mirror.Run(ctx) })
		wait.Go(func() { r.tend(ctx, &wait) })
	}
	wait.Go(func() { h.ask(ctx) })
	wait.Wait()
}

// ask asks the API server, which the mirrors hear of by watches alone, whether
// it is still there.
func (h *Healer) ask(ctx context.Context) {
	ticks, stop := h.Clock.Every(h.Interval)
	defer stop()
	for ctx.Err() == nil {
		err := h.realms[h.Namespaces[0]].mirror.Answers(ctx, h.Timeout/2)
		h.silent.Store(err != nil)
		select {
		case <-ctx.Done():
		case <-ticks:
		}
	}
}

// rest waits, or until ctx ends.
func (h *Healer) rest(ctx context.Context, d time.Duration) {
	ticks, stop := h.Clock.Every(d)
	defer stop()
	select {
	case <-ctx.Done():
	case <-ticks:
	}
}

// start watches a cluster after a while, under the lock.
func (h *Healer) start(ctx context.Context, n topology.Names, after time.Duration, wait *sync.WaitGroup) {
	h.Log.Info("watches a cluster", "namespace", n.Namespace, "cluster", n.Cluster)
	ctx, stop := context.WithCancel(ctx)
	w := &watched{stop: stop, wake: make(chan struct{}, 1), cluster: newCluster(h, n)}
	h.watched[n] = w
	wait.Go(func() {
		if after > 0 {
			h.rest(ctx, after)
		}
		h.follow(ctx, w)
	})
}

// follow looks at a cluster again and again, and at once after a change.
func (h *Healer) follow(ctx context.Context, w *watched) {
	c := w.cluster
	defer c.close(ctx)
	for ctx.Err() == nil {
		began := h.Clock.Now()
		c.look(ctx)
		if !w.looked.Swap(true) {
			h.mu.Lock()
			h.tally()
			h.mu.Unlock()
		}
		interval := c.interval()
		wait := interval - h.Clock.Now().Sub(began) + time.Duration((h.Random()-0.5)*float64(interval)/5)
		h.await(ctx, w, max(wait, breath))
	}
}

// await waits for the next look.
func (h *Healer) await(ctx context.Context, w *watched, wait time.Duration) {
	ticks, stop := h.Clock.Every(wait)
	defer stop()
	select {
	case <-ctx.Done():
	case <-ticks:
	case <-w.wake:
		h.rest(ctx, breath)
	}
}

// tally notices that every cluster was looked at, under the lock.
func (h *Healer) tally() {
	for _, w := range h.watched {
		if !w.looked.Load() {
			return
		}
	}
	h.looked.Store(true)
}
