package healer

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/kubectl-nifi/kubectl-nifi/healer/policy"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// objects reads a cluster's Kubernetes objects for the healer: at deep looks by
// requests, else from the mirror. What changes rarely is kept between deep looks.
type objects struct {
	kube.Cluster
	mirror func() *kube.Mirror // that can be relied on at present; nil if none can

	reflection *kube.Reflection // of this look, in place of requests; nil: it makes them

	mu           sync.Mutex
	deep         bool
	certificates []view.Certificate
	authorities  []trust.Certificate // seen so far, the oldest first
	notes        map[string]string   // annotations of the operation Lease
	notesErr     error
}

// StatefulSet reads the cluster's StatefulSet.
func (o *objects) StatefulSet(ctx context.Context) (view.StatefulSet, error) {
	if o.reflection != nil {
		return o.reflection.StatefulSet(ctx)
	}
	return o.Cluster.StatefulSet(ctx)
}

// Pods reads the pods of the cluster's nodes.
func (o *objects) Pods(ctx context.Context) ([]view.Pod, error) {
	if o.reflection != nil {
		return o.reflection.Pods(ctx)
	}
	return o.Cluster.Pods(ctx)
}

// Notes reads who changes the cluster, and what else its Lease says.
func (o *objects) Notes(ctx context.Context) (*view.Operation, map[string]string, error) {
	if o.reflection != nil {
		return o.reflection.Notes(ctx)
	}
	return o.Cluster.Notes(ctx)
}

// Certificates reads them at deep looks.
func (o *objects) Certificates(ctx context.Context) ([]view.Certificate, error) {
	if !o.deep {
		return o.certificates, nil
	}
	found, err := o.Cluster.Certificates(ctx)
	if err == nil {
		o.certificates = found
	}
	return slices.Clone(found), err
}

// Leases reads NiFi's elections at deep looks: else the coordinator's answer says
// who it is.
func (o *objects) Leases(ctx context.Context) ([]view.Lease, error) {
	if !o.deep {
		return nil, nil
	}
	return o.Cluster.Leases(ctx)
}

// remembered is how many authorities are kept at most.
const remembered = 32

// Authorities remembers, too, those whose CertificateRequests are gone: their
// anchors stay in pods' files for a while, and who trusts whom can't be told with
// anchors that are known by their fingerprints only.
func (o *objects) Authorities(ctx context.Context) ([]trust.Certificate, error) {
	found, err := o.Cluster.Authorities(ctx)
	if err != nil {
		return nil, err
	}
	o.authorities = slices.DeleteFunc(o.authorities, func(old trust.Certificate) bool {
		return slices.ContainsFunc(found, func(one trust.Certificate) bool { return one.Fingerprint == old.Fingerprint })
	})
	o.authorities = append(o.authorities, found...)
	o.authorities = o.authorities[max(0, len(o.authorities)-remembered):]
	return slices.Clone(o.authorities), nil
}

// operation reads who changes the cluster, and keeps what else the Lease says.
func (o *objects) operation(ctx context.Context) (*view.Operation, error) {
	operation, notes, err := o.Notes(ctx)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.notes, o.notesErr = notes, err
	return operation, err
}

// noted is what the last look read of the Lease.
func (o *objects) noted() (map[string]string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.notes, o.notesErr
}

// paused is the pause that the last look read, as it is written.
func (o *objects) paused() string {
	notes, _ := o.noted()
	return notes[policy.AnnotationPaused]
}

// errNotAsked is why the healer lacks what it has no need or right to read.
var errNotAsked = errors.New("the healer doesn't ask for it")

// details is what a deep look reads besides: the logs of pods that aren't
// ready, and the requests for certificates.
type details struct{ kube.Cluster }

func (details) Events(context.Context) ([]view.Event, error)                { return nil, nil }
func (details) Claims(context.Context) ([]view.Claim, error)                { return nil, nil }
func (details) Services(context.Context) ([]view.Service, error)            { return nil, nil }
func (details) Endpoints(context.Context) ([]view.Endpoint, error)          { return nil, nil }
func (details) Rules(context.Context) ([]view.Rule, error)                  { return nil, nil }
func (details) StorageClasses(context.Context) ([]view.StorageClass, error) { return nil, nil }
func (details) Candidates(context.Context) (int, error)                     { return 0, errNotAsked }
func (details) Guarded(context.Context) (bool, error)                       { return false, errNotAsked }
func (details) CPU(context.Context, string) ([]view.Group, error)           { return nil, errNotAsked }

// sources is where a look's snapshot comes from.
func (o *objects) sources(names topology.Names, who *credentials, deep bool) view.Sources {
	o.deep, o.reflection = deep, nil
	sources := view.Sources{Kubernetes: o, Credentials: who.dialer(names), Operation: o.operation, Sparing: true}
	if mirror := o.mirror(); mirror != nil && !deep && !names.Adopted() { // whose pods have no labels of ours
		reflection := mirror.Of(names)
		o.reflection = &reflection
	}
	if deep {
		sources.Details = details{o.Cluster}
		sources.TLS = &view.TLSSources{Objects: o, Dial: who.dial, Identity: who.identity(names)}
	}
	return sources
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
