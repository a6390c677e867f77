package kube

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// Deployment is how far Kubernetes has come with one.
type Deployment struct {
	Image           string // of its first container
	Replicas, Ready int
}

// Deployment reads a Deployment.
func (c *Client) Deployment(ctx context.Context, namespace, name string) (Deployment, error) {
	found, err := c.api.deployments(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return Deployment{}, describe("reading", fmt.Sprintf("Deployment %q", name), err)
	}
	d := Deployment{Image: firstImage(found), Replicas: 1, Ready: int(found.Status.ReadyReplicas)}
	if found.Spec.Replicas != nil {
		d.Replicas = int(*found.Spec.Replicas)
	}
	return d, nil
}

// EventsFrom reads what a component has told about StatefulSets in a namespace,
// the oldest first.
func (c *Client) EventsFrom(ctx context.Context, component, namespace string) ([]view.Event, error) {
	found, err := list[corev1.Event](ctx, c, resource("", "events"), namespace,
		metav1.ListOptions{FieldSelector: "reportingComponent=" + component + ",involvedObject.kind=StatefulSet", Limit: maxEvents})
	if err != nil {
		return nil, err
	}
	events := make([]view.Event, 0, len(found))
	for i := range found {
		events = append(events, eventOf(&found[i]))
	}
	slices.SortStableFunc(events, func(a, b view.Event) int { return cmp.Or(a.Last.Compare(b.Last), cmp.Compare(a.Name, b.Name)) })
	return events, nil
}
