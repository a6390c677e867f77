package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// fieldManager is who the API server says has changed a field.
const fieldManager = "kubectl-nifi"

// annotationDrained is on claims whose volumes were emptied before their pod
// was taken away.
const annotationDrained = topology.Prefix + "drained"

// Resize sets how many nodes there are: the votes that end a flow election
// first, since a new pod reads them when it starts, then the StatefulSet's
// replicas.
func (c Cluster) Resize(ctx context.Context, replicas int) error {
	votes := map[string]any{"stringData": map[string]string{
		topologyKey: fmt.Sprintf("%s=%d\n", candidatesProperty, replicas),
	}}
	if !c.names.Adopted() { // whose votes are in what made it
		if err := c.patchSecret(ctx, c.names.Cluster+"-topology", votes); err != nil {
			return err
		}
	}
	return c.patchStatefulSet(ctx, map[string]any{"spec": map[string]any{"replicas": replicas}})
}

// Hold makes the StatefulSet leave its pods alone when its template changes.
func (c Cluster) Hold(ctx context.Context) error {
	return c.patchStatefulSet(ctx, map[string]any{"spec": map[string]any{
		"updateStrategy": map[string]any{"type": "OnDelete", "rollingUpdate": nil},
	}})
}

// Release gives the rollout of templates back to the StatefulSet.
func (c Cluster) Release(ctx context.Context) error {
	return c.patchStatefulSet(ctx, map[string]any{"spec": map[string]any{"updateStrategy": map[string]any{"type": "RollingUpdate"}}})
}

// SetImage changes the image of NiFi and of the containers that share it, and
// the version that the StatefulSet says it has.
func (c Cluster) SetImage(ctx context.Context, image, version string) error {
	set, err := c.client.api.statefulSets(c.names.Namespace).Get(ctx, c.names.StatefulSet(), metav1.GetOptions{})
	if err != nil {
		return describe("reading", c.statefulSet(), err)
	}
	old := statefulSetOf(set, c.names.Container()).Image
	template := set.Spec.Template.Spec
	for i := range template.InitContainers {
		if template.InitContainers[i].Image == old {
			template.InitContainers[i].Image = image
		}
	}
	for i := range template.Containers {
		if template.Containers[i].Image == old {
			template.Containers[i].Image = image
		}
	}
	if set.Annotations == nil {
		set.Annotations = map[string]string{}
	}
	set.Annotations[topology.Prefix+"version"] = version
	_, err = c.client.api.statefulSets(c.names.Namespace).Update(ctx, set, metav1.UpdateOptions{FieldManager: fieldManager})
	return describe("changing", c.statefulSet(), err)
}

// Evict ends a pod by the Eviction API, which heeds disruption budgets, unless
// it is another pod of that name by now. One that is gone is no error.
func (c Cluster) Evict(ctx context.Context, pod, uid string) error {
	return c.evict(ctx, pod, *metav1.NewPreconditionDeleteOptions(uid))
}

// EvictNow is Evict of a pod that wouldn't end by itself, as one that hangs: it
// has one second.
func (c Cluster) EvictNow(ctx context.Context, pod, uid string) error {
	options := metav1.NewPreconditionDeleteOptions(uid)
	options.GracePeriodSeconds = new(int64(1))
	return c.evict(ctx, pod, *options)
}

// DeletePod ends a pod whatever its disruption budget says, unless it is another
// pod of that name by now. One that is gone is no error.
func (c Cluster) DeletePod(ctx context.Context, pod, uid string) error {
	err := c.client.api.pods(c.names.Namespace).Delete(ctx, pod, *metav1.NewPreconditionDeleteOptions(uid))
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return nil
	}
	return describe("deleting", fmt.Sprintf("pod %q", pod), err)
}

func (c Cluster) evict(ctx context.Context, pod string, options metav1.DeleteOptions) error {
	eviction := &policyv1.Eviction{
		ObjectMeta:    metav1.ObjectMeta{Name: pod, Namespace: c.names.Namespace},
		DeleteOptions: &options,
	}
	err := c.client.api.evict(ctx, eviction)
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return nil
	}
	if apierrors.IsTooManyRequests(err) {
		return operation.Busy{Err: describe("evicting", fmt.Sprintf("pod %q", pod), err)}
	}
	return describe("evicting", fmt.Sprintf("pod %q", pod), err)
}

// DeleteClaims deletes the volumes of a pod, by the names of their claims.
func (c Cluster) DeleteClaims(ctx context.Context, claims []string) error {
	for _, claim := range claims {
		err := c.client.api.claims(c.names.Namespace).Delete(ctx, claim, metav1.DeleteOptions{})
		if err != nil && !apierrors.IsNotFound(err) {
			return describe("deleting", fmt.Sprintf("PersistentVolumeClaim %q", claim), err)
		}
	}
	return nil
}

// MarkClaims says on claims since when their volumes hold no FlowFile; a zero
// time takes that back.
func (c Cluster) MarkClaims(ctx context.Context, claims []string, drained time.Time) error {
	var value any
	if !drained.IsZero() {
		value = drained.UTC().Format(time.RFC3339)
	}
	raw, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]any{annotationDrained: value}}})
	if err != nil {
		return err
	}
	for _, claim := range claims {
		_, err := c.client.api.claims(c.names.Namespace).
			Patch(ctx, claim, types.MergePatchType, raw, metav1.PatchOptions{FieldManager: fieldManager})
		if err != nil && !apierrors.IsNotFound(err) {
			return describe("marking", fmt.Sprintf("PersistentVolumeClaim %q", claim), err)
		}
	}
	return nil
}

func (c Cluster) statefulSet() string { return fmt.Sprintf("StatefulSet %q", c.names.StatefulSet()) }

func (c Cluster) patchStatefulSet(ctx context.Context, patch any) error {
	raw, err := json.Marshal(patch)
	if err != nil {
		return err
	}
	_, err = c.client.api.statefulSets(c.names.Namespace).
		Patch(ctx, c.names.StatefulSet(), types.StrategicMergePatchType, raw, metav1.PatchOptions{FieldManager: fieldManager})
	return describe("changing", c.statefulSet(), err)
}

func (c *Client) patchLease(ctx context.Context, namespace, name string, patch any) (*coordinationv1.Lease, error) {
	raw, err := json.Marshal(patch)
	if err != nil {
		return nil, err
	}
	return c.api.leases(namespace).
		Patch(ctx, name, types.MergePatchType, raw, metav1.PatchOptions{FieldManager: fieldManager})
}

func (c Cluster) patchSecret(ctx context.Context, name string, patch any) error {
	raw, err := json.Marshal(patch)
	if err != nil {
		return err
	}
	_, err = c.client.api.secrets(c.names.Namespace).
		Patch(ctx, name, types.StrategicMergePatchType, raw, metav1.PatchOptions{FieldManager: fieldManager})
	return describe("changing", fmt.Sprintf("Secret %q", name), err)
}
