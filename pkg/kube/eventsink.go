package kube

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/record"
)

// eventSink keeps Events, each in its own namespace.
type eventSink struct {
	ctx context.Context // the interface has none
	api api
}

// EventSink is where a broadcaster sends its Events until ctx ends.
func (c *Client) EventSink(ctx context.Context) record.EventSink { return eventSink{ctx, c.api} }

// Create keeps a new Event.
func (s eventSink) Create(event *corev1.Event) (*corev1.Event, error) {
	return s.api.events(event.Namespace).Create(s.ctx, event, metav1.CreateOptions{})
}

// Update changes an Event.
func (s eventSink) Update(event *corev1.Event) (*corev1.Event, error) {
	return s.api.events(event.Namespace).Update(s.ctx, event, metav1.UpdateOptions{})
}

// Patch changes an Event that repeats.
func (s eventSink) Patch(event *corev1.Event, patch []byte) (*corev1.Event, error) {
	return s.api.events(event.Namespace).Patch(s.ctx, event.Name, types.StrategicMergePatchType, patch, metav1.PatchOptions{})
}
