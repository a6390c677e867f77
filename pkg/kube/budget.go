package kube

import (
	"context"

	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Guarded tells that a PodDisruptionBudget selects the cluster's pods.
func (c Cluster) Guarded(ctx context.Context) (bool, error) {
	set, err := c.client.api.statefulSets(c.names.Namespace).Get(ctx, c.names.StatefulSet(), metav1.GetOptions{})
	if err != nil {
		return false, describe("reading", c.statefulSet(), err)
	}
	budgets, err := list[policyv1.PodDisruptionBudget](ctx, c.client, resource("policy", "poddisruptionbudgets"), c.names.Namespace, metav1.ListOptions{})
	if err != nil {
		return false, err
	}
	for _, budget := range budgets {
		selector, err := metav1.LabelSelectorAsSelector(budget.Spec.Selector)
		if err == nil && selector.Matches(labels.Set(set.Spec.Template.Labels)) {
			return true, nil
		}
	}
	return false, nil
}
