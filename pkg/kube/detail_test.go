package kube

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	quantity "k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube/kubetest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// prod is the cluster "prod" in "nifi" of a fake API server.
func prod(t *testing.T) (*kubetest.Server, Cluster) {
	t.Helper()
	server := kubetest.Start(t)
	client, err := NewClient(server.Config())
	require.NoError(t, err)
	return server, client.Cluster(topology.Names{Cluster: "prod", Namespace: "nifi", Domain: "cluster.local"})
}

func TestEventsAreThoseOfTheCluster(t *testing.T) {
	t.Parallel()
	server, cluster := prod(t)
	last := time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)
	for name, kind := range map[string]string{
		"prod-1": "Pod", "prod-eu-1": "Pod", "prod": "StatefulSet", "other": "StatefulSet", "state-prod-2": "PersistentVolumeClaim", "prod-node": "Node",
	} {
		server.Set("/api/v1/namespaces/nifi/events/"+name, corev1.Event{
			InvolvedObject: corev1.ObjectReference{Kind: kind, Name: name}, Type: "Warning", Reason: "R", Message: "two\n  lines", LastTimestamp: metav1.NewTime(last),
		})
	}
	events, err := cluster.Events(t.Context())
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, e := range events {
		seen[e.Kind+"/"+e.Name] = true
		assert.Equal(t, "two lines", e.Message)
		assert.Equal(t, 1, e.Count)
		assert.True(t, last.Equal(e.Last))
	}
	assert.Equal(t, map[string]bool{"Pod/prod-1": true, "StatefulSet/prod": true, "PersistentVolumeClaim/state-prod-2": true}, seen)
}

func TestAListThatIsNone(t *testing.T) {
	t.Parallel()
	server, cluster := prod(t)
	server.Set("/api/v1/namespaces/nifi/services/prod-ui", map[string]any{"metadata": map[string]any{"name": "prod-ui"}, "spec": "text"})
	_, err := cluster.Services(t.Context())
	require.ErrorContains(t, err, "reading the list of services: json: cannot unmarshal string into Go struct field")
	server.Deny("/api/v1/namespaces/nifi/services")
	_, err = cluster.Services(t.Context())
	require.ErrorIs(t, err, view.ErrForbidden)
	require.ErrorContains(t, err, "/services is forbidden", "the API server's own words")
}

// TestCertificatesAsTheyAreListed: a number of a list must be what certificateOf
// takes for one.
func TestCertificatesAsTheyAreListed(t *testing.T) {
	t.Parallel()
	server, cluster := prod(t)
	server.Set("/apis/cert-manager.io/v1/namespaces/nifi/certificates/prod-0", map[string]any{
		"metadata": map[string]any{"name": "prod-0", "labels": map[string]string{topology.LabelName: "nifi", topology.LabelInstance: "prod"}},
		"spec":     map[string]any{"secretName": "prod-0-tls", "dnsNames": []string{"prod-0.prod-nodes"}},
		"status":   map[string]any{"failedIssuanceAttempts": 2},
	})
	found, err := cluster.Certificates(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []view.Certificate{{Name: "prod-0", Secret: "prod-0-tls", DNSNames: []string{"prod-0.prod-nodes"}, Failures: 2}}, found)
}

func TestRequestsAreTheNewestOfEachCertificate(t *testing.T) {
	t.Parallel()
	server, cluster := prod(t)
	set := func(name, certificate, created string, status map[string]any) {
		server.Set("/apis/cert-manager.io/v1/namespaces/nifi/certificaterequests/"+name, map[string]any{
			"metadata": map[string]any{"name": name, "creationTimestamp": created, "annotations": map[string]any{"cert-manager.io/certificate-name": certificate}},
			"status":   status,
		})
	}
	ready := func(status, reason string) map[string]any {
		return map[string]any{"type": "Ready", "status": status, "reason": reason, "message": "because"}
	}
	set("a", "prod-0-tls", "2026-11-22T10:00:00Z", map[string]any{"conditions": []any{ready("False", "Failed")}})
	set("b", "prod-0-tls", "2026-11-22T11:00:00Z", map[string]any{"conditions": []any{ready("True", "Issued")}, "certificate": "eA=="})
	set("c", "prod-1-tls", "2026-11-22T11:00:00Z", map[string]any{"conditions": []any{ready("False", "Pending"), map[string]any{"type": "Denied", "status": "True", "message": "policy"}}})
	set("d", "other-1-tls", "2026-11-22T11:00:00Z", nil)
	requests, err := cluster.Requests(t.Context())
	require.NoError(t, err)
	require.Len(t, requests, 2)
	assert.Equal(t, []any{"b", true, true}, []any{requests[0].Name, requests[0].Ready, requests[0].NoCA})
	assert.Equal(t, []any{"c", false, "Denied", "policy"}, []any{requests[1].Name, requests[1].Ready, requests[1].Reason, requests[1].Message})
}

func TestRules(t *testing.T) {
	t.Parallel()
	server, cluster := prod(t)
	bind := func(name, role string, subject rbacv1.Subject) {
		server.Set("/apis/rbac.authorization.k8s.io/v1/namespaces/nifi/rolebindings/"+name, rbacv1.RoleBinding{
			RoleRef: rbacv1.RoleRef{Kind: "Role", Name: role}, Subjects: []rbacv1.Subject{subject},
		})
	}
	rules, err := cluster.Rules(t.Context())
	require.NoError(t, err)
	assert.NotNil(t, rules, "none is not unknown")
	bind("mine", "leases", rbacv1.Subject{Kind: "ServiceAccount", Name: "prod", Namespace: "nifi"})
	bind("gone", "no-such-role", rbacv1.Subject{Kind: "ServiceAccount", Name: "prod", Namespace: "nifi"})
	bind("namesake", "everything", rbacv1.Subject{Kind: "ServiceAccount", Name: "prod", Namespace: "other"})
	server.Set("/apis/rbac.authorization.k8s.io/v1/namespaces/nifi/roles/leases", rbacv1.Role{TypeMeta: metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "Role"}, Rules: []rbacv1.PolicyRule{
		{APIGroups: []string{"coordination.k8s.io"}, Resources: []string{"leases"}, ResourceNames: []string{"a"}, Verbs: []string{"get"}},
	}})
	rules, err = cluster.Rules(t.Context())
	require.NoError(t, err)
	detail := view.Detail{Rules: rules}
	assert.True(t, detail.Allows("coordination.k8s.io", "leases", "a", "get"))
	assert.False(t, detail.AllowsHealer("coordination.k8s.io", "leases", "a", "get"), "that one is NiFi's")
	bind("healer", "leases", rbacv1.Subject{Kind: "ServiceAccount", Name: "nifi-healer", Namespace: "ops"})
	rules, err = cluster.Rules(t.Context())
	require.NoError(t, err)
	assert.True(t, view.Detail{Rules: rules}.AllowsHealer("coordination.k8s.io", "leases", "a", "get"))
	for _, ask := range [][4]string{{"", "leases", "a", "get"}, {"coordination.k8s.io", "leases", "b", "get"}, {"coordination.k8s.io", "leases", "a", "patch"}} {
		assert.False(t, detail.Allows(ask[0], ask[1], ask[2], ask[3]), ask)
	}
}

func TestCandidates(t *testing.T) {
	t.Parallel()
	server, cluster := prod(t)
	_, err := cluster.Candidates(t.Context())
	require.ErrorIs(t, err, view.ErrNotFound)
	set := func(text string) {
		server.Set("/api/v1/namespaces/nifi/secrets/prod-topology", corev1.Secret{Data: map[string][]byte{"15-topology.properties": []byte(text)}})
	}
	set("a=b\nnifi.cluster.flow.election.max.candidates=12\n")
	n, err := cluster.Candidates(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 12, n)
	set("a=b\n")
	_, err = cluster.Candidates(t.Context())
	require.ErrorContains(t, err, "max.candidates")
}

func TestPodFacts(t *testing.T) {
	t.Parallel()
	optional := true
	pod := &corev1.Pod{Spec: corev1.PodSpec{
		Containers: []corev1.Container{{
			Name: "nifi", Image: "apache/nifi:2.3.0", Env: []corev1.EnvVar{{Name: "JVM_HEAP", Value: "2g"}},
			Resources: corev1.ResourceRequirements{Limits: corev1.ResourceList{corev1.ResourceMemory: quantity.MustParse("4Gi")}},
		}},
		Volumes: []corev1.Volume{
			{VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "keys"}}},
			{VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{
				{Secret: &corev1.SecretProjection{LocalObjectReference: corev1.LocalObjectReference{Name: "start"}}},
				{Secret: &corev1.SecretProjection{LocalObjectReference: corev1.LocalObjectReference{Name: "maybe"}, Optional: &optional}},
			}}}},
		},
	}}
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{
		Name: "nifi", RestartCount: 2, State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff", Message: "back-off"}},
		LastTerminationState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "OOMKilled"}},
	}}
	got := podOf(pod, container)
	assert.Equal(t, []any{"2g", int64(4 << 30), "apache/nifi:2.3.0", "back-off"}, []any{got.Heap, got.MemoryLimit, got.Image, got.Message})
	assert.Equal(t, []string{"keys", "start"}, got.Secrets)
	assert.Equal(t, []view.Container{{Name: "nifi", Restarts: 2, Waiting: "CrashLoopBackOff", Message: "back-off", Last: &view.Exit{Code: 137, Reason: "OOMKilled"}}}, got.Containers)
	assert.True(t, got.Running().IsZero())
}
