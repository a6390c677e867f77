package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"golang.org/x/sync/errgroup"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// The keys of the Secret that records an adopted cluster. Neither holds a
// secret; it is a Secret because NiFi's ServiceAccount can write ConfigMaps.
const (
	LayoutKey = "layout.json" // topology.Layout
	StoresKey = "stores.json" // trust.Stores
)

// Resolve completes the names of a cluster with the layout that was recorded
// when it was adopted. A cluster without a record has none, and so has one whose
// record this person may not read: it is looked for as one of our overlays.
func (c *Client) Resolve(ctx context.Context, names topology.Names) (topology.Names, error) {
	data, err := c.Secret(ctx, names.Namespace, names.Adoption())
	if errors.Is(err, view.ErrNotFound) || errors.Is(err, view.ErrForbidden) {
		return names, nil
	}
	if err != nil {
		return names, err
	}
	return withLayout(names, data)
}

func withLayout(names topology.Names, data map[string][]byte) (topology.Names, error) {
	if err := json.Unmarshal(data[LayoutKey], &names.Layout); err != nil {
		return names, fmt.Errorf("reading %s of Secret %q: %w", LayoutKey, names.Adoption(), err)
	}
	if err := names.Layout.Validate(); err != nil {
		return names, fmt.Errorf("reading %s of Secret %q: %w", LayoutKey, names.Adoption(), err)
	}
	return names, nil
}

// AdoptedStores reads where the nodes of an adopted cluster keep their stores.
func (c Cluster) AdoptedStores(ctx context.Context) (trust.Stores, error) {
	data, err := c.client.Secret(ctx, c.names.Namespace, c.names.Adoption())
	if err != nil {
		return trust.Stores{}, err
	}
	stores, err := trust.ParseStores(string(data[StoresKey]))
	if err != nil {
		return trust.Stores{}, fmt.Errorf("reading %s of Secret %q: %w", StoresKey, c.names.Adoption(), err)
	}
	return stores, nil
}

// stateOf reads the cluster's StatefulSet. An adopted one carries no annotation
// of ours: what the healer may do is part of its record.
func (c Cluster) stateOf(set *appsv1.StatefulSet) view.StatefulSet {
	state := statefulSetOf(set, c.names.Container())
	if c.names.Adopted() {
		state.HealerMode, state.TrustRestart = c.names.Layout.HealerMode, c.names.Layout.TrustRestart
	}
	return state
}

// adopted is an adopted cluster, or why its record can't be read.
type adopted struct {
	names topology.Names
	err   error
}

// adopted lists the adopted clusters of a namespace, or of all (""). Each has an
// operation Lease that says so, which more people may list than Secrets.
func (c *Client) adopted(ctx context.Context, namespace string) ([]adopted, error) {
	selector := ours(labels.Set{topology.LabelComponent: topology.ComponentAdopted})
	leases, err := c.api.leases(namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return nil, describe("listing", "leases", err)
	}
	all := make([]adopted, len(leases.Items))
	var reads errgroup.Group
	reads.SetLimit(atOnce)
	for i, lease := range leases.Items {
		reads.Go(func() error {
			names := topology.Names{Cluster: lease.Labels[topology.LabelInstance], Namespace: lease.Namespace, Domain: topology.DefaultDomain}
			data, err := c.Secret(ctx, names.Namespace, names.Adoption())
			if err == nil {
				names, err = withLayout(names, data)
			}
			all[i] = adopted{names, err}
			return nil
		})
	}
	_ = reads.Wait() // failures are facts of each cluster
	return all, nil
}

// adoptedClusters is the snapshots of the adopted clusters whose StatefulSets
// fit. Who may not list Leases is shown none.
func (c *Client) adoptedClusters(ctx context.Context, namespace string, wanted labels.Selector, now time.Time) ([]view.Cluster, error) {
	all, err := c.adopted(ctx, namespace)
	if errors.Is(err, view.ErrForbidden) {
		return nil, nil
	}
	var clusters []view.Cluster
	for _, one := range all {
		if cluster, fits := c.adoptedCluster(ctx, one, wanted, now); fits {
			clusters = append(clusters, cluster)
		}
	}
	return clusters, err
}

// adoptedCluster is the snapshot of one, unless its StatefulSet can be read and
// doesn't fit.
func (c *Client) adoptedCluster(ctx context.Context, one adopted, wanted labels.Selector, now time.Time) (cluster view.Cluster, fits bool) {
	cluster = view.Cluster{Names: one.names, Time: now}
	if one.err != nil {
		return cluster.Without(view.SourceStatefulSet, one.err), true
	}
	reader := c.Cluster(one.names)
	set, err := c.api.statefulSets(one.names.Namespace).Get(ctx, one.names.StatefulSet(), metav1.GetOptions{})
	if err != nil {
		return cluster.Without(view.SourceStatefulSet, describe("reading", reader.statefulSet(), err)), true
	}
	state := reader.stateOf(set)
	cluster.StatefulSet = &state
	if cluster.Pods, err = reader.Pods(ctx); err != nil {
		cluster = cluster.Without(view.SourcePods, err)
	}
	return cluster.Normal(), wanted.Matches(labels.Set(set.Labels))
}
