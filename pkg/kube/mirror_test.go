package kube

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube/kubetest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// mirrored is a Kubernetes with a cluster, prod in nifi, and a Mirror of it.
type mirrored struct {
	api    *kubetest.Server
	mirror *Mirror

	mu       sync.Mutex
	changed  map[string]int // by cluster
	reissued map[string]int
}

const mirroredPods = "/api/v1/namespaces/nifi/pods/"

func newMirrored(t *testing.T, namespace string) *mirrored {
	t.Helper()
	m := &mirrored{api: kubetest.Start(t), changed: map[string]int{}, reissued: map[string]int{}}
	m.api.Set("/apis/apps/v1/namespaces/nifi/statefulsets/prod", appsv1.StatefulSet{ObjectMeta: m.meta("prod", "")})
	m.api.Set("/apis/coordination.k8s.io/v1/namespaces/nifi/leases/prod-operation", coordinationv1.Lease{ObjectMeta: m.meta("prod-operation", "")})
	m.api.Set("/apis/coordination.k8s.io/v1/namespaces/nifi/leases/prod-primary-node", coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Name: "prod-primary-node", Namespace: "nifi"}})
	m.api.Set(mirroredPods+"prod-0", corev1.Pod{ObjectMeta: m.meta("prod-0", "node")})
	m.api.Set(mirroredPods+"prod-ca-0", corev1.Pod{ObjectMeta: m.meta("prod-ca-0", "authority")})
	m.api.Set("/apis/cert-manager.io/v1/namespaces/nifi/certificates/prod-0", map[string]any{
		"metadata": m.meta("prod-0", ""), "spec": map[string]any{"secretName": "prod-0-tls"}})
	client, err := NewClient(m.api.Config())
	require.NoError(t, err)
	m.mirror = client.Mirror(namespace, m.counts(m.changed), m.counts(m.reissued))
	var wait sync.WaitGroup
	wait.Go(func() { m.mirror.Run(t.Context()) })
	t.Cleanup(wait.Wait)
	require.True(t, m.mirror.Read(t.Context()))
	return m
}

func (m *mirrored) meta(name, component string) metav1.ObjectMeta {
	labels := map[string]string{topology.LabelName: "nifi", topology.LabelInstance: "prod", topology.LabelManagedBy: "kubectl-nifi"}
	if component != "" {
		labels[topology.LabelComponent] = component
	}
	return metav1.ObjectMeta{Name: name, Namespace: "nifi", Labels: labels, ResourceVersion: "1"}
}

func (m *mirrored) counts(into map[string]int) func(namespace, cluster string) {
	return func(namespace, cluster string) {
		m.mu.Lock()
		defer m.mu.Unlock()
		into[namespace+"/"+cluster]++
	}
}

func (m *mirrored) told(of map[string]int) map[string]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(of)
}

// soon waits until a watch has brought what was changed.
func (m *mirrored) soon(t *testing.T, is func(r Reflection) bool) {
	t.Helper()
	r := m.mirror.Of(topology.Names{Cluster: "prod", Namespace: "nifi"})
	require.Eventually(t, func() bool { return is(r) }, 30*time.Second, 5*time.Millisecond)
}

func podNames(t *testing.T, r Reflection) []string {
	t.Helper()
	pods, err := r.Pods(t.Context())
	require.NoError(t, err)
	var names []string
	for _, pod := range pods {
		names = append(names, pod.Name)
	}
	return names
}

func TestAMirrorFollowsWhatChanges(t *testing.T) {
	t.Parallel()
	for _, namespace := range []string{"nifi", ""} {
		t.Run(fmt.Sprintf("%q", namespace), func(t *testing.T) {
			t.Parallel()
			m := newMirrored(t, namespace)
			names, err := m.mirror.Names(t.Context())
			require.NoError(t, err)
			assert.Equal(t, []topology.Names{{Cluster: "prod", Namespace: "nifi", Domain: "cluster.local"}}, names)
			m.soon(t, func(r Reflection) bool { return slices.Equal(podNames(t, r), []string{"prod-0"}) }) // no authority's

			m.api.Set(mirroredPods+"prod-1", corev1.Pod{ObjectMeta: m.meta("prod-1", "node")})
			m.soon(t, func(r Reflection) bool { return len(podNames(t, r)) == 2 })
			leaving := corev1.Pod{ObjectMeta: m.meta("prod-1", "node"), Status: corev1.PodStatus{Phase: corev1.PodFailed}}
			m.api.Set(mirroredPods+"prod-1", leaving)
			m.soon(t, func(r Reflection) bool {
				pods, _ := r.Pods(t.Context())
				return slices.ContainsFunc(pods, func(p view.Pod) bool { return p.Phase == "Failed" })
			})
			m.api.Delete(mirroredPods + "prod-1")
			m.soon(t, func(r Reflection) bool { return len(podNames(t, r)) == 1 })
			assert.GreaterOrEqual(t, m.told(m.changed)["nifi/prod"], 3)

			m.api.Delete("/apis/apps/v1/namespaces/nifi/statefulsets/prod")
			m.soon(t, func(r Reflection) bool {
				_, err := r.StatefulSet(t.Context())
				return err != nil
			})
			_, err = m.mirror.Of(names[0]).StatefulSet(t.Context())
			require.ErrorIs(t, err, view.ErrNotFound)
			names, err = m.mirror.Names(t.Context())
			require.NoError(t, err)
			assert.Empty(t, names)
		})
	}
}

func TestAMirrorOfTheOperationLease(t *testing.T) {
	t.Parallel()
	m := newMirrored(t, "nifi")
	const lease = "/apis/coordination.k8s.io/v1/namespaces/nifi/leases/prod-operation"
	meta := m.meta("prod-operation", "")
	meta.Annotations = map[string]string{"kubectl-nifi.dev/paused": "{}"}
	holder, seconds := "somebody@desk", int32(15)
	m.api.Set(lease, coordinationv1.Lease{ObjectMeta: meta, Spec: coordinationv1.LeaseSpec{HolderIdentity: &holder, LeaseDurationSeconds: &seconds}})
	m.soon(t, func(r Reflection) bool {
		operation, notes, err := r.Notes(t.Context())
		return err == nil && operation != nil && operation.Holder == holder && notes["kubectl-nifi.dev/paused"] == "{}"
	})
	meta.Annotations = map[string]string{annotationJournal: "{"}
	m.api.Set(lease, coordinationv1.Lease{ObjectMeta: meta})
	m.soon(t, func(r Reflection) bool {
		_, _, err := r.Notes(t.Context())
		return err != nil
	})
	m.api.Delete(lease)
	m.soon(t, func(r Reflection) bool {
		_, _, err := r.Notes(t.Context())
		return err == ErrNoNotes //nolint:errorlint // nothing is wrapped around it
	})
}

func TestAMirrorTellsOfCertificatesThatChange(t *testing.T) {
	t.Parallel()
	m := newMirrored(t, "nifi")
	require.Eventually(t, func() bool { return m.told(m.reissued)["nifi/prod"] == 1 }, 30*time.Second, 5*time.Millisecond, "it is new")
	meta := m.meta("prod-0", "")
	meta.ResourceVersion = "2"
	m.api.Set("/apis/cert-manager.io/v1/namespaces/nifi/certificates/prod-0", map[string]any{"metadata": meta})
	require.Eventually(t, func() bool { return m.told(m.reissued)["nifi/prod"] == 2 }, 30*time.Second, 5*time.Millisecond)
}

func TestAMirrorAsksWhetherTheAPIServerAnswers(t *testing.T) {
	t.Parallel()
	m := newMirrored(t, "nifi")
	require.NoError(t, m.mirror.Answers(t.Context(), time.Minute))
	require.ErrorIs(t, m.mirror.Answers(t.Context(), time.Nanosecond), context.DeadlineExceeded)
	m.api.Deny("/apis/apps/v1/namespaces/nifi/statefulsets")
	require.ErrorIs(t, m.mirror.Answers(t.Context(), time.Minute), view.ErrForbidden)
}

func TestAShelfTellsOnlyOfWhatIsOther(t *testing.T) {
	t.Parallel()
	var told []string
	s := newShelf(func(_, cluster string) { told = append(told, cluster) }, func(runtime.Object) struct{} { return struct{}{} })
	pod := func(cluster, version string) any {
		return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
			Name: cluster + "-0", Namespace: "nifi", ResourceVersion: version, Labels: map[string]string{topology.LabelInstance: cluster},
		}}
	}
	require.NoError(t, s.Replace([]any{pod("a", "1"), pod("b", "1"), pod("c", "1")}, ""))
	assert.ElementsMatch(t, []string{"a", "b", "c"}, told)
	told = nil
	require.NoError(t, s.Replace([]any{pod("a", "1"), pod("b", "2")}, ""))
	assert.ElementsMatch(t, []string{"b", "c"}, told, "after a watch that has missed something")
	assert.Len(t, s.owners(), 2)
	told = nil
	require.NoError(t, s.Delete(pod("a", "1")))
	assert.Equal(t, []string{"a"}, told)
	assert.Len(t, s.owners(), 1)
}

func TestAShelfHasAnOrder(t *testing.T) {
	t.Parallel()
	s := newShelf(func(string, string) {}, func(object runtime.Object) string { return object.(*corev1.Pod).Name })
	var want []string
	for ordinal := range 9 {
		want = append(want, fmt.Sprintf("prod-%d", ordinal))
		require.NoError(t, s.Add(&corev1.Pod{ObjectMeta: metav1.ObjectMeta{
			Name: want[ordinal], Namespace: "nifi", Labels: map[string]string{topology.LabelInstance: "prod"},
		}}))
	}
	assert.Equal(t, want, s.all(owner{"nifi", "prod"}), "who asks the first one has a connection to it")
}
