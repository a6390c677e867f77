//go:build e2e && faults

package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-nifi/kubectl-nifi/healer/policy"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// hang stops a node's JVM. What still hangs when the test has failed goes.
func (w ward) hang(t *testing.T, pod string) time.Time {
	t.Helper()
	w.signal(t, pod, nifiProcess, syscall.SIGSTOP)
	t.Cleanup(func() {
		if now := int64(0); t.Failed() {
			_ = w.client.CoreV1().Pods(w.Namespace).Delete(context.WithoutCancel(t.Context()), pod, metav1.DeleteOptions{GracePeriodSeconds: &now})
		}
	})
	return time.Now()
}

// testHung hangs a JVM and measures how soon the healer has it back.
func testHung(t *testing.T, w ward, pod string) {
	w.ripe(t, pod)
	c := w.chapter(t)
	began := w.hang(t, pod)
	detected := c.told(t, 2*time.Minute, "Detected", pod)
	verdict := c.told(t, 3*time.Minute, "VerdictRestart", pod)
	acted := c.told(t, 3*time.Minute, "ActedRestart", pod)
	w.becomes(t, pod, nifi.Connected)
	back := time.Now()
	w.whole(t, 2*time.Minute)
	assert.Len(t, c.acts(t), 1)
	assert.NotEqual(t, c.lives[pod], w.lives(t)[pod])
	t.Logf("figure: hung JVM: first finding after %s, verdict after %s, restart after %s, CONNECTED after %s",
		seconds(began, detected), seconds(began, verdict), seconds(began, acted), seconds(began, back))
}

// testHungCoordinator hangs the coordinator. The others' heartbeats wait for its
// answer, up to 45 s each, and so do the next coordinator's reports of events, so
// that one that is well may be out for minutes, too: a storm, in which the healer
// does nothing until the kubelet's liveness probe has the process started again.
// Either way it comes back, and nobody else is restarted.
func testHungCoordinator(t *testing.T, w ward) {
	coordinator, _ := w.roles(t)
	w.ripe(t, coordinator)
	c := w.chapter(t)
	began := w.hang(t, coordinator)
	c.told(t, 2*time.Minute, "Detected", coordinator)
	recovered := c.told(t, 15*time.Minute, "Recovered", coordinator)
	w.whole(t, 4*time.Minute)
	lives := w.lives(t)
	assert.NotEqual(t, c.lives[coordinator], lives[coordinator])
	for _, pod := range w.others(coordinator) {
		assert.Equal(t, c.lives[pod], lives[pod], "%s was not restarted", pod)
	}
	t.Logf("figure: hung coordinator: well again after %s; the healer did %q", seconds(began, recovered), c.acts(t))
}

// fresh is a node that isn't the coordinator, by preference one that wasn't
// healed lately.
func (w ward) fresh(t *testing.T) string {
	t.Helper()
	coordinator, _ := w.roles(t)
	memory, err := w.memory(t.Context())
	require.NoError(t, err)
	others := w.others(coordinator)
	for _, pod := range others {
		if !slices.ContainsFunc(memory.Healed, func(h policy.Healed) bool { return h.Pod == pod }) {
			return pod
		}
	}
	return others[0]
}

// testStorm hangs two nodes at once. That isn't one node's trouble.
func testStorm(t *testing.T, w ward) {
	coordinator, _ := w.roles(t)
	gone := w.others(coordinator)
	c := w.chapter(t)
	began := time.Now()
	for _, pod := range gone {
		w.hang(t, pod)
	}
	frozen := c.told(t, 9*time.Minute, "SkippedRestart", "frozen", "2 of 3 nodes")
	for _, pod := range gone {
		w.signal(t, pod, nifiProcess, syscall.SIGCONT)
	}
	w.whole(t, 4*time.Minute)
	c.handsOff(t)
	t.Logf("figure: two of three hung: frozen after %s, no act", seconds(began, frozen))
}

// testHeldBack hangs a node while somebody holds the cluster's lock and the
// StatefulSet rolls out. The healer waits for both, and then acts.
func testHeldBack(t *testing.T, w ward, pod string) {
	w.ripe(t, pod)
	w.lock(t, "somebody@desk")
	t.Cleanup(func() { w.lock(t, "") })
	rollout := func(annotation, strategy string) {
		w.patch(t, "statefulset", w.Cluster, fmt.Sprintf(`{"spec":{"updateStrategy":{"rollingUpdate":%s},"template":{"metadata":{"annotations":{"e2e":%s}}}}}`, strategy, annotation))
	}
	rollout(`"again"`, `{"partition":3}`)
	c := w.chapter(t)
	w.hang(t, pod)
	c.told(t, 5*time.Minute, "SkippedRestart", pod, "somebody@desk holds the cluster's lock")
	c.handsOff(t)
	w.lock(t, "")
	c.told(t, time.Minute, "SkippedRestart", pod, "the StatefulSet rolls out")
	c.handsOff(t)
	rollout("null", "null")
	c.told(t, time.Minute, "ActedRestart", pod)
	w.whole(t, 4*time.Minute)
	assert.Len(t, c.acts(t), 1)
}

// lock has somebody hold the operation lock, or nobody ("").
func (w ward) lock(t *testing.T, holder string) {
	t.Helper()
	patch := `{"spec":null}`
	if holder != "" {
		now := time.Now().UTC().Format("2006-01-02T15:04:05.000000Z07:00")
		patch = fmt.Sprintf(`{"spec":{"holderIdentity":%q,"leaseDurationSeconds":3600,"acquireTime":%q,"renewTime":%q}}`, holder, now, now)
	}
	_, err := w.client.CoordinationV1().Leases(w.Namespace).Patch(context.WithoutCancel(t.Context()), w.OperationLease(), // in a Cleanup, too
		types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	assert.NoError(t, err)
}

// testHealerKilled ends the healer's process with SIGKILL after its verdict,
// when it has written down what it is about to do, and when the node was
// restarted. Whoever comes after it must not do it again. A healer that finds
// what was never done waits a minute before it does it, and starts ever later for
// having been killed: the kubelet's liveness probe may be the one to restart NiFi.
func testHealerKilled(t *testing.T, w ward, pod string) {
	w.ripe(t, pod)
	c := w.chapter(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	born := w.births(t, ctx, pod)
	w.hang(t, pod)
	c.told(t, 4*time.Minute, "VerdictRestart", pod)
	intended := w.intent(t, ctx)
	first := w.healerPID(t, 0)
	require.NoError(t, syscall.Kill(first, syscall.SIGKILL))
	second := w.healerPID(t, first)
	select {
	case <-intended:
	case <-time.After(4 * time.Minute):
		require.Fail(t, "the healer didn't write down what it is about to do")
	}
	require.NoError(t, syscall.Kill(second, syscall.SIGKILL))
	third := w.healerPID(t, second)
	eventually(t, 6*time.Minute, "another life of "+pod, func(context.Context) error {
		if w.lives(t)[pod] == c.lives[pod] {
			return fmt.Errorf("still the one that hangs")
		}
		return nil
	})
	require.NoError(t, syscall.Kill(third, syscall.SIGKILL))
	w.whole(t, 6*time.Minute)
	restarts := w.kubeletRestarts(t, pod)
	assert.EqualValues(t, 1, int(restarts)+len(born()), "new pods %s: %q, and restarts of NiFi in the present one: %d", pod, born(), restarts)
	t.Logf("figure: healer killed three times around one restart: %d new pod, %d restart by the kubelet, told of %q", len(born()), restarts, c.acts(t))
}

// kubeletRestarts is how often the kubelet has restarted NiFi in a pod.
func (w ward) kubeletRestarts(t *testing.T, name string) int32 {
	t.Helper()
	pod, err := w.client.CoreV1().Pods(w.Namespace).Get(t.Context(), name, metav1.GetOptions{})
	require.NoError(t, err)
	for _, container := range pod.Status.ContainerStatuses {
		if container.Name == "nifi" {
			return container.RestartCount
		}
	}
	require.Fail(t, "pod "+name+" has no container nifi")
	return 0
}

// births tells how many pods of a name were made since it was called.
func (w ward) births(t *testing.T, ctx context.Context, pod string) func() []string {
	t.Helper()
	list := metav1.ListOptions{FieldSelector: "metadata.name=" + pod}
	before, err := w.client.CoreV1().Pods(w.Namespace).List(ctx, list)
	require.NoError(t, err)
	list.ResourceVersion = before.ResourceVersion
	changes, err := w.client.CoreV1().Pods(w.Namespace).Watch(ctx, list)
	require.NoError(t, err)
	var mu sync.Mutex
	var born []string
	go func() {
		for change := range changes.ResultChan() {
			if made, ok := change.Object.(*corev1.Pod); ok && change.Type == "ADDED" {
				mu.Lock()
				born = append(born, string(made.UID))
				mu.Unlock()
			}
		}
	}()
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return born
	}
}

// intent is closed once the healer has written down what it is about to do.
func (w ward) intent(t *testing.T, ctx context.Context) <-chan struct{} {
	t.Helper()
	changes, err := w.client.CoordinationV1().Leases(w.Namespace).Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + w.OperationLease()})
	require.NoError(t, err)
	written := make(chan struct{})
	go func() {
		defer close(written) // also if the watch ends: what follows will tell
		for change := range changes.ResultChan() {
			if lease, ok := change.Object.(*coordinationv1.Lease); ok && strings.Contains(lease.Annotations[policy.AnnotationIncident], `"act":`) {
				return
			}
		}
	}()
	return written
}

// healerPID waits for a healer that is another process than the last one.
func (w ward) healerPID(t *testing.T, last int) (pid int) {
	t.Helper()
	pod := w.healerPod(t)
	eventually(t, 2*time.Minute, "a healer", func(context.Context) error {
		if pid = processOf(t, pod.UID, healerProcess); pid == 0 || pid == last {
			return fmt.Errorf("it hasn't started again")
		}
		return nil
	})
	return pid
}

func (w ward) healerPod(t *testing.T) corev1.Pod {
	t.Helper()
	list, err := w.client.CoreV1().Pods(w.Namespace).List(t.Context(), metav1.ListOptions{LabelSelector: "app.kubernetes.io/name=nifi-healer"})
	require.NoError(t, err)
	require.Len(t, list.Items, 1)
	return list.Items[0]
}
