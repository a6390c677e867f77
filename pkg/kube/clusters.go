package kube

import (
	"context"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"golang.org/x/sync/errgroup"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// atOnce is how many clusters' Leases are read at the same time.
const atOnce = 10

// Clusters lists the NiFi clusters of a namespace, or of all (""), whose
// StatefulSets fit a label selector: two lists, and two Leases a cluster. Those
// that were adopted are found by their operation Leases.
// NiFi itself isn't asked. What can't be read beside the StatefulSets is in
// each snapshot's Errors.
func (c *Client) Clusters(ctx context.Context, namespace, selector string, now time.Time) ([]view.Cluster, error) {
	wanted, err := labels.Parse(selector)
	if err != nil {
		return nil, fmt.Errorf("parsing the selector %q: %w", selector, err)
	}
	ours, _ := labels.ValidatedSetSelector(labels.Set{
		topology.LabelName: "nifi", topology.LabelManagedBy: "kubectl-nifi",
	}).Requirements()
	sets, err := c.api.statefulSets(namespace).List(ctx, metav1.ListOptions{LabelSelector: wanted.Add(ours...).String()})
	if err != nil {
		return nil, describe("listing", "StatefulSets", err)
	}
	pods, podsErr := c.nodePods(ctx, namespace)
	adopted, err := c.adoptedClusters(ctx, namespace, wanted, now)
	if err != nil {
		return nil, err
	}
	clusters := make([]view.Cluster, len(sets.Items), len(sets.Items)+len(adopted))
	var leases errgroup.Group
	leases.SetLimit(atOnce)
	for i := range sets.Items {
		clusters[i] = listed(&sets.Items[i], pods, podsErr, now)
	}
	clusters = append(clusters, adopted...)
	for i := range clusters {
		leases.Go(func() error {
			c.addLeases(ctx, &clusters[i])
			return nil
		})
	}
	_ = leases.Wait() // failures are facts of each snapshot
	return clusters, nil
}

// nodePods lists the pods of all clusters' nodes.
func (c *Client) nodePods(ctx context.Context, namespace string) ([]corev1.Pod, error) {
	selector := labels.Set{topology.LabelName: "nifi", topology.LabelComponent: "node"}.String()
	list, err := c.api.pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return nil, describe("listing", "pods", err)
	}
	return list.Items, nil
}

// listed is the snapshot of a cluster as the two lists show it.
func listed(set *appsv1.StatefulSet, pods []corev1.Pod, podsErr error, now time.Time) view.Cluster {
	state := statefulSetOf(set, container)
	cluster := view.Cluster{
		Names:       topology.Names{Cluster: set.Name, Namespace: set.Namespace, Domain: topology.DefaultDomain},
		Time:        now,
		StatefulSet: &state,
	}
	if podsErr != nil {
		return cluster.Without(view.SourcePods, podsErr)
	}
	cluster.Pods = []view.Pod{}
	for i := range pods {
		if pods[i].Namespace == set.Namespace && pods[i].Labels[topology.LabelInstance] == set.Name {
			cluster.Pods = append(cluster.Pods, podOf(&pods[i], container))
		}
	}
	return cluster.Normal()
}

func (c *Client) addLeases(ctx context.Context, cluster *view.Cluster) {
	leases, err := c.Cluster(cluster.Names).Leases(ctx)
	if err != nil {
		*cluster = cluster.Without(view.SourceLeases, err)
		return
	}
	cluster.Leases = leases
}
