package view

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// Gather takes a snapshot within timeout: first everything Kubernetes knows,
// then every node's own view and the coordinator's, each step in parallel.
// Kubernetes may use half of the time, so that a slow source leaves the nodes
// theirs. now is the clock that the snapshot is dated by.
func Gather(ctx context.Context, from Sources, names topology.Names, timeout time.Duration, now func() time.Time) Cluster {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	g := &gathering{cluster: Cluster{Names: names, Time: now()}, settled: from.Settled}
	dial := g.kubernetes(ctx, from, timeout/2)
	g.cluster.Names.Domain = g.cluster.domain()
	g.cluster.Errors = g.cluster.withoutCertManager()
	parallel(
		g.all(g.nodes(ctx, dial, timeout, from.Sparing), SourceNode, SourceCoordinator),
		g.all(g.logs(ctx, from.Details), SourceLogs),
		g.all(g.nifiCA(ctx, from.Details), SourceNiFiCA),
		g.all(g.secrets(ctx, from.Details), SourceSecrets),
		g.all(g.tls(ctx, from.TLS, timeout/2), SourceHandshakes),
		g.all(g.volumes(ctx, from.Details, dial, timeout/attempts), SourceVolumes),
		g.all(g.cpu(ctx, from.Details, timeout/attempts), SourceCPU),
	)
	return g.cluster.sorted()
}

// gathering is a snapshot under construction, filled by several goroutines.
type gathering struct {
	mu       sync.Mutex
	cluster  Cluster
	identity Identity // who tries whether nodes accept it

	telling sync.Mutex
	settled func(Source, Cluster) // may be nil
}

// set changes the snapshot.
func (g *gathering) set(change func(*Cluster)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change(&g.cluster)
}

// fail records what a source failed on.
func (g *gathering) fail(source Source, subject string, err error) {
	g.set(func(c *Cluster) { c.Errors = append(c.Errors, newSourceError(source, subject, err)) })
}

// settle tells that a source was read or has failed. The snapshot that it shows
// shares nothing that is changed later.
func (g *gathering) settle(source Source) {
	if g.settled == nil {
		return
	}
	g.telling.Lock()
	defer g.telling.Unlock()
	var soFar Cluster
	g.set(func(c *Cluster) {
		soFar = *c
		if c.Detail != nil {
			detail := *c.Detail
			soFar.Detail = &detail
		}
	})
	g.settled(source, soFar)
}

// all does all there is to ask of some sources, then settles them. Where there is
// nothing to ask, that is at once.
func (g *gathering) all(asks []func(), sources ...Source) func() {
	run := func() {
		parallel(asks...)
		for _, source := range sources {
			g.settle(source)
		}
	}
	if len(asks) == 0 {
		run()
		return nil
	}
	return run
}

// kubernetes reads all sources that don't depend on another.
func (g *gathering) kubernetes(ctx context.Context, from Sources, timeout time.Duration) NodeDialer {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var dial NodeDialer
	k := from.Kubernetes
	parallel(append(slices.Concat(g.details(ctx, from.Details), g.tlsFacts(ctx, from.TLS)),
		func() {
			fetch(ctx, g, SourceStatefulSet, k.StatefulSet, func(c *Cluster, s StatefulSet) { c.StatefulSet = &s })
		},
		func() { fetch(ctx, g, SourcePods, k.Pods, func(c *Cluster, p []Pod) { c.Pods = p }) },
		func() { fetch(ctx, g, SourceLeases, k.Leases, func(c *Cluster, l []Lease) { c.Leases = l }) },
		func() {
			fetch(ctx, g, SourceCertificates, k.Certificates, func(c *Cluster, l []Certificate) { c.Certificates = l })
		},
		func() {
			if from.Operation != nil {
				fetch(ctx, g, SourceOperation, from.Operation, func(c *Cluster, o *Operation) { o.add(c) })
			}
		},
		func() {
			fetch(ctx, g, SourceCredentials, from.Credentials, func(_ *Cluster, d NodeDialer) { dial = d })
		},
	)...)
	return dial
}

// fetch reads one source into the snapshot, or its error.
func fetch[T any](ctx context.Context, g *gathering, source Source, read func(context.Context) (T, error), keep func(*Cluster, T)) {
	defer g.settle(source)
	value, err := read(ctx)
	if err != nil {
		g.fail(source, "", err)
		return
	}
	g.set(func(c *Cluster) { keep(c, value) })
}

// parallel runs all that there are and waits for all. The last one needs no
// goroutine, whose stack would have to grow first.
func parallel(all ...func()) {
	all = slices.DeleteFunc(all, func(one func()) bool { return one == nil })
	if len(all) == 0 {
		return
	}
	var wait sync.WaitGroup
	for _, one := range all[:len(all)-1] {
		wait.Go(one)
	}
	all[len(all)-1]()
	wait.Wait()
}
