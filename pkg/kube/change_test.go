package kube

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube/kubetest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

const (
	setPath      = "/apis/apps/v1/namespaces/nifi/statefulsets/prod"
	topologyPath = "/api/v1/namespaces/nifi/secrets/prod-topology"
	podPath      = "/api/v1/namespaces/nifi/pods/prod-2"
	claimPath    = "/api/v1/namespaces/nifi/persistentvolumeclaims/state-prod-2"
)

// storeSet stores a StatefulSet of three nodes, all of it seen by its controller.
func storeSet(server *kubetest.Server) {
	three := int32(3)
	set := appsv1.StatefulSet{
		TypeMeta:   metav1.TypeMeta{APIVersion: "apps/v1", Kind: "StatefulSet"},
		ObjectMeta: metav1.ObjectMeta{Name: "prod", Generation: 4, Annotations: map[string]string{topology.Prefix + "version": "2.3.0"}},
		Spec:       appsv1.StatefulSetSpec{Replicas: &three},
		Status:     appsv1.StatefulSetStatus{ObservedGeneration: 4},
	}
	set.Spec.UpdateStrategy.RollingUpdate = &appsv1.RollingUpdateStatefulSetStrategy{Partition: new(int32)}
	set.Spec.Template.Spec.InitContainers = []corev1.Container{{Name: "prepare", Image: "apache/nifi:2.3.0"}, {Name: "tls-sync", Image: "busybox:1"}}
	set.Spec.Template.Spec.Containers = []corev1.Container{{Name: "nifi", Image: "apache/nifi:2.3.0"}, {Name: "helper", Image: "apache/nifi:2.3.0"}}
	server.Set(setPath, set)
}

func readSet(t *testing.T, server *kubetest.Server) appsv1.StatefulSet {
	t.Helper()
	var set appsv1.StatefulSet
	server.Read(t, setPath, &set)
	return set
}

func TestResize(t *testing.T) {
	t.Parallel()
	server, cluster := prod(t)
	storeSet(server)
	server.Set(topologyPath, corev1.Secret{Data: map[string][]byte{"other": []byte("kept")}})
	var order []string
	server.OnChange(func(method, path string) { order = append(order, method+" "+path) })
	require.NoError(t, cluster.Resize(t.Context(), 5))
	assert.Equal(t, []string{"PATCH " + topologyPath, "PATCH " + setPath}, order, "a new pod reads the votes when it starts")
	candidates, err := cluster.Candidates(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 5, candidates)
	var secret corev1.Secret
	server.Read(t, topologyPath, &secret)
	assert.Equal(t, "kept", string(secret.Data["other"]))
	set, err := cluster.StatefulSet(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 5, set.Desired)
	assert.False(t, set.Observed, "its controller hasn't seen that yet")
}

func TestResizeThatFailsHalfway(t *testing.T) {
	t.Parallel()
	server, cluster := prod(t)
	storeSet(server)
	require.ErrorIs(t, cluster.Resize(t.Context(), 5), view.ErrNotFound)
	assert.EqualValues(t, 3, *readSet(t, server).Spec.Replicas, "without the votes no pods")

	server.Set(topologyPath, corev1.Secret{})
	server.Deny(setPath)
	err := cluster.Resize(t.Context(), 5)
	require.ErrorIs(t, err, view.ErrForbidden)
	require.ErrorContains(t, err, `changing StatefulSet "prod"`)
}

func TestHoldAndRelease(t *testing.T) {
	t.Parallel()
	server, cluster := prod(t)
	storeSet(server)
	require.NoError(t, cluster.Hold(t.Context()))
	strategy := readSet(t, server).Spec.UpdateStrategy
	assert.Equal(t, appsv1.OnDeleteStatefulSetStrategyType, strategy.Type)
	assert.Nil(t, strategy.RollingUpdate, "the API server refuses it beside OnDelete")
	require.NoError(t, cluster.Release(t.Context()))
	assert.Equal(t, appsv1.RollingUpdateStatefulSetStrategyType, readSet(t, server).Spec.UpdateStrategy.Type)
}

func TestSetImage(t *testing.T) {
	t.Parallel()
	server, cluster := prod(t)
	storeSet(server)
	require.NoError(t, cluster.SetImage(t.Context(), "apache/nifi:2.4.0", "2.4.0"))
	set := readSet(t, server)
	images := map[string]string{}
	for _, c := range append(set.Spec.Template.Spec.InitContainers, set.Spec.Template.Spec.Containers...) {
		images[c.Name] = c.Image
	}
	assert.Equal(t, map[string]string{
		"prepare": "apache/nifi:2.4.0", "tls-sync": "busybox:1", "nifi": "apache/nifi:2.4.0", "helper": "apache/nifi:2.4.0",
	}, images)
	assert.Equal(t, "2.4.0", set.Annotations[topology.Prefix+"version"])
	assert.EqualValues(t, 3, *set.Spec.Replicas)
}

func TestEvict(t *testing.T) {
	t.Parallel()
	server, cluster := prod(t)
	server.Set(podPath, corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "prod-2", UID: "new"}})
	require.NoError(t, cluster.Evict(t.Context(), "prod-2", "old"), "that one is gone, as was wanted")
	assert.True(t, server.Has(podPath), "the pod that has followed it stays")

	server.Fail(podPath+"/eviction", http.StatusTooManyRequests, metav1.StatusReasonTooManyRequests, "Cannot evict pod as it would violate the pod's disruption budget.")
	err := cluster.Evict(t.Context(), "prod-2", "new")
	require.ErrorContains(t, err, `evicting pod "prod-2": Cannot evict pod as it would violate`)
}

func TestEvictTheRightPod(t *testing.T) {
	t.Parallel()
	server, cluster := prod(t)
	server.Set(podPath, corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "prod-2", UID: "old"}})
	require.NoError(t, cluster.Evict(t.Context(), "prod-2", "old"))
	assert.False(t, server.Has(podPath))
	require.NoError(t, cluster.Evict(t.Context(), "prod-2", "old"), "gone is gone")
}

func TestDeletePod(t *testing.T) {
	t.Parallel()
	server, cluster := prod(t)
	server.Set(podPath, corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "prod-2", UID: "old"}})
	server.Fail(podPath+"/eviction", http.StatusTooManyRequests, metav1.StatusReasonTooManyRequests, "no budget")
	require.NoError(t, cluster.DeletePod(t.Context(), "prod-2", "old"))
	assert.False(t, server.Has(podPath), "no budget is asked")
	require.NoError(t, cluster.DeletePod(t.Context(), "prod-2", "old"), "gone is gone")
	server.Deny(podPath)
	require.ErrorIs(t, cluster.DeletePod(t.Context(), "prod-2", "new"), view.ErrForbidden)
}

func TestClaims(t *testing.T) {
	t.Parallel()
	server, cluster := prod(t)
	labels := map[string]string{topology.LabelName: "nifi", topology.LabelInstance: "prod"}
	server.Set(claimPath, corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "state-prod-2", Labels: labels, Annotations: map[string]string{"a": "kept"}}})
	drained := func() time.Time {
		claims, err := cluster.Claims(t.Context())
		require.NoError(t, err)
		require.Len(t, claims, 1)
		return claims[0].Drained
	}
	at := time.Date(2026, 11, 22, 18, 5, 0, 0, time.UTC)
	require.NoError(t, cluster.MarkClaims(t.Context(), []string{"gone", "state-prod-2"}, at), "one that is gone is no error")
	assert.Equal(t, at, drained())
	require.NoError(t, cluster.MarkClaims(t.Context(), []string{"state-prod-2"}, time.Time{}))
	assert.True(t, drained().IsZero())
	var claim corev1.PersistentVolumeClaim
	server.Read(t, claimPath, &claim)
	assert.Equal(t, map[string]string{"a": "kept"}, claim.Annotations)

	require.NoError(t, cluster.DeleteClaims(t.Context(), []string{"gone", "state-prod-2"}))
	assert.False(t, server.Has(claimPath))
}
