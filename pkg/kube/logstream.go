package kube

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// LogOptions says which part of a container's log is wanted.
type LogOptions struct {
	Follow   bool
	Previous bool      // the run before the present one
	Since    time.Time // whole seconds count
	Tail     int64     // lines; negative is all
}

// StreamLog opens the log of a container, each line after the time the
// container runtime got it. It ends with ctx, and when the container does. A
// container that has had no such run is ErrNotFound: the API server says 400.
func (c Cluster) StreamLog(ctx context.Context, pod, container string, o LogOptions) (io.ReadCloser, error) {
	options := &corev1.PodLogOptions{Container: container, Follow: o.Follow, Previous: o.Previous, Timestamps: true}
	if !o.Since.IsZero() {
		since := metav1.NewTime(o.Since)
		options.SinceTime = &since
	}
	if o.Tail >= 0 {
		options.TailLines = &o.Tail
	}
	stream, err := c.client.api.log(c.names.Namespace, pod, options).Stream(ctx)
	what := fmt.Sprintf("the log of %s/%s", pod, container)
	if apierrors.IsBadRequest(err) {
		return nil, kindError{view.ErrNotFound, fmt.Errorf("reading %s: %w", what, err)}
	}
	if err != nil {
		return nil, describe("reading", what, err)
	}
	return stream, nil
}

// PodContainers is a pod and the names of its containers, those that start
// before NiFi first. A pod that was deleted and made anew has another UID.
type PodContainers struct {
	Pod        string
	UID        string
	Containers []string
}

// Containers reads which containers the pods of the cluster's nodes have.
func (c Cluster) Containers(ctx context.Context) ([]PodContainers, error) {
	list, err := c.client.api.pods(c.names.Namespace).List(ctx, metav1.ListOptions{LabelSelector: c.podSelector()})
	if err != nil {
		return nil, describe("listing", "pods", err)
	}
	pods := make([]PodContainers, 0, len(list.Items))
	for i := range list.Items {
		pod := PodContainers{Pod: list.Items[i].Name, UID: string(list.Items[i].UID)}
		for _, container := range slices.Concat(list.Items[i].Spec.InitContainers, list.Items[i].Spec.Containers) {
			pod.Containers = append(pod.Containers, container.Name)
		}
		pods = append(pods, pod)
	}
	return pods, nil
}
