package kube

import (
	"context"
	"errors"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/adopt"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// kindNiFiKop is the kind that owns the pods of NiFiKop's clusters
// (https://konpyutaika.github.io/nifikop): it makes them without a StatefulSet.
const kindNiFiKop = "NifiCluster"

// Workload reads a StatefulSet that may be a NiFi cluster somebody else made.
func (c *Client) Workload(ctx context.Context, namespace, name string) (adopt.Workload, error) {
	set, err := c.api.statefulSets(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		err = describe("reading", fmt.Sprintf("StatefulSet %q", name), err)
		return adopt.Workload{}, c.operated(ctx, namespace, name, err)
	}
	selector, err := metav1.LabelSelectorAsSelector(set.Spec.Selector)
	if err != nil {
		return adopt.Workload{}, fmt.Errorf("reading the selector of StatefulSet %q: %w", name, err)
	}
	w := adopt.Workload{
		Name: name, Ours: set.Labels[topology.LabelManagedBy] == "kubectl-nifi", Selector: selector.String(),
		ServiceAccount: set.Spec.Template.Spec.ServiceAccountName, Headless: set.Spec.ServiceName, Replicas: 1,
	}
	if w.ServiceAccount == "" {
		w.ServiceAccount = "default" // what Kubernetes takes for an absent field
	}
	if set.Spec.Replicas != nil {
		w.Replicas = int(*set.Spec.Replicas)
	}
	for _, container := range set.Spec.Template.Spec.Containers {
		w.Containers = append(w.Containers, adopt.Container{Name: container.Name, Image: container.Image})
	}
	if w.Running, err = c.running(ctx, set, w.Selector); err != nil {
		return adopt.Workload{}, err
	}
	w.UI, err = c.front(ctx, set)
	return w, err
}

// operated adds to err why there is no StatefulSet where NiFiKop made the pods.
func (c *Client) operated(ctx context.Context, namespace, name string, err error) error {
	if !errors.Is(err, view.ErrNotFound) {
		return err
	}
	pods, listErr := c.api.pods(namespace).List(ctx, metav1.ListOptions{})
	if listErr != nil {
		return err // which says enough
	}
	for _, pod := range pods.Items {
		for _, owner := range pod.OwnerReferences {
			if owner.Kind == kindNiFiKop {
				return fmt.Errorf("there is no StatefulSet %q, and pod %q is made by NiFiKop for its %s %q: what that operator looks after can't be adopted, the two would work against each other",
					name, pod.Name, owner.Kind, owner.Name)
			}
		}
	}
	return err
}

// running is the running pods of a StatefulSet, by ordinal.
func (c *Client) running(ctx context.Context, set *appsv1.StatefulSet, selector string) ([]string, error) {
	pods, err := c.api.pods(set.Namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return nil, describe("listing", "pods", err)
	}
	names := topology.Names{Cluster: set.Name}
	var running []string
	for _, pod := range pods.Items {
		if pod.Status.Phase == corev1.PodRunning && pod.DeletionTimestamp == nil && names.Ordinal(pod.Name) >= 0 {
			running = append(running, pod.Name)
		}
	}
	slices.SortFunc(running, func(a, b string) int { return names.Ordinal(a) - names.Ordinal(b) })
	return running, nil
}

// front is the first Service, by name, that has an address of its own and
// selects the pods.
func (c *Client) front(ctx context.Context, set *appsv1.StatefulSet) (string, error) {
	services, err := c.api.services(set.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return "", describe("listing", "services", err)
	}
	pods := labels.Set(set.Spec.Template.Labels)
	for _, s := range services.Items {
		if s.Spec.ClusterIP != corev1.ClusterIPNone && len(s.Spec.Selector) > 0 && labels.SelectorFromSet(s.Spec.Selector).Matches(pods) {
			return s.Name, nil
		}
	}
	return "", nil
}
