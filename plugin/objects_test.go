package plugin

import (
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

func (w world) setStatefulSet(replicas int32, changes ...func(*appsv1.StatefulSet)) {
	set := appsv1.StatefulSet{
		TypeMeta:   metav1.TypeMeta{APIVersion: "apps/v1", Kind: "StatefulSet"},
		ObjectMeta: w.metadata(w.names.Cluster, nil),
	}
	set.Annotations = map[string]string{topology.Prefix + "version": "2.3.0"}
	set.Spec.Replicas = &replicas
	set.Spec.PodManagementPolicy = appsv1.ParallelPodManagement
	set.Spec.Template.Spec.Containers = []corev1.Container{{
		Name: "nifi", Image: "apache/nifi:2.3.0",
		Env: []corev1.EnvVar{{Name: "HEADLESS_DOMAIN", Value: w.names.HeadlessFQDN()}},
	}}
	set.Spec.Template.Spec.InitContainers = []corev1.Container{{
		Name: "tls-sync", Image: "apache/nifi:2.3.0", RestartPolicy: new(corev1.ContainerRestartPolicyAlways),
	}}
	set.Status = appsv1.StatefulSetStatus{
		Replicas: replicas, ReadyReplicas: replicas, UpdatedReplicas: replicas,
		CurrentRevision: "prod-1", UpdateRevision: "prod-1",
	}
	for _, change := range changes {
		change(&set)
	}
	w.api.Set(w.path("apis/apps/v1", "statefulsets", w.names.Cluster), set)
}

// setPod stores a pod that is well, but for what change does to it.
func (w world) setPod(ordinal int, change func(*corev1.Pod)) {
	name := w.names.Pod(ordinal)
	pod := corev1.Pod{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: w.metadata(name, map[string]string{topology.LabelComponent: "node"}),
		Spec:       corev1.PodSpec{NodeName: fmt.Sprintf("worker-%d", ordinal)},
		Status: corev1.PodStatus{
			Phase:             corev1.PodRunning,
			Conditions:        []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}},
			ContainerStatuses: []corev1.ContainerStatus{{Name: "nifi", Ready: true}},
		},
	}
	change(&pod)
	w.api.Set(w.path("api/v1", "pods", name), pod)
}

// notReady is a change for setPod.
func notReady(pod *corev1.Pod) { pod.Status.Conditions[0].Status = corev1.ConditionFalse }

// crashing is a change for setPod.
func crashing(pod *corev1.Pod) {
	notReady(pod)
	pod.Status.ContainerStatuses[0].RestartCount = 7
	pod.Status.ContainerStatuses[0].State.Waiting = &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}
}

func (w world) setLease(name string, holder int) {
	identity, seconds := w.names.FQDN(w.names.Pod(holder))+":11443", int32(15)
	renewed := metav1.NewMicroTime(w.now.Add(-2 * time.Second))
	w.api.Set(w.path("apis/coordination.k8s.io/v1", "leases", name), coordinationv1.Lease{
		TypeMeta:   metav1.TypeMeta{APIVersion: "coordination.k8s.io/v1", Kind: "Lease"},
		ObjectMeta: w.metadata(name, nil),
		Spec:       coordinationv1.LeaseSpec{HolderIdentity: &identity, LeaseDurationSeconds: &seconds, RenewTime: &renewed},
	})
}

func (w world) setCertificate(name string, left time.Duration) {
	w.api.Set(w.path("apis/cert-manager.io/v1", "certificates", name), map[string]any{
		"apiVersion": "cert-manager.io/v1", "kind": "Certificate",
		"metadata": w.metadata(name, nil),
		"spec":     map[string]any{"secretName": name},
		"status": map[string]any{
			"notAfter": w.now.Add(left).Format(time.RFC3339), "renewalTime": w.now.Add(left - 30*24*time.Hour).Format(time.RFC3339),
			"conditions": []any{map[string]any{"type": "Ready", "status": "True", "message": "Certificate is up to date and has not expired"}},
		},
	})
}
