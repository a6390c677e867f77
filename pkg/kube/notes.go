package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// annotationNudge is on pods whose kubelet was made to look at its Secrets. A
// kubelet syncs a pod at once when its annotations change.
const annotationNudge = topology.Prefix + "nudge"

// ErrNoNotes says that there is no operation Lease to keep notes on.
var ErrNoNotes = errors.New("the cluster has no operation Lease; apply its overlay")

// Notes reads the operation Lease once: who changes the cluster, as Operation
// does, and the annotations that others keep there.
func (c Cluster) Notes(ctx context.Context) (*view.Operation, map[string]string, error) {
	name := c.names.OperationLease()
	lease, err := c.client.api.leases(c.names.Namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil, ErrNoNotes
	}
	if err != nil {
		return nil, nil, describe("reading", fmt.Sprintf("Lease %q", name), err)
	}
	n := noteOf(lease)
	return n.operation, n.annotations, n.err
}

// Note keeps an annotation on the operation Lease; an empty value removes it.
func (c Cluster) Note(ctx context.Context, annotation, value string) error {
	name := c.names.OperationLease()
	_, err := c.client.patchLease(ctx, c.names.Namespace, name, map[string]any{"metadata": annotations(annotation, value)})
	return describe("changing", fmt.Sprintf("Lease %q", name), err)
}

// Nudge makes the kubelet of a pod look at the pod's Secrets now and not within
// its sync period. It goes through pods/status, which can't change what runs.
// A pod that is gone is no error.
func (c Cluster) Nudge(ctx context.Context, pod string, at time.Time) error {
	raw, err := json.Marshal(map[string]any{"metadata": annotations(annotationNudge, at.UTC().Format(time.RFC3339))})
	if err != nil {
		return err
	}
	_, err = c.client.api.pods(c.names.Namespace).
		Patch(ctx, pod, types.StrategicMergePatchType, raw, metav1.PatchOptions{FieldManager: fieldManager}, "status")
	if apierrors.IsNotFound(err) {
		return nil
	}
	return describe("nudging", fmt.Sprintf("pod %q", pod), err)
}

func annotations(name, value string) map[string]any {
	if value == "" {
		return map[string]any{"annotations": map[string]any{name: nil}}
	}
	return map[string]any{"annotations": map[string]any{name: value}}
}
