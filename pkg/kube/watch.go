package kube

import (
	"context"
	"errors"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// errWatchEnded says that the API server has ended a watch, as it does every
// few minutes.
var errWatchEnded = errors.New("the watch has ended")

// Names lists the NiFi clusters of a namespace, or of all (""), by name alone.
// An adopted one counts if its record can be read.
func (c *Client) Names(ctx context.Context, namespace string) ([]topology.Names, error) {
	sets, err := c.apps.StatefulSets(namespace).List(ctx, metav1.ListOptions{LabelSelector: ours(nil)})
	if err != nil {
		return nil, describe("listing", "StatefulSets", err)
	}
	all := make([]topology.Names, 0, len(sets.Items))
	for _, set := range sets.Items {
		all = append(all, topology.Names{Cluster: set.Name, Namespace: set.Namespace, Domain: topology.DefaultDomain})
	}
	adopted, err := c.adopted(ctx, namespace)
	if err != nil {
		return nil, err
	}
	for _, one := range adopted {
		if one.err == nil { // else nobody has let this one look after it
			all = append(all, one.names)
		}
	}
	return all, nil
}

// Watch tells of changes to the StatefulSets, pods and operation Leases of a
// namespace's clusters, or of all (""), until ctx or one of the watches ends,
// and returns why. It keeps no object: whoever is told looks for himself.
func (c *Client) Watch(ctx context.Context, namespace string, changed func(namespace, cluster string)) error {
	options := metav1.ListOptions{LabelSelector: ours(nil)}
	pods := metav1.ListOptions{LabelSelector: ours(labels.Set{topology.LabelComponent: "node"})}
	return together(ctx, changed,
		func(ctx context.Context) (watch.Interface, error) {
			return c.apps.StatefulSets(namespace).Watch(ctx, options)
		},
		func(ctx context.Context) (watch.Interface, error) { return c.core.Pods(namespace).Watch(ctx, pods) },
		func(ctx context.Context) (watch.Interface, error) {
			return c.coordination.Leases(namespace).Watch(ctx, options)
		},
	)
}

// WatchCertificates is Watch of their Certificates, which cert-manager changes
// each time it has put a new one into its Secret. Only names and labels are
// sent, whatever the Certificates hold.
func (c *Client) WatchCertificates(ctx context.Context, namespace string, changed func(namespace, cluster string)) error {
	return together(ctx, changed, func(ctx context.Context) (watch.Interface, error) {
		return c.metadata.Resource(certificates()).Namespace(namespace).Watch(ctx, metav1.ListOptions{LabelSelector: ours(nil)})
	})
}

// together follows watches until ctx or one of them ends.
func together(ctx context.Context, changed func(namespace, cluster string), open ...func(context.Context) (watch.Interface, error)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wait sync.WaitGroup
	for _, one := range open {
		wait.Go(func() { cancel(follow(ctx, one, changed)) })
	}
	wait.Wait()
	return context.Cause(ctx)
}

// follow tells of one watch's events until it ends.
func follow(ctx context.Context, open func(context.Context) (watch.Interface, error), changed func(namespace, cluster string)) error {
	events, err := open(ctx)
	if err != nil {
		return describe("watching", "the clusters' objects", err)
	}
	defer events.Stop()
	for event := range events.ResultChan() {
		if object, ok := event.Object.(metav1.Object); ok {
			changed(object.GetNamespace(), object.GetLabels()[topology.LabelInstance])
		}
	}
	return errWatchEnded
}

// ours selects what carries the labels of every object of our clusters, and
// more.
func ours(more labels.Set) string {
	return labels.Merge(labels.Set{topology.LabelName: "nifi", topology.LabelManagedBy: "kubectl-nifi"}, more).String()
}
