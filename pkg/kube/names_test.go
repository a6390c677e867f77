package kube

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

func TestNames(t *testing.T) {
	t.Parallel()
	server, _ := prod(t)
	client, err := NewClient(server.Config())
	require.NoError(t, err)
	add := func(namespace, name, by string) {
		server.Set("/apis/apps/v1/namespaces/"+namespace+"/statefulsets/"+name, appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: namespace, Labels: map[string]string{topology.LabelName: "nifi", topology.LabelManagedBy: by},
		}})
	}
	add("a", "one", "kubectl-nifi")
	add("b", "two", "kubectl-nifi")
	add("b", "other", "helm")
	found, err := client.Names(t.Context(), "b")
	require.NoError(t, err)
	assert.Equal(t, []topology.Names{{Cluster: "two", Namespace: "b", Domain: "cluster.local"}}, found)
	found, err = client.Names(t.Context(), "")
	require.NoError(t, err)
	assert.Len(t, found, 2)
}

func TestNotes(t *testing.T) {
	t.Parallel()
	server, cluster := prod(t)
	_, _, err := cluster.Notes(t.Context())
	require.ErrorIs(t, err, ErrNoNotes)
	shipped(server)
	require.NoError(t, cluster.Note(t.Context(), "kubectl-nifi.dev/incident", "{}"))
	operation, notes, err := cluster.Notes(t.Context())
	require.NoError(t, err)
	assert.Nil(t, operation)
	assert.Equal(t, map[string]string{"kubectl-nifi.dev/incident": "{}"}, notes)
	require.NoError(t, cluster.Note(t.Context(), "kubectl-nifi.dev/incident", ""))
	assert.Empty(t, readLock(t, server).Annotations)
	server.Deny(lockPath)
	require.ErrorIs(t, cluster.Note(t.Context(), "a", "b"), view.ErrForbidden)
}

func TestNudge(t *testing.T) {
	t.Parallel()
	server, cluster := prod(t)
	const status = "/api/v1/namespaces/nifi/pods/prod-0/status"
	server.Set(status, corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "prod-0"}})
	require.NoError(t, cluster.Nudge(t.Context(), "prod-0", time.Date(2026, 11, 22, 18, 5, 0, 0, time.UTC)))
	var pod corev1.Pod
	server.Read(t, status, &pod)
	assert.Equal(t, map[string]string{annotationNudge: "2026-11-22T18:05:00Z"}, pod.Annotations)
	require.NoError(t, cluster.Nudge(t.Context(), "prod-9", time.Time{}), "one that is gone needs none")
	server.Deny(status)
	require.ErrorIs(t, cluster.Nudge(t.Context(), "prod-0", time.Time{}), view.ErrForbidden)
}

func TestEvictNowLeavesNoTime(t *testing.T) {
	t.Parallel()
	server, cluster := prod(t)
	const pod = "/api/v1/namespaces/nifi/pods/prod-1"
	server.Set(pod, corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "prod-1", UID: "new"}})
	require.NoError(t, cluster.EvictNow(t.Context(), "prod-1", "old"), "it has been restarted")
	assert.True(t, server.Has(pod))
	require.NoError(t, cluster.EvictNow(t.Context(), "prod-1", "new"))
	assert.False(t, server.Has(pod))
}
