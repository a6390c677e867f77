package plugin

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube/kubetest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
)

// setOperation lets somebody hold the cluster's lock; nobody with "".
func (w world) setOperation(holder string, seconds int32) {
	since, renewed := metav1.NewMicroTime(w.now.Add(-5*time.Minute)), metav1.NewMicroTime(w.now.Add(-time.Second))
	w.api.Set(w.path("apis/coordination.k8s.io/v1", "leases", w.names.OperationLease()), coordinationv1.Lease{
		TypeMeta:   metav1.TypeMeta{APIVersion: "coordination.k8s.io/v1", Kind: "Lease"},
		ObjectMeta: w.metadata(w.names.OperationLease(), nil),
		Spec: coordinationv1.LeaseSpec{
			HolderIdentity: &holder, AcquireTime: &since, RenewTime: &renewed, LeaseDurationSeconds: &seconds,
		},
	})
}

func TestStatusWatchLines(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setOperation("", 15) // shipped with no holder
	s := w.start(t, "status", "prod", "-w")
	s.out.wait(t, "3 of 3 nodes connected")
	for range 3 {
		s.tick(t)
	}
	assert.Equal(t, "2026-11-22T18:05:00Z Running, 3 of 3 nodes connected; coordinator prod-0; primary prod-1; queued 0 / 0 B\n",
		s.out.String(), "a line only when something changes")
	w.nifi.Node(1).Edit(func(n *nifi.Node) { n.FlowFilesQueued, n.BytesQueued = 1333, 1_363_149 })
	s.tickUntil(t, s.out, "queued 1333 / 1.3 MiB")
	w.nifi.Node(1).Edit(func(n *nifi.Node) { n.FlowFilesQueued = 1400 })
	for range 3 {
		s.tick(t)
	}
	assert.Equal(t, 2, strings.Count(s.out.String(), "\n"), "more in the queue is no change: %s", s.out)
	w.setOperation("kim@laptop", 15)
	s.tickUntil(t, s.out, "; operation: by kim@laptop, since 2026-11-22T18:00:00Z; ")
	w.disconnect(t, 2)
	s.tickUntil(t, s.out, "Error, 2 of 3 nodes connected, not prod-2; prod-2 is DISCONNECTED; ")
	w.setCertificate(w.names.NodeSecret(1), time.Hour)
	s.tickUntil(t, s.out, "prod-1-tls expires 2026-11-22T19:05:00Z")
	w.api.Deny("/api/v1/namespaces/nifi/pods")
	s.tickUntil(t, s.out, "pods: listing pods: /api/v1/namespaces/nifi/pods is forbidden")
	w.api.Delete(w.path("apis/apps/v1", "statefulsets", "prod"))
	s.tickUntil(t, s.out, "Error, there is no StatefulSet; ")
	assert.Equal(t, exitWell, s.end(t))
	assert.Empty(t, s.errOut.String())
}

func TestStatusWatchKeepsConnections(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.start(t, "status", "prod", "-w")
	s.out.wait(t, "3 of 3 nodes connected")
	for range 5 {
		s.tick(t)
	}
	assert.Equal(t, exitWell, s.end(t))
	assert.Equal(t, 3, w.api.Upgrades("websocket"), "one port-forward a pod")
}

func TestStatusWatchOutlivesFailures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.start(t, "status", "prod", "-w")
	s.out.wait(t, "3 of 3 nodes connected")
	for ordinal := range 3 {
		w.setPod(ordinal, notReady)
		w.nifi.Node(ordinal).SetFault(nifitest.Drop())
	}
	s.tickUntil(t, s.out, "Error, 0 of 3 nodes ready")
	s.out.clear()
	for ordinal := range 3 {
		w.setPod(ordinal, func(*corev1.Pod) {})
		w.nifi.Node(ordinal).SetFault(nil)
	}
	s.tickUntil(t, s.out, "Running, 3 of 3 nodes connected; coordinator prod-0; primary prod-1; queued 0 / 0 B\n")
	assert.Equal(t, exitWell, s.end(t))
}

func TestStatusWatchOnTerminal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.startOn(t, func() (int, int, error) { return 200, 50, nil }, "status", "prod", "-w", "--interval", "1s")
	s.out.wait(t, "every 1s")
	w.setOperation("kim@laptop", 15)
	s.tickUntil(t, s.out, "kim@laptop")
	drawn := s.out.String()
	w.setOperation("", 15)
	w.disconnect(t, 2)
	s.tickUntil(t, s.out, "DISCONNECTED")
	assert.Equal(t, exitWell, s.end(t))
	changes := strings.TrimPrefix(s.out.String(), drawn)
	assert.NotContains(t, changes, "NiFi:  ", "lines that are the same aren't written again")

	terminal := &emulator{}
	terminal.feed(t, s.out.String())
	assert.False(t, terminal.hidden, "the terminal is given back")
	assert.False(t, terminal.cut)
	shown := strings.Join(terminal.rows, "\n")
	once := w.run(t, "status", "prod", "--color", "never")
	for line := range strings.Lines(once.stdout) {
		assert.Contains(t, shown, strings.TrimRight(line, "\n"))
	}
	assert.NotContains(t, shown, "kim@laptop", "what was there before is gone")
}

func TestStatusWatchThatCannotStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.run(t, "status", "nope", "-w")
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, got.stderr, `no NiFi cluster "nope"`)
	config := kubetest.WriteKubeconfig(t, api.Cluster{Server: "https://127.0.0.1:1"}, "nifi")
	assert.Equal(t, exitUnreachable, runWith(t, w.now, "status", "prod", "-w", "--kubeconfig", config).code)
}
