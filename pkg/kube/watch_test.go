package kube

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

func TestWatchTellsWhoseObjectChanged(t *testing.T) {
	t.Parallel()
	selectors := make(chan string, 3)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		selectors <- path.Base(r.URL.Path) + "?" + r.URL.Query().Get("labelSelector")
		w.Header().Set("Content-Type", "application/json")
		if path.Base(r.URL.Path) == "pods" {
			pod := corev1.Pod{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}, ObjectMeta: metav1.ObjectMeta{
				Name: "prod-0", Namespace: "nifi", Labels: map[string]string{topology.LabelInstance: "prod"},
			}}
			_ = json.NewEncoder(w).Encode(map[string]any{"type": "MODIFIED", "object": pod})
		}
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	client, err := NewClient(&rest.Config{Host: server.URL})
	require.NoError(t, err)

	ctx, end := context.WithCancel(t.Context())
	var told []string
	err = client.Watch(ctx, "nifi", func(namespace, cluster string) {
		told = append(told, namespace+"/"+cluster)
		end()
	})
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, []string{"nifi/prod"}, told)
	var got []string
	for range 3 {
		got = append(got, <-selectors)
	}
	assert.ElementsMatch(t, []string{
		"pods?app.kubernetes.io/component=node,app.kubernetes.io/managed-by=kubectl-nifi,app.kubernetes.io/name=nifi",
		"statefulsets?app.kubernetes.io/managed-by=kubectl-nifi,app.kubernetes.io/name=nifi",
		"leases?app.kubernetes.io/managed-by=kubectl-nifi,app.kubernetes.io/name=nifi",
	}, got, "NiFi's own leases, which change every second, have no labels")
}

func TestWatchCertificatesReadsNoMoreThanMetadata(t *testing.T) {
	t.Parallel()
	asked := make(chan *http.Request, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"type": "MODIFIED", "object": metav1.PartialObjectMetadata{
			TypeMeta: metav1.TypeMeta{APIVersion: "meta.k8s.io/v1", Kind: "PartialObjectMetadata"},
			ObjectMeta: metav1.ObjectMeta{
				Name: "prod-0-tls", Namespace: "nifi", Labels: map[string]string{topology.LabelInstance: "prod"},
			},
		}})
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	client, err := NewClient(&rest.Config{Host: server.URL})
	require.NoError(t, err)
	ctx, end := context.WithCancel(t.Context())
	var told []string
	err = client.WatchCertificates(ctx, "nifi", func(namespace, cluster string) {
		told = append(told, namespace+"/"+cluster)
		end()
	})
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, []string{"nifi/prod"}, told)
	request := <-asked
	assert.Equal(t, "/apis/cert-manager.io/v1/namespaces/nifi/certificates", request.URL.Path)
	assert.Equal(t, "app.kubernetes.io/managed-by=kubectl-nifi,app.kubernetes.io/name=nifi", request.URL.Query().Get("labelSelector"))
	assert.Contains(t, request.Header.Get("Accept"), "as=PartialObjectMetadata")
}

func TestWatchEndsWithAnyOfThem(t *testing.T) {
	t.Parallel()
	var once sync.Once
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = http.NewResponseController(w).Flush()
		ends := false
		once.Do(func() { ends = true })
		if !ends {
			<-r.Context().Done()
		}
	}))
	t.Cleanup(server.Close)
	client, err := NewClient(&rest.Config{Host: server.URL})
	require.NoError(t, err)
	require.ErrorIs(t, client.Watch(t.Context(), "", func(string, string) {}), errWatchEnded)
}

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
