package kube

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

func TestTag(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"apache/nifi:2.3.0":                        "2.3.0",
		"registry.example:5000/apache/nifi:2.3.0":  "2.3.0",
		"registry.example:5000/apache/nifi":        "",
		"apache/nifi:2.3.0@sha256:0123456789abcde": "2.3.0",
		"apache/nifi@sha256:0123456789abcde":       "",
		"":                                         "",
	}
	for image, want := range tests {
		assert.Equal(t, want, Tag(image), image)
	}
}

func TestStatefulSetOf(t *testing.T) {
	t.Parallel()
	replicas := int32(5)
	set := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Generation: 4}}
	set.Spec.Template.Spec.Containers = []corev1.Container{{Name: "other", Image: "x:1"}, {Name: "nifi", Image: "apache/nifi:2.3.0"}}
	set.Status = appsv1.StatefulSetStatus{ObservedGeneration: 3, ReadyReplicas: 2, UpdatedReplicas: 1, CurrentRevision: "a", UpdateRevision: "b"}
	assert.Equal(t, view.StatefulSet{
		Desired: 1, Ready: 2, Updated: 1, CurrentRevision: "a", UpdateRevision: "b", Image: "apache/nifi:2.3.0", Version: "2.3.0", Unprobed: true, Unsynced: true,
	}, statefulSetOf(set, container))

	set.Spec.Replicas, set.Status.ObservedGeneration = &replicas, 4
	set.Annotations = map[string]string{"kubectl-nifi.dev/version": "2.4.0"}
	got := statefulSetOf(set, container)
	assert.Equal(t, 5, got.Desired)
	assert.True(t, got.Observed)
	assert.Equal(t, "2.4.0", got.Version, "the overlay knows better than a tag")
}

func TestPodReason(t *testing.T) {
	t.Parallel()
	waiting := func(name, reason string) corev1.ContainerStatus {
		return corev1.ContainerStatus{Name: name, State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason}}}
	}
	ended := func(name, reason string, code int32) corev1.ContainerStatus {
		return corev1.ContainerStatus{Name: name, State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: reason, ExitCode: code}}}
	}
	containers := func(all ...corev1.ContainerStatus) corev1.PodStatus { return corev1.PodStatus{ContainerStatuses: all} }
	tests := map[string]struct {
		status corev1.PodStatus
		gone   bool
		want   string
	}{
		"running":       {status: containers(corev1.ContainerStatus{Name: "nifi"}), want: ""},
		"crash loop":    {status: containers(waiting("nifi", "CrashLoopBackOff")), want: "CrashLoopBackOff"},
		"out of memory": {status: containers(ended("nifi", "OOMKilled", 137)), want: "OOMKilled"},
		"init comes first": {status: corev1.PodStatus{
			InitContainerStatuses: []corev1.ContainerStatus{ended("tls-wait", "Completed", 0), waiting("tls-sync", "ImagePullBackOff")},
			ContainerStatuses:     []corev1.ContainerStatus{waiting("nifi", "PodInitializing")},
		}, want: "ImagePullBackOff"},
		"unschedulable": {status: corev1.PodStatus{Conditions: []corev1.PodCondition{
			{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable"},
		}}, want: "Unschedulable"},
		"evicted":     {status: corev1.PodStatus{Reason: "Evicted"}, want: "Evicted"},
		"terminating": {status: containers(waiting("nifi", "CrashLoopBackOff")), gone: true, want: "Terminating"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pod := &corev1.Pod{Status: test.status}
			if test.gone {
				pod.DeletionTimestamp = &metav1.Time{}
			}
			assert.Equal(t, test.want, podOf(pod, container).Reason)
		})
	}
}

func TestUnsynced(t *testing.T) {
	t.Parallel()
	set := &appsv1.StatefulSet{}
	set.Annotations = map[string]string{topology.AnnotationStores: "{}"}
	got := statefulSetOf(set, container)
	assert.Equal(t, []any{true, "{}"}, []any{got.Unsynced, got.Stores})
	set.Spec.Template.Spec.InitContainers = []corev1.Container{{Name: "prepare"}, {Name: "tls-sync"}}
	assert.False(t, statefulSetOf(set, container).Unsynced)
}

func TestCertificateOf(t *testing.T) {
	t.Parallel()
	object := &unstructured.Unstructured{Object: map[string]any{
		"metadata": map[string]any{"name": "prod-0"},
		"spec":     map[string]any{"secretName": "prod-0-tls"},
	}}
	assert.Equal(t, view.Certificate{Name: "prod-0", Secret: "prod-0-tls"}, certificateOf(object))
	object.Object["status"] = map[string]any{
		"notAfter": "2027-02-20T18:05:00Z",
		"conditions": []any{
			"nonsense", map[string]any{"type": "Issuing", "status": "True"},
			map[string]any{"type": "Ready", "status": "False", "message": "Issuing"},
		},
	}
	assert.Equal(t, view.Certificate{
		Name: "prod-0", Secret: "prod-0-tls", Message: "Issuing", NotAfter: time.Date(2027, 2, 20, 18, 5, 0, 0, time.UTC),
	}, certificateOf(object))
}
