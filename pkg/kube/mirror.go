package kube

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// Mirror keeps what the API server tells of the clusters of one namespace, or
// of all (""): their StatefulSets, nodes' pods and operation Leases, as a
// snapshot has them. Whoever looks every few seconds then needs no request.
//
// It is behind by as much as a watch is, and doesn't notice when the API server
// is silent: whoever changes something reads it before.
type Mirror struct {
	client    *Client
	namespace string
	reissued  func(namespace, cluster string)

	sets   *shelf[view.StatefulSet]
	pods   *shelf[view.Pod]
	leases *shelf[note]
}

// note is what an operation Lease says.
type note struct {
	operation   *view.Operation
	annotations map[string]string
	adopted     bool
	err         error // of its journal
}

// Mirror makes one. changed is told whose object was changed, and reissued
// whose Certificate was, which cert-manager changes each time it has put a new
// one into its Secret; of Certificates nothing is kept.
func (c *Client) Mirror(namespace string, changed, reissued func(namespace, cluster string)) *Mirror {
	return &Mirror{
		client: c, namespace: namespace, reissued: reissued,
		sets: newShelf(changed, func(o runtime.Object) view.StatefulSet {
			set, _ := o.(*appsv1.StatefulSet)
			return statefulSetOf(set, container)
		}),
		pods: newShelf(changed, func(o runtime.Object) view.Pod {
			pod, _ := o.(*corev1.Pod)
			return podOf(pod, container)
		}),
		leases: newShelf(changed, func(o runtime.Object) note {
			lease, _ := o.(*coordinationv1.Lease)
			return noteOf(lease)
		}),
	}
}

func noteOf(lease *coordinationv1.Lease) note {
	n := note{annotations: lease.Annotations, adopted: lease.Labels[topology.LabelComponent] == topology.ComponentAdopted}
	record, err := recordOf(lease)
	if n.err = err; err == nil {
		n.operation = operationOf(record, lease.Annotations[annotationIncident])
	}
	return n
}

// Run keeps the mirror up to date until ctx ends.
func (m *Mirror) Run(ctx context.Context) {
	a, all := m.client.api, labels.Set{}
	certificates := m.client.metadata.Resource(certificates()).Namespace(m.namespace)
	signal := newShelf(m.reissued, func(runtime.Object) struct{} { return struct{}{} })
	var wait sync.WaitGroup
	wait.Go(func() { fill(ctx, a.statefulSets(m.namespace), &appsv1.StatefulSet{}, all, m.sets) })
	wait.Go(func() {
		fill(ctx, a.pods(m.namespace), &corev1.Pod{}, labels.Set{topology.LabelComponent: "node"}, m.pods)
	})
	wait.Go(func() { fill(ctx, a.leases(m.namespace), &coordinationv1.Lease{}, all, m.leases) })
	wait.Go(func() { fill(ctx, certificates, &metav1.PartialObjectMetadata{}, all, signal) })
	wait.Wait()
}

// Read waits until all there was at the beginning has been read, and tells
// whether that is so before ctx ends.
func (m *Mirror) Read(ctx context.Context) bool {
	for _, full := range []<-chan struct{}{m.sets.full, m.pods.full, m.leases.full} {
		select {
		case <-full:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// Names names the clusters. An adopted one, which has an operation Lease that
// says so and no StatefulSet with our labels, counts if somebody lets us read
// its record.
func (m *Mirror) Names(ctx context.Context) ([]topology.Names, error) {
	var all []topology.Names
	for _, of := range m.sets.owners() {
		all = append(all, topology.Names{Cluster: of.cluster, Namespace: of.namespace, Domain: topology.DefaultDomain})
	}
	for _, of := range m.leases.owners() {
		names := topology.Names{Cluster: of.cluster, Namespace: of.namespace, Domain: topology.DefaultDomain}
		if lease, _ := m.leases.get(of, names.OperationLease()); !lease.adopted {
			continue
		}
		data, err := m.client.Secret(ctx, names.Namespace, names.Adoption())
		if errors.Is(err, view.ErrNotFound) || errors.Is(err, view.ErrForbidden) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if names, err = withLayout(names, data); err == nil { // diagnose tells of one that is damaged
			all = append(all, names)
		}
	}
	return all, nil
}

// Of is the mirror's part about one cluster, whose labels are ours.
func (m *Mirror) Of(names topology.Names) Reflection {
	return Reflection{mirror: m, owner: owner{names.Namespace, names.Cluster}, names: names}
}

// Reflection is what a Mirror has of one cluster.
type Reflection struct {
	mirror *Mirror
	owner  owner
	names  topology.Names
}

// StatefulSet is the cluster's StatefulSet, or ErrNotFound.
func (r Reflection) StatefulSet(context.Context) (view.StatefulSet, error) {
	set, found := r.mirror.sets.get(r.owner, r.names.StatefulSet())
	if !found {
		return set, fmt.Errorf("reading StatefulSet %q: %w", r.names.StatefulSet(), view.ErrNotFound)
	}
	return set, nil
}

// Pods is the pods of the cluster's nodes.
func (r Reflection) Pods(context.Context) ([]view.Pod, error) { return r.mirror.pods.all(r.owner), nil }

// Notes is who changes the cluster, and what others keep on its operation Lease.
func (r Reflection) Notes(context.Context) (*view.Operation, map[string]string, error) {
	lease, found := r.mirror.leases.get(r.owner, r.names.OperationLease())
	if !found {
		return nil, nil, ErrNoNotes
	}
	return lease.operation, lease.annotations, lease.err
}

// Answers fails unless the API server answers a request in time.
func (m *Mirror) Answers(ctx context.Context, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	sets := m.client.metadata.Resource(appsv1.SchemeGroupVersion.WithResource("statefulsets")).Namespace(m.namespace)
	_, err := sets.List(ctx, metav1.ListOptions{LabelSelector: ours(nil), Limit: 1})
	return describe("listing", "StatefulSets", err)
}
