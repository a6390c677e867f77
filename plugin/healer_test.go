package plugin

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/healer/policy"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

func TestHealerInstall(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "healer")
	install := func(more ...string) result {
		return runWith(t, time.Time{}, append([]string{"healer", "install", "-n", "nifi", "--dir", dir}, more...)...)
	}
	got := install()
	require.Zero(t, got.code, got.stderr)
	assert.Equal(t, dir+"\n", got.stdout, "the path alone, for kubectl apply -k")
	assert.Contains(t, got.stderr, "image ghcr.io/kubectl-nifi/nifi-healer:devel, namespace nifi")
	deployment, err := os.ReadFile(filepath.Join(dir, "generated", "deployment.yaml"))
	require.NoError(t, err)
	assert.Contains(t, string(deployment), "replicas: 1\n")

	got = install("--replicas", "2", "-A", "--image", "example.org/healer@sha256:abc")
	require.Zero(t, got.code, got.stderr)
	deployment, err = os.ReadFile(filepath.Join(dir, "generated", "deployment.yaml"))
	require.NoError(t, err)
	assert.Contains(t, string(deployment), `image: "example.org/healer@sha256:abc"`)
	assert.FileExists(t, filepath.Join(dir, "generated", "components", "cluster-wide", "kustomization.yaml"))
	assert.FileExists(t, filepath.Join(dir, "generated", "components", "leader-election", "lease.yaml"))
}

func TestHealerTag(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{"v1.2.3": "v1.2.3", "(devel)": "devel", "v0.0.0-2026+dirty": "devel", "v1.2.3-rc.1": "devel"} {
		assert.Equal(t, want, healerTag(version), version)
	}
}

func TestHealerBadInput(t *testing.T) {
	t.Parallel()
	foreign := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(foreign, "notes.txt"), nil, 0o600))
	for name, test := range map[string]struct {
		args string
		code int
		says string
	}{
		"no such verb":      {"healer instal", exitUsage, "did you mean install?"},
		"argument":          {"healer install prod", exitUsage, "takes no arguments"},
		"no replicas":       {"healer install --replicas 0", exitUsage, "--replicas must be 1 to 5, not 0"},
		"many replicas":     {"healer install --replicas 6", exitUsage, "--replicas must be 1 to 5, not 6"},
		"namespace":         {"healer install -n Ni_Fi", exitUsage, "--namespace"},
		"image":             {"healer install --image a\"b", exitUsage, "is no image reference"},
		"foreign folder":    {"healer install --dir " + foreign, exitUsage, "isn't nifi-healer's; choose another with --dir"},
		"pause nobody":      {"healer pause --reason x", exitUsage, "takes one NAME"},
		"pause no reason":   {"healer pause prod", exitUsage, "--reason is required"},
		"pause for nothing": {"healer pause prod --reason x --for 0s", exitUsage, "--for must be more than 0"},
		"resume two":        {"healer resume prod test", exitUsage, "takes one NAME"},
		"status of two":     {"healer status prod test", exitUsage, "at most one NAME"},
		"explain what":      {"healer explain prod", exitUsage, "takes no arguments"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := runWith(t, time.Time{}, strings.Fields(test.args)...)
			assert.Equal(t, test.code, got.code)
			assert.Contains(t, got.stderr, test.says)
			assert.Equal(t, 1, got.lines(), got.stderr)
			assert.Empty(t, got.stdout)
		})
	}
}

func TestHealerExplain(t *testing.T) {
	t.Parallel()
	got := runWith(t, time.Time{}, "healer", "explain")
	assert.Equal(t, result{stdout: policy.Explain()}, got)
	assert.Contains(t, got.stdout, string(findings.Hung))
}

// setLock stores the operation Lease with annotations.
func (w world) setLock(annotations map[string]string) {
	lease := coordinationv1.Lease{
		TypeMeta:   metav1.TypeMeta{APIVersion: "coordination.k8s.io/v1", Kind: "Lease"},
		ObjectMeta: w.metadata(w.names.OperationLease(), nil),
	}
	lease.Annotations = annotations
	w.api.Set(w.path("apis/coordination.k8s.io/v1", "leases", w.names.OperationLease()), lease)
}

// setHealer stores the healer's Deployment.
func (w world) setHealer(ready int32) {
	d := appsv1.Deployment{
		TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"}, ObjectMeta: metav1.ObjectMeta{Name: healerDeployment, Namespace: w.names.Namespace},
	}
	d.Spec.Template.Spec.Containers = []corev1.Container{{Image: "example.org/nifi-healer:v1.2.3"}}
	d.Status.ReadyReplicas = ready
	w.api.Set(w.path("apis/apps/v1", "deployments", healerDeployment), d)
}

// setTold stores what the healer told some time ago.
func (w world) setTold(name string, ago time.Duration, reason, message string) {
	w.api.Set(w.path("api/v1", "events", name), corev1.Event{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Event"}, ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: w.names.Namespace},
		InvolvedObject: corev1.ObjectReference{Kind: "StatefulSet", Name: w.names.Cluster}, Reason: reason, Message: message,
		Count: 2, LastTimestamp: metav1.NewTime(w.now.Add(-ago)), ReportingController: healerDeployment,
	})
}

func (w world) healing(stage policy.Stage) map[string]string {
	memory := policy.Memory{Incidents: []policy.Incident{{
		ID: "4f2c", Pod: "prod-1", Finding: findings.Hung, Stage: stage, Since: w.now.Add(-90 * time.Second), News: string(stage),
		Act: &policy.Intent{Deed: policy.Restart, Pods: []string{"prod-1"}},
	}}}
	return map[string]string{policy.AnnotationIncident: memory.Encode()}
}

func TestHealerStatus(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args  []string
		stage func(w world)
	}{
		"none": {nil, func(w world) { w.setLock(nil) }},
		"all": {nil, func(w world) {
			w.setHealer(1)
			w.setLock(w.healing(policy.Acted))
			w.setTold("b", time.Minute, "ActedRestart", "prod-1: evicted")
			w.setTold("a", 2*time.Minute, "VerdictRestart", "prod-1: heartbeat 65 s old")
		}},
		"one": {[]string{"prod"}, func(w world) {
			w.setHealer(1)
			w.setStatefulSet(3, func(set *appsv1.StatefulSet) { set.Annotations[topology.AnnotationHealerMode] = "suggest" })
			w.setLock(w.healing(policy.Escalated))
			w.setTold("a", 2*time.Minute, "Escalated", "prod-1: 3 attempts did not help")
		}},
		"paused": {[]string{"prod"}, func(w world) {
			w.setHealer(0)
			w.setLock(map[string]string{policy.AnnotationPaused: policy.Pause{By: "kim@laptop", Reason: "new storage", Until: w.now.Add(time.Hour)}.Encode()})
		}},
		"pause-over": {[]string{"prod"}, func(w world) {
			w.setHealer(1)
			w.setLock(map[string]string{policy.AnnotationPaused: policy.Pause{Reason: "new storage", Until: w.now.Add(-time.Hour)}.Encode()})
		}},
		"garbage": {[]string{"prod"}, func(w world) {
			w.setHealer(1)
			w.setLock(map[string]string{policy.AnnotationPaused: "tomorrow", policy.AnnotationIncident: "{"})
		}},
		"no-lease":  {[]string{"prod"}, func(w world) { w.setHealer(1) }},
		"no-events": {[]string{"prod"}, func(w world) { w.setHealer(1); w.setLock(nil); w.api.Deny("/api/v1/namespaces/nifi/events") }},
		"absent":    {[]string{"absent"}, func(w world) { w.setHealer(1) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorldOf(t, 1)
			test.stage(w)
			got := w.run(t, append([]string{"healer", "status"}, test.args...)...)
			assertGolden(t, "healer/"+name+".golden", got.String())
		})
	}
}

func TestHealerPauseAndResume(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, 1)
	w.setLock(map[string]string{"theirs": "stays"})
	annotations := func() map[string]string {
		var lease coordinationv1.Lease
		w.api.Read(t, w.path("apis/coordination.k8s.io/v1", "leases", w.names.OperationLease()), &lease)
		return lease.Annotations
	}
	got := w.run(t, "healer", "pause", "prod", "--reason", "new storage", "--for", "90m")
	require.Zero(t, got.code, got.stderr)
	until := w.now.Add(90 * time.Minute).UTC().Truncate(time.Second)
	assert.Equal(t, "prod: paused until "+until.Format(time.RFC3339)+": new storage\n", got.stdout)
	pause, err := policy.ParsePause(annotations()[policy.AnnotationPaused])
	require.NoError(t, err)
	assert.Equal(t, policy.Pause{Reason: "new storage", Until: until}, *pause)

	got = w.run(t, "healer", "resume", "prod")
	assert.Equal(t, result{stdout: "prod: not paused\n"}, got)
	assert.Equal(t, map[string]string{"theirs": "stays"}, annotations())

	got = w.run(t, "healer", "pause", "absent", "--reason", "x")
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, got.stderr, `is there a cluster "absent" in namespace "nifi"?`)
}
