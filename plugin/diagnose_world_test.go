package plugin

import (
	"fmt"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// setDetail stores what only a diagnosis reads, all of it well.
func (w world) setDetail() {
	w.setHeadless(func(*corev1.Service) {})
	w.setRole("get", "update", "patch")
	w.setCandidates(strconv.Itoa(w.nodes))
	class := "fast"
	w.api.Set("/apis/storage.k8s.io/v1/storageclasses/fast", storagev1.StorageClass{
		TypeMeta:   metav1.TypeMeta{APIVersion: "storage.k8s.io/v1", Kind: "StorageClass"},
		ObjectMeta: metav1.ObjectMeta{Name: class, Annotations: map[string]string{"storageclass.kubernetes.io/is-default-class": "true"}},
	})
	for ordinal := range w.nodes {
		name := "state-" + w.names.Pod(ordinal)
		w.api.Set(w.path("api/v1", "persistentvolumeclaims", name), corev1.PersistentVolumeClaim{
			TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolumeClaim"},
			ObjectMeta: w.metadata(name, nil),
			Spec: corev1.PersistentVolumeClaimSpec{StorageClassName: &class, Resources: corev1.VolumeResourceRequirements{
				Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("10Gi")},
			}},
			Status: corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimBound},
		})
		w.setPod(ordinal, w.running)
		w.api.Set(fmt.Sprintf("/api/v1/nodes/worker-%d/proxy/metrics/cadvisor", ordinal), w.metrics(ordinal, 36000, 900))
	}
}

// metrics is what a kubelet says of NiFi's container of a pod.
func (w world) metrics(ordinal, periods, throttled int) string {
	const line = "container_cpu_cfs_%s_total{container=\"nifi\",id=\"/kubepods.slice/cri-containerd-id-of-%s.scope\"} %d\n"
	pod := w.names.Pod(ordinal)
	return fmt.Sprintf(line+line, "periods", pod, periods, "throttled_periods", pod, throttled)
}

// running is a change for setPod: NiFi has run for an hour.
func (w world) running(pod *corev1.Pod) {
	pod.Spec.Containers = []corev1.Container{{
		Name: "nifi", Image: "apache/nifi:2.3.0", Env: []corev1.EnvVar{{Name: "JVM_HEAP", Value: "2g"}},
		Resources: corev1.ResourceRequirements{Limits: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("4Gi")}},
	}}
	pod.Status.ContainerStatuses[0].ContainerID = "containerd://id-of-" + pod.Name
	pod.Status.ContainerStatuses[0].State.Running = &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(w.now.Add(-time.Hour))}
}

// setHeadless stores the headless Service and what it lists.
func (w world) setHeadless(change func(*corev1.Service)) {
	service := corev1.Service{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Service"},
		ObjectMeta: w.metadata(w.names.Headless(), nil),
		Spec:       corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone, PublishNotReadyAddresses: true},
	}
	change(&service)
	w.api.Set(w.path("api/v1", "services", w.names.Headless()), service)
	slice := discoveryv1.EndpointSlice{
		TypeMeta:   metav1.TypeMeta{APIVersion: "discovery.k8s.io/v1", Kind: "EndpointSlice"},
		ObjectMeta: w.metadata(w.names.Headless()+"-abc", map[string]string{discoveryv1.LabelServiceName: w.names.Headless()}),
	}
	for ordinal := range w.nodes {
		slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{TargetRef: &corev1.ObjectReference{Kind: "Pod", Name: w.names.Pod(ordinal)}})
	}
	w.api.Set(w.path("apis/discovery.k8s.io/v1", "endpointslices", slice.Name), slice)
}

// setRole stores the Role of NiFi's ServiceAccount, with these verbs on its leases.
func (w world) setRole(verbs ...string) {
	w.api.Set(w.path("apis/rbac.authorization.k8s.io/v1", "rolebindings", w.names.Cluster), rbacv1.RoleBinding{
		TypeMeta:   metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "RoleBinding"},
		ObjectMeta: w.metadata(w.names.Cluster, nil),
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: w.names.Cluster},
		Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Name: w.names.Cluster, Namespace: w.names.Namespace}},
	})
	w.api.Set(w.path("apis/rbac.authorization.k8s.io/v1", "roles", w.names.Cluster), rbacv1.Role{
		TypeMeta:   metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "Role"},
		ObjectMeta: w.metadata(w.names.Cluster, nil),
		Rules: []rbacv1.PolicyRule{
			{APIGroups: []string{"coordination.k8s.io"}, Resources: []string{"leases"}, Verbs: verbs},
			{APIGroups: []string{"coordination.k8s.io"}, Resources: []string{"leases"}, Verbs: []string{"create"}},
			{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: []string{"get", "list", "create", "update", "patch", "delete"}},
		},
	})
}

func (w world) setCandidates(n string) {
	name := w.names.Cluster + "-topology"
	w.api.Set(w.path("api/v1", "secrets", name), corev1.Secret{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
		ObjectMeta: w.metadata(name, nil),
		Data:       map[string][]byte{"15-topology.properties": []byte("nifi.cluster.flow.election.max.candidates=" + n + "\n")},
	})
}

// setEvent stores a warning about an object, ten seconds old.
func (w world) setEvent(kind, name, reason, message string) {
	w.api.Set(w.path("api/v1", "events", name+".1"), corev1.Event{
		TypeMeta:       metav1.TypeMeta{APIVersion: "v1", Kind: "Event"},
		ObjectMeta:     w.metadata(name+".1", nil),
		InvolvedObject: corev1.ObjectReference{Kind: kind, Name: name}, Type: corev1.EventTypeWarning,
		Reason: reason, Message: message, Count: 3, LastTimestamp: metav1.NewTime(w.now.Add(-10 * time.Second)),
	})
}

// setGround stores what --pre reads beside that, all of it well.
func (w world) setGround() {
	w.api.Set("/version", map[string]string{"gitVersion": "v1.34.4"})
	w.setNamespace("privileged")
	w.api.Set("/apis/cert-manager.io/v1", metav1.APIResourceList{})
	w.api.Set("/apis/cert-manager.io/v1/namespaces/nifi/issuers", map[string]any{"apiVersion": "cert-manager.io/v1", "kind": "Issuer"})
	w.setReview(true)
}

// setNamespace stores the namespace with the Pod Security level it enforces.
func (w world) setNamespace(level string) {
	w.api.Set("/api/v1/namespaces/nifi", corev1.Namespace{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Namespace"},
		ObjectMeta: metav1.ObjectMeta{Name: "nifi", Labels: map[string]string{"pod-security.kubernetes.io/enforce": level}},
	})
}

// setReview makes every question for the person's rights have this answer.
func (w world) setReview(allowed bool) {
	w.api.Set("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", map[string]any{
		"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "status": map[string]any{"allowed": allowed},
	})
}
