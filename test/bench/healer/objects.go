package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/overlay"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// pattern is the overlay of the first cluster as JSON documents; the others'
// differ in their names.
func pattern(nodes int) ([]string, error) {
	names := namesOf(0)
	file, err := topology.Parse("bench.yaml", fmt.Appendf(nil, `apiVersion: kubectl-nifi.dev/v1alpha1
kind: NiFiCluster
metadata: {name: %s, namespace: %s}
spec: {replicas: %d, maxReplicas: %d, version: 2.3.0}
`, names.Cluster, names.Namespace, nodes, nodes))
	if err != nil {
		return nil, err
	}
	cluster, err := topology.Complete(file)
	if err != nil {
		return nil, err
	}
	files, err := overlay.Render(cluster, overlay.Secrets{SensitiveKey: "not-secret-at-all", Password: "not-secret-at-all", PasswordHash: "$2b$10$", HashOf: "-"})
	if err != nil {
		return nil, err
	}
	stream, err := overlay.Build(files)
	if err != nil {
		return nil, err
	}
	var documents []string
	decoder := yaml.NewYAMLToJSONDecoder(bytes.NewReader(stream))
	for {
		var raw json.RawMessage
		err := decoder.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		if err != nil {
			return nil, err
		}
		documents = append(documents, string(raw))
	}
}

// objects are what Kubernetes holds of a cluster, by path.
func (w *world) objects(documents []string, number int) (map[string]runtime.Object, error) {
	names, first := namesOf(number), namesOf(0)
	rename := strings.NewReplacer(first.Cluster, names.Cluster, first.Namespace, names.Namespace)
	all := map[string]runtime.Object{}
	for _, document := range documents {
		object := &unstructured.Unstructured{}
		if err := object.UnmarshalJSON([]byte(rename.Replace(document))); err != nil {
			return nil, err
		}
		stored(object)
		switch object.GetKind() {
		case "StatefulSet":
			set := typed[appsv1.StatefulSet](object)
			w.settle(set)
			put(all, "apis/apps/v1", "statefulsets", set)
			for n := range w.nodes {
				put(all, "api/v1", "pods", w.pod(set, names.Pod(n)))
			}
		case "Lease":
			put(all, "apis/coordination.k8s.io/v1", "leases", typedLease(object))
		case "Certificate":
			w.issued(object)
			put(all, "apis/cert-manager.io/v1", "certificates", object)
			put(all, "apis/cert-manager.io/v1", "certificaterequests", w.request(object))
		}
	}
	for _, lease := range []string{names.CoordinatorLease(), names.PrimaryLease()} {
		put(all, "apis/coordination.k8s.io/v1", "leases", w.election(names, lease))
	}
	secret, err := w.secret(names)
	put(all, "api/v1", "secrets", secret)
	return all, err
}

func put(all map[string]runtime.Object, group, resource string, object interface {
	metav1.Object
	runtime.Object
}) {
	all[fmt.Sprintf("/%s/namespaces/%s/%s/%s", group, object.GetNamespace(), resource, object.GetName())] = object
}

// stored is what an API server adds to an object, the record of who has set
// which field included: it is as long as the object itself.
func stored(object *unstructured.Unstructured) {
	fields, _ := json.Marshal(fieldsOf(object.Object)) // it came from JSON
	object.SetUID(types.UID("00000000-0000-4000-8000-" + object.GetName()))
	object.SetResourceVersion("1000")
	object.SetGeneration(1)
	now := metav1.NewTime(time.Now().Add(-time.Hour).Truncate(time.Second))
	object.SetCreationTimestamp(now)
	object.SetManagedFields([]metav1.ManagedFieldsEntry{{
		Manager: "kubectl", Operation: metav1.ManagedFieldsOperationApply, APIVersion: object.GetAPIVersion(), Time: &now,
		FieldsType: "FieldsV1", FieldsV1: &metav1.FieldsV1{Raw: fields},
	}})
}

// fieldsOf names the fields of a value, as managedFields do.
func fieldsOf(value any) map[string]any {
	set := map[string]any{}
	fields, _ := value.(map[string]any)
	for key, field := range fields {
		if list, ok := field.([]any); ok {
			inner := map[string]any{}
			for i, element := range list {
				inner[fmt.Sprintf(`k:{"name":"%d"}`, i)] = fieldsOf(element)
			}
			set["f:"+key] = inner
			continue
		}
		set["f:"+key] = fieldsOf(field)
	}
	return set
}

func typed[T any](object *unstructured.Unstructured) *T {
	into := new(T)
	_ = runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, into) // the overlay's tests hold that
	return into
}

// kindOf gives typed objects back the kind that they lose in lists.
func kindOf(object runtime.Object) {
	if kinds, _, err := scheme.Scheme.ObjectKinds(object); err == nil {
		object.GetObjectKind().SetGroupVersionKind(kinds[0])
	}
}

func (w *world) settle(set *appsv1.StatefulSet) {
	count := int32(w.nodes)
	set.Status = appsv1.StatefulSetStatus{
		ObservedGeneration: 1, Replicas: count, ReadyReplicas: count, CurrentReplicas: count, UpdatedReplicas: count, AvailableReplicas: count,
		CurrentRevision: set.Name + "-a", UpdateRevision: set.Name + "-a",
	}
}

// pod is what the StatefulSet made, running and ready for an hour.
func (w *world) pod(set *appsv1.StatefulSet, name string) *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: *set.Spec.Template.ObjectMeta.DeepCopy(), Spec: *set.Spec.Template.Spec.DeepCopy()}
	pod.Name, pod.Namespace, pod.UID = name, set.Namespace, types.UID("00000000-0000-4000-9000-"+name)
	pod.CreationTimestamp, pod.ResourceVersion, pod.ManagedFields = set.CreationTimestamp, "1000", set.ManagedFields
	pod.Labels[appsv1.ControllerRevisionHashLabelKey] = set.Status.CurrentRevision
	pod.Spec.NodeName = "host"
	pod.Status.Phase = corev1.PodRunning
	began := metav1.NewTime(w.began.Truncate(time.Second))
	for _, kind := range []corev1.PodConditionType{corev1.PodReadyToStartContainers, corev1.PodInitialized, corev1.PodReady, corev1.ContainersReady, corev1.PodScheduled} {
		pod.Status.Conditions = append(pod.Status.Conditions, corev1.PodCondition{Type: kind, Status: corev1.ConditionTrue, LastTransitionTime: began})
	}
	started := true
	state := func(c corev1.Container, of corev1.ContainerState) corev1.ContainerStatus {
		return corev1.ContainerStatus{
			Name: c.Name, Ready: true, Started: &started, State: of, Image: c.Image,
			ImageID: c.Image + "@sha256:" + strings.Repeat("0", 64), ContainerID: "containerd://" + strings.Repeat("0", 64),
		}
	}
	running := corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: began}}
	for _, c := range pod.Spec.InitContainers {
		of := running
		if c.RestartPolicy == nil {
			of = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "Completed", StartedAt: began, FinishedAt: began}}
		}
		pod.Status.InitContainerStatuses = append(pod.Status.InitContainerStatuses, state(c, of))
	}
	for _, c := range pod.Spec.Containers {
		pod.Status.ContainerStatuses = append(pod.Status.ContainerStatuses, state(c, running))
	}
	return pod
}
