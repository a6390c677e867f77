package kube

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// Names lists the NiFi clusters of a namespace, or of all (""), by name alone.
// An adopted one counts if its record can be read.
func (c *Client) Names(ctx context.Context, namespace string) ([]topology.Names, error) {
	sets, err := c.api.statefulSets(namespace).List(ctx, metav1.ListOptions{LabelSelector: ours(nil)})
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

// ours selects what carries the labels of every object of our clusters, and
// more.
func ours(more labels.Set) string {
	return labels.Merge(labels.Set{topology.LabelName: "nifi", topology.LabelManagedBy: "kubectl-nifi"}, more).String()
}
