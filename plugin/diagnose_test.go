package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd/api"

	v1 "github.com/kubectl-nifi/kubectl-nifi/pkg/findings/v1"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube/kubetest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
)

func TestDiagnose(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args  []string
		stage func(t *testing.T, w world)
		code  int
	}{
		"all-well":      {},
		"all-well-json": {args: []string{"-o", "json"}},
		"disconnected":  {code: 1, stage: func(t *testing.T, w world) { w.disconnect(t, 2) }},
		"tolerated":     {code: 0, args: []string{"--fail-on", "critical"}, stage: func(t *testing.T, w world) { w.disconnect(t, 2) }},
		"out-of-memory": {code: 1, stage: outOfMemory},
		"explained":     {code: 1, args: []string{"-v"}, stage: outOfMemory},
		"no-patch":      {code: 1, stage: func(_ *testing.T, w world) { w.setRole("get", "update") }},
		"hidden-names": {code: 1, args: []string{"-o", "yaml"}, stage: func(_ *testing.T, w world) {
			w.setHeadless(func(s *corev1.Service) { s.Spec.PublishNotReadyAddresses = false })
		}},
		"candidates": {code: 1, stage: func(_ *testing.T, w world) { w.setCandidates("4") }},
		"quota": {code: 1, args: []string{"--color", "always"}, stage: func(_ *testing.T, w world) {
			w.api.Delete(w.path("api/v1", "pods", "prod-2"))
			w.setEvent("StatefulSet", "prod", "FailedCreate", `create Pod prod-2 in StatefulSet prod failed error: pods "prod-2" is forbidden: exceeded quota: small`)
		}},
		"volume-and-cpu": {code: 1, stage: func(_ *testing.T, w world) {
			w.nifi.Node(2).Fill(91<<30/10, 10<<30)
			w.api.Set("/api/v1/nodes/worker-1/proxy/metrics/cadvisor", w.metrics(1, 36000, 15000))
		}},
		"few-rights": {code: 1, stage: func(_ *testing.T, w world) {
			for _, path := range []string{
				"/api/v1/namespaces/nifi/events", "/apis/storage.k8s.io/v1/storageclasses", "/apis/rbac.authorization.k8s.io/v1/namespaces/nifi/rolebindings",
				w.path("api/v1", "secrets", w.names.AdminSecret()), w.path("api/v1", "secrets", "prod-topology"),
				"/api/v1/nodes/worker-0/proxy/metrics/cadvisor", "/api/v1/nodes/worker-1/proxy/metrics/cadvisor", "/api/v1/nodes/worker-2/proxy/metrics/cadvisor",
			} {
				w.api.Deny(path)
			}
		}},
		"nifi-down": {code: 1, stage: func(_ *testing.T, w world) {
			for ordinal := range 3 {
				w.setPod(ordinal, func(pod *corev1.Pod) { w.running(pod); notReady(pod) })
			}
			w.api.SetForward(func(context.Context, string, int) (net.Conn, error) { return nil, errors.New("connection refused") })
		}},
		"absent": {code: 1, stage: func(_ *testing.T, w world) {
			w.api.Delete(w.path("apis/apps/v1", "statefulsets", "prod"))
			for ordinal := range 3 {
				w.api.Delete(w.path("api/v1", "pods", w.names.Pod(ordinal)))
			}
		}},
		"all-namespaces": {code: 0, args: []string{"-A"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.setDetail()
			if test.stage != nil {
				test.stage(t, w)
			}
			args := append([]string{"diagnose", "prod"}, test.args...)
			if name == "all-namespaces" {
				args = []string{"diagnose", "-A"}
				w.api.Set("/apis/apps/v1/statefulsets", w.setList(t))
				w.api.Set("/api/v1/pods", map[string]any{"apiVersion": "v1", "kind": "PodList", "items": []any{}})
			}
			got := w.run(t, args...)
			assert.Equal(t, test.code, got.code, got.stdout+got.stderr)
			assertGolden(t, filepath.Join("diagnose", name+".golden"), got.String())
		})
	}
}

// setList is the list of StatefulSets of all namespaces.
func (w world) setList(t *testing.T) any {
	t.Helper()
	return map[string]any{"apiVersion": "apps/v1", "kind": "StatefulSetList", "items": []any{
		map[string]any{"metadata": w.metadata("prod", nil), "spec": map[string]any{"replicas": 3}, "status": map[string]any{"readyReplicas": 3}},
	}}
}

// outOfMemory is a pod whose NiFi is killed for memory again and again.
func outOfMemory(_ *testing.T, w world) {
	w.setPod(1, func(pod *corev1.Pod) {
		w.running(pod)
		crashing(pod)
		status := &pod.Status.ContainerStatuses[0]
		status.State.Running = nil
		status.LastTerminationState.Terminated = &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "OOMKilled", FinishedAt: metav1.NewTime(w.now.Add(-time.Minute))}
	})
	w.nifi.Node(1).SetFault(nifitest.Drop())
	w.nifi.Node(1).Edit(func(n *nifi.Node) {
		n.Status = nifi.Disconnected
		n.Events = []nifi.Event{{Message: "Node disconnected from cluster due to Have not received a heartbeat from node in 43 seconds"}}
	})
}

func TestDiagnoseHungNode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setDetail()
	w.nifi.Node(2).Hang()
	w.nifi.Advance(60 * time.Second)
	w.setPod(2, func(pod *corev1.Pod) { w.running(pod); notReady(pod) })
	got := w.run(t, "diagnose", "prod", "-o", "json", "--timeout", "3s")
	var d v1.Diagnosis
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &d), got.stderr)
	require.NotEmpty(t, d.Findings)
	assert.Equal(t, "NIFI-NODE-004", d.Findings[0].ID, got.stdout)
	assert.Equal(t, 1, d.Counts.Critical)
	assert.Equal(t, exitFailed, got.code)
}

func TestDiagnoseWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setDetail()
	w.setCandidates("4")
	s := w.start(t, "diagnose", "prod", "--wait", "--timeout", "1m")
	s.tick(t) // taken after a look that found something
	w.setCandidates("3")
	s.tickUntil(t, s.out, "No findings.")
	assert.Equal(t, exitWell, <-s.code)
	assert.NotContains(t, s.out.String(), "NIFI-ELECT-001", "only the last diagnosis is printed")
	assert.Equal(t, "2026-11-22T18:05:00Z nifi/prod: +NIFI-ELECT-001; 1 finding\n2026-11-22T18:05:00Z nifi/prod: -NIFI-ELECT-001; 0 findings\n",
		s.errOut.String(), "each change, and nothing else, is told")
}

func TestDiagnoseWaitsInVain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setDetail()
	w.setCandidates("4")
	got := w.run(t, "diagnose", "prod", "--wait", "--timeout", "4s")
	assert.Equal(t, exitTimeout, got.code)
	assert.Contains(t, got.stdout, "NIFI-ELECT-001")
	assert.Regexp(t, `^2026-11-22T18:05:00Z nifi/prod: \+.*NIFI-ELECT-001.*; \d findings?\nerror: waiting for the findings to go: context deadline exceeded\n$`, got.stderr)
	got = w.run(t, "diagnose", "prod", "--wait", "--timeout", "4s", "-o", "json")
	assert.Equal(t, "error: waiting for the findings to go: context deadline exceeded\n", got.stderr, "nothing beside a document")
}

func TestDiagnoseWithoutAPIServer(t *testing.T) {
	t.Parallel()
	config := kubetest.WriteKubeconfig(t, api.Cluster{Server: "https://127.0.0.1:1"}, "nifi")
	for _, args := range [][]string{{"prod"}, {"-A"}} {
		got := runWith(t, time.Now(), append([]string{"diagnose", "--kubeconfig", config}, args...)...)
		assert.Equal(t, exitUnreachable, got.code)
		assert.Equal(t, 1, got.lines(), got.stderr)
		assert.Empty(t, got.stdout)
	}
}

func TestDiagnoseUsage(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"error: give one of: a NAME, the cluster's; -A; --pre; --offline\n": {},
		"error: --fail-on must be critical, warning or info, not \"bad\"\n": {"prod", "--fail-on", "bad"},
		"error: --output must be one of text, json, yaml, not \"wide\"\n":   {"prod", "-o", "wide"},
		"error: --timeout must be more than 0, not -1s\n":                   {"prod", "--timeout", "-1s"},
		"error: --offline needs --kustomize\n":                              {"--offline"},
		"error: --kustomize goes with --offline or --pre\n":                 {"prod", "-k", "prod"},
	} {
		got := runWith(t, time.Now(), append([]string{"diagnose"}, args...)...)
		assert.Equal(t, result{stderr: want, code: exitUsage}, got)
	}
}

func TestDiagnoseBeforeTheFirstApply(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args  []string
		stage func(w world)
		code  int
	}{
		"firm":       {},
		"no-storage": {code: 1, stage: func(w world) { w.api.Delete("/apis/storage.k8s.io/v1/storageclasses/fast") }},
		"barren": {code: 1, args: []string{"--storage-class", "slow", "-o", "json"}, stage: func(w world) {
			w.api.Set("/version", map[string]string{"gitVersion": "v1.28.3"})
			w.api.Delete("/apis/cert-manager.io/v1")
			w.api.Delete("/api/v1/namespaces/nifi")
			w.api.Deny("/api/v1/namespaces/nifi/resourcequotas")
		}},
		"no-rights":  {code: 1, stage: func(w world) { w.setReview(false) }},
		"restricted": {stage: func(w world) { w.setNamespace("restricted") }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.setDetail()
			w.setGround()
			if test.stage != nil {
				test.stage(w)
			}
			got := w.run(t, append([]string{"diagnose", "--pre"}, test.args...)...)
			assert.Equal(t, test.code, got.code)
			assertGolden(t, filepath.Join("diagnose-pre", name+".golden"), got.String())
		})
	}
}

// TestDiagnosePodSecurity: before the first apply the pods of an overlay, as
// its owner patched it, are judged by the namespace's label.
func TestDiagnosePodSecurity(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setDetail()
	w.setGround()
	w.setNamespace("baseline")
	dir := filepath.Join(t.TempDir(), "prod")
	made := runWith(t, time.Now(), "init", "prod", "-n", "nifi", "--dir", dir)
	require.Equal(t, exitWell, made.code, made.stderr)
	got := w.run(t, "diagnose", "--pre", "-k", dir)
	assert.Equal(t, exitWell, got.code, got.stdout)

	file := filepath.Join(dir, "kustomization.yaml")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	patch := "patches:\n- target: {kind: StatefulSet}\n  patch: |\n    - {op: add, path: /spec/template/spec/hostNetwork, value: true}\n"
	require.NoError(t, os.WriteFile(file, append(text, patch...), 0o600))
	got = w.run(t, "diagnose", "--pre", "-k", dir)
	assert.Equal(t, exitFailed, got.code)
	assertGolden(t, filepath.Join("diagnose-pre", "host-network.golden"), got.String())
}

func TestDiagnoseOffline(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "prod")
	made := runWith(t, time.Now(), "init", "prod", "-n", "nifi", "--replicas", "3", "--version", "2.3.0", "--dir", dir)
	require.Equal(t, exitWell, made.code, made.stderr)
	got := runWith(t, time.Now(), "diagnose", "--offline", "-k", dir)
	assert.Equal(t, result{stdout: "folder " + dir + ": 1 cluster\n\nNo findings.\n"}, got)

	file := filepath.Join(dir, "kustomization.yaml")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, append(text, "namespace: other\n"...), 0o600))
	got = runWith(t, time.Now(), "diagnose", "--offline", "-k", dir, "-o", "json")
	var d v1.Diagnosis
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &d), got.stderr)
	assert.Equal(t, exitFailed, got.code)
	require.Len(t, d.Findings, 1)
	assert.Equal(t, "NIFI-KUBE-007", d.Findings[0].ID)

	got = runWith(t, time.Now(), "diagnose", "--offline", "-k", t.TempDir())
	assert.Equal(t, exitUsage, got.code)
	assert.Equal(t, 1, got.lines(), got.stderr)
}
