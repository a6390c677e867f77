package view

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// TLSObjects reads what Kubernetes knows of the pods' certificates.
type TLSObjects interface {
	// SyncLog is the log of a pod's tls-sync container, of its present run or
	// the one before. One that has no such run is ErrNotFound.
	SyncLog(ctx context.Context, pod string, previous bool) ([]byte, error)
	// Authorities is the certificates that signed the cluster's, as its
	// CertificateRequests have them.
	Authorities(ctx context.Context) ([]trust.Certificate, error)
}

// TLSSources is where the facts of package trust come from.
type TLSSources struct {
	Objects  TLSObjects
	Dial     Dial                                        // the way to "<FQDN>:<port>"
	Identity func(ctx context.Context) (Identity, error) // nil: acceptance isn't tried
	Stores   *StoreSources                               // nil: no store is read
}

// tlsFacts is the reading of what all pods' facts rest on: known authorities,
// and the identity to try acceptance with.
func (g *gathering) tlsFacts(ctx context.Context, from *TLSSources) []func() {
	if from == nil {
		return nil
	}
	keep := func(c *Cluster, all []trust.Certificate) { c.Authorities = append(c.Authorities, all...) }
	reads := []func(){func() { fetch(ctx, g, SourceAuthorities, from.Objects.Authorities, keep) }}
	if from.Identity != nil {
		reads = append(reads, func() {
			// Why it can't be had, the credentials say, which are the same.
			if found, err := from.Identity(ctx); err == nil {
				g.identity = found
				g.set(func(c *Cluster) { keep(c, found.Anchors) })
			}
		})
	}
	return reads
}

// tls is the questions about each pod. timeout is for each of a pod's
// sources, so that none of them waits for another.
func (g *gathering) tls(ctx context.Context, from *TLSSources, timeout time.Duration) []func() {
	if from == nil {
		return nil
	}
	g.cluster.TLS = []TLS{}
	// A node whose root has drifted is verified by what cert-manager says of
	// it: else nobody learns whether it lets us in. No more than that hangs on it.
	g.identity.Anchors = slices.Concat(g.identity.Anchors, g.cluster.Authorities)
	var asks []func()
	for _, pod := range g.cluster.candidates() {
		asks = append(asks, func() { g.podTLS(ctx, *from, pod, timeout) })
	}
	for _, pod := range g.cluster.Pods {
		if pod.held() {
			asks = append(asks, func() { g.heldTLS(ctx, from.Objects, pod.Name, timeout) })
		}
	}
	return asks
}

// held tells that a pod's tls-sync has begun and its NiFi may not: as long as
// there is no certificate that tls-sync takes, the pod stays Pending.
func (p Pod) held() bool {
	sync := p.Container("tls-sync")
	return p.Phase == "Pending" && sync != nil && (sync.Restarts > 0 || !sync.Started.IsZero())
}

// heldTLS reads what tls-sync refused in a pod whose NiFi has not begun. One
// that only waits is no node yet, and has no place in who trusts whom.
func (g *gathering) heldTLS(ctx context.Context, from TLSObjects, pod string, timeout time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	files := ReadFiles(ctx, from, pod)
	if len(files.Refusals) > 0 {
		g.set(func(c *Cluster) {
			c.TLS = append(c.TLS, TLS{Pod: pod, Files: files, Served: Served{Error: "NiFi has not begun"}})
		})
	}
}

// podTLS asks one pod's sources. A node that is verified and asked whether it
// lets us in has shown what it serves; only of one that isn't, that takes a
// handshake of its own.
func (g *gathering) podTLS(ctx context.Context, from TLSSources, pod string, timeout time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	t := TLS{Pod: pod}
	endpoint := g.cluster.Names.Endpoint(pod)
	synced := g.cluster.Synced()
	parallel(
		func() {
			if synced {
				t.Files = ReadFiles(ctx, from.Objects, pod)
			}
		},
		func() { t.Stores = g.cluster.stores(ctx, from.Stores, pod) },
		func() {
			t.Accepts, t.Served.Chain = g.identity.accepted(ctx, from.Dial, endpoint, g.cluster.Time)
			if t.Served.Chain == nil {
				t.Served = Handshake(ctx, from.Dial, endpoint)
			}
			if t.Served.Error != "" { // then nobody was there to let it in
				t.Accepts = nil
			}
		},
	)
	g.set(func(c *Cluster) { c.TLS = append(c.TLS, t) })
}

// ReadFiles reads the log of the pod's tls-sync. After a restart of that
// container, which finds its files in place, only the run before has said what
// they are.
func ReadFiles(ctx context.Context, from TLSObjects, pod string) Files {
	log, err := from.SyncLog(ctx, pod, false)
	if err != nil {
		return Files{Error: err.Error()}
	}
	files := filesOf(log)
	if files.Known() {
		return files
	}
	earlier, err := from.SyncLog(ctx, pod, true)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Files{Error: err.Error()}
	}
	before := filesOf(earlier)
	before.Refusals = append(before.Refusals, files.Refusals...)
	return before
}
