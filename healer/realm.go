package healer

import (
	"context"
	"sync"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// discovery is how often clusters are looked for if no watch tells of a change:
// the record of an adopted one is a Secret, which isn't watched.
const discovery = 30 * time.Second

// spread is what lies between the first looks at clusters that are found
// together: they are deep, and all at once would take much memory.
const spread = 100 * time.Millisecond

// realm is a namespace that the healer looks after, or all of them ("").
type realm struct {
	healer    *Healer
	namespace string
	mirror    *kube.Mirror
	discover  chan struct{} // something that belongs to no known cluster was changed
}

func newRealm(h *Healer, namespace string) *realm {
	r := &realm{healer: h, namespace: namespace, discover: make(chan struct{}, 1)}
	r.mirror = h.Kubernetes.Mirror(namespace, r.changed, r.reissued)
	return r
}

// tend watches the clusters that there are, until ctx ends.
func (r *realm) tend(ctx context.Context, wait *sync.WaitGroup) {
	ticks, stop := r.healer.Clock.Every(discovery)
	defer stop()
	for read := r.mirror.Read(ctx); read && ctx.Err() == nil; {
		r.find(ctx, wait)
		select {
		case <-ctx.Done():
		case <-ticks:
		case <-r.discover:
			r.healer.rest(ctx, breath)
		}
	}
}

// find starts to watch the clusters that are new, and stops with those that are
// gone. If it isn't known which there are, all stays as it is.
func (r *realm) find(ctx context.Context, wait *sync.WaitGroup) {
	h := r.healer
	names, err := r.mirror.Names(ctx)
	if err != nil {
		h.Log.Warn("the clusters can't be told", "namespace", r.namespace, "error", err)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	found, after := map[topology.Names]bool{}, time.Duration(0)
	for _, n := range names {
		found[n] = true
		if h.watched[n] == nil {
			h.start(ctx, n, after, wait)
			after += spread
		}
	}
	for n, w := range h.watched {
		if (r.namespace == "" || n.Namespace == r.namespace) && !found[n] && ctx.Err() == nil {
			h.Log.Info("the cluster is gone", "namespace", n.Namespace, "cluster", n.Cluster)
			w.stop()
			delete(h.watched, n)
		}
	}
	h.tally()
}

// changed wakes the goroutine of a cluster, or the search for new ones.
func (r *realm) changed(namespace, name string) {
	w := r.healer.of(namespace, name)
	wake := r.discover
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
func (r *realm) reissued(namespace, name string) {
	if w := r.healer.of(namespace, name); w != nil {
		w.cluster.depth.reissued.Store(true)
		r.changed(namespace, name)
	}
}

// mirrors finds the mirror of a namespace. While the API server gives no answer,
// none can be relied on: what watches told may have been long ago.
func (h *Healer) mirrors(namespace string) func() *kube.Mirror {
	r := h.realms[namespace]
	if r == nil {
		r = h.realms[""]
	}
	return func() *kube.Mirror {
		if r == nil || h.silent.Load() {
			return nil
		}
		return r.mirror
	}
}

// of is the goroutine of a cluster, nil if there is none.
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
