package kube

import (
	"context"
	"errors"
	"fmt"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// Cluster reads the objects of one NiFi cluster; it is a view.Kubernetes.
type Cluster struct {
	client *Client
	names  topology.Names
}

var _ view.Kubernetes = Cluster{}

// Cluster is the reader of the cluster with these names.
func (c *Client) Cluster(names topology.Names) Cluster {
	return Cluster{client: c, names: names}
}

// StatefulSet reads the cluster's StatefulSet.
func (c Cluster) StatefulSet(ctx context.Context) (view.StatefulSet, error) {
	set, err := c.client.api.statefulSets(c.names.Namespace).Get(ctx, c.names.StatefulSet(), metav1.GetOptions{})
	if err != nil {
		return view.StatefulSet{}, describe("reading", c.statefulSet(), err)
	}
	return c.stateOf(set), nil
}

// Pods reads the pods of the cluster's nodes.
func (c Cluster) Pods(ctx context.Context) ([]view.Pod, error) {
	list, err := c.client.api.pods(c.names.Namespace).List(ctx, metav1.ListOptions{LabelSelector: c.podSelector()})
	if err != nil {
		return nil, describe("listing", "pods", err)
	}
	pods := make([]view.Pod, 0, len(list.Items))
	for i := range list.Items {
		if c.names.Adopted() && c.names.Ordinal(list.Items[i].Name) < 0 {
			continue // labels that somebody else chose may fit more than the nodes
		}
		pods = append(pods, podOf(&list.Items[i], c.names.Container()))
	}
	return pods, nil
}

// Leases reads the two leases of NiFi's leader election, both at once, each by
// name, which needs no right to list. One that doesn't exist yet is no error.
// Where ZooKeeper elects there are none.
func (c Cluster) Leases(ctx context.Context) ([]view.Lease, error) {
	if !c.names.Elects() {
		return nil, nil
	}
	names := []string{c.names.CoordinatorLease(), c.names.PrimaryLease()}
	found := make([]*view.Lease, len(names))
	failures := make([]error, len(names))
	var wait sync.WaitGroup
	for i, name := range names {
		wait.Go(func() { found[i], failures[i] = c.lease(ctx, name) })
	}
	wait.Wait()
	leases := []view.Lease{}
	for i := range names {
		if failures[i] != nil {
			return nil, failures[i]
		}
		if found[i] != nil {
			leases = append(leases, *found[i])
		}
	}
	return leases, nil
}

// Certificates reads the cluster's cert-manager Certificates.
func (c Cluster) Certificates(ctx context.Context) ([]view.Certificate, error) {
	if c.names.Adopted() {
		return nil, nil // whoever made it made its certificates, by names of their own
	}
	found, err := list[map[string]any](ctx, c.client, certificates(), c.names.Namespace, metav1.ListOptions{LabelSelector: c.selector(nil)})
	if errors.Is(err, view.ErrNotFound) {
		return nil, fmt.Errorf("%w: the API server has no cert-manager.io/v1; is cert-manager installed?", err)
	}
	if err != nil {
		return nil, err
	}
	all := make([]view.Certificate, 0, len(found))
	for _, one := range found {
		all = append(all, certificateOf(&unstructured.Unstructured{Object: one}))
	}
	return all, nil
}

// podSelector matches the pods of the cluster's nodes.
func (c Cluster) podSelector() string {
	if c.names.Adopted() {
		return c.names.Layout.Selector
	}
	return c.selector(labels.Set{topology.LabelComponent: "node"})
}

// selector matches the labels that every object of the cluster carries, and
// more.
func (c Cluster) selector(more labels.Set) string {
	return labels.Merge(labels.Set{
		topology.LabelName:     "nifi",
		topology.LabelInstance: c.names.Cluster,
	}, more).String()
}
