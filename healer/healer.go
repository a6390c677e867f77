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

	mu       sync.Mutex
	watched  map[topology.Names]*watched // by names as they are found
	discover chan struct{}
}

// watched is a cluster's goroutine.
type watched struct {
	stop    context.CancelFunc
	wake    chan struct{}
	looked  atomic.Bool
	cluster *cluster
}

// How often the list of clusters is read if no watch tells of a change, and how
// soon a look follows a change: several come at once.
const (
	discovery = 30 * time.Second
	breath    = time.Second
)

// Ready tells that a first look at every cluster was tried.
func (h *Healer) Ready() bool { return h.looked.Load() }

// Run watches clusters until ctx ends.
func (h *Healer) Run(ctx context.Context) {
	h.watched, h.discover = map[topology.Names]*watched{}, make(chan struct{}, 1)
	var wait sync.WaitGroup
	for _, namespace := range h.Namespaces {
		wait.Go(func() { h.watch(ctx, namespace, h.Kubernetes.Watch, h.changed) })
		wait.Go(func() { h.watch(ctx, namespace, h.Kubernetes.WatchCertificates, h.reissued) })
	}
	ticks, stop := h.Clock.Every(discovery)
	defer stop()
	for ctx.Err() == nil {
		for _, namespace := range h.Namespaces {
			h.find(ctx, namespace, &wait)
		}
		select {
		case <-ctx.Done():
		case <-ticks:
		case <-h.discover:
			h.rest(ctx, breath)
		}
	}
	wait.Wait()
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

// find starts to watch the clusters of a namespace that are new, and stops with
// those that are gone. If they can't be listed, all stays as it is.
func (h *Healer) find(ctx context.Context, namespace string, wait *sync.WaitGroup) {
	names, err := h.Kubernetes.Names(ctx, namespace)
	if err != nil {
		if ctx.Err() == nil {
			h.Log.Warn("the clusters can't be listed", "namespace", namespace, "error", err)
		}
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	found := map[topology.Names]bool{}
	for _, n := range names {
		found[n] = true
		if h.watched[n] == nil {
			h.start(ctx, n, wait)
		}
	}
	for n, w := range h.watched {
		if (namespace == "" || n.Namespace == namespace) && !found[n] {
			h.Log.Info("the cluster is gone", "namespace", n.Namespace, "cluster", n.Cluster)
			w.stop()
			delete(h.watched, n)
		}
	}
	h.tally()
}

// start watches a cluster, under the lock.
func (h *Healer) start(ctx context.Context, n topology.Names, wait *sync.WaitGroup) {
	h.Log.Info("watches a cluster", "namespace", n.Namespace, "cluster", n.Cluster)
	ctx, stop := context.WithCancel(ctx)
	w := &watched{stop: stop, wake: make(chan struct{}, 1), cluster: newCluster(h, n)}
	h.watched[n] = w
	wait.Go(func() { h.follow(ctx, w) })
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

// watching is a watch that tells whose object has changed, until it ends.
type watching func(ctx context.Context, namespace string, changed func(namespace, cluster string)) error

// watch tells whom a change is about. A watch that ends is begun anew, later and
// later while that fails.
func (h *Healer) watch(ctx context.Context, namespace string, watch watching, changed func(namespace, name string)) {
	pause := breath
	for ctx.Err() == nil {
		began := h.Clock.Now()
		err := watch(ctx, namespace, changed)
		if h.Clock.Now().Sub(began) > time.Minute {
			pause = breath
		}
		h.Log.Debug("watches again", "namespace", namespace, "after", pause.String(), "error", err)
		h.rest(ctx, pause)
		pause = min(2*pause, discovery)
	}
}

// changed wakes the goroutine of a cluster, or the search for new ones.
func (h *Healer) changed(namespace, name string) {
	w := h.of(namespace, name)
	wake := h.discover
	if w != nil {
		wake = w.wake
	}
	select {
	case wake <- struct{}{}:
	default: // it is awake
	}
}

// reissued has a cluster looked at deeply, since one of its Certificates was
// changed.
func (h *Healer) reissued(namespace, name string) {
	if w := h.of(namespace, name); w != nil {
		w.cluster.depth.reissued.Store(true)
		h.changed(namespace, name)
	}
}

func (h *Healer) of(namespace, name string) *watched {
	h.mu.Lock()
	defer h.mu.Unlock()
	for names, w := range h.watched {
		if names.Cluster == name && names.Namespace == namespace {
			return w
		}
	}
	return nil
}
