//go:build e2e && faults

package e2e

import (
	"context"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// testOneWayLoss drops all that a node sends to its coordinator. It can't tell
// that, so there is nothing to be done until its packets arrive again.
func testOneWayLoss(t *testing.T, w ward) {
	c := w.chapter(t)
	coordinator, other := w.roles(t)
	began := time.Now()
	mend := w.loses(t, other, coordinator)
	w.becomes(t, other, nifi.Disconnected)
	out := time.Now()
	detected := c.told(t, time.Minute, "Detected", other)
	c.told(t, 2*time.Minute, "Skipped", other)
	assert.Empty(t, c.acts(t), "as long as the network is broken")
	mend()
	mended := time.Now()
	w.becomes(t, other, nifi.Connected)
	back := time.Now()
	w.whole(t, 4*time.Minute)
	c.noRestart(t)
	t.Logf("figure: one-way loss: DISCONNECTED %s after it began, first finding after %s; CONNECTED %s after its end; acts: %q",
		seconds(began, out), seconds(began, detected), seconds(mended, back), c.acts(t))
}

// loses has the lab's network drop packets from one pod to another until it is
// mended, or the test ends.
func (w ward) loses(t *testing.T, from, to string, packets ...string) (mend func()) {
	t.Helper()
	rule := append([]string{"FORWARD", "-s", w.address(t, from), "-d", w.address(t, to)}, packets...)
	rule = append(rule, "-m", "comment", "--comment", w.Namespace, "-j", "DROP")
	iptables := func(verb string) error {
		args := append([]string{"--net=/run/netns/kubectl-nifi-lab", "--", "iptables", "-w", verb}, rule...)
		return exec.CommandContext(context.WithoutCancel(t.Context()), "nsenter", args...).Run() // in a Cleanup, too
	}
	mend = sync.OnceFunc(func() { assert.NoError(t, iptables("-D"), "removing rule %q", rule) })
	t.Cleanup(mend)
	require.NoError(t, iptables("-I"))
	return mend
}

func (w ward) address(t *testing.T, name string) string {
	t.Helper()
	pod, err := w.client.CoreV1().Pods(w.Namespace).Get(t.Context(), name, metav1.GetOptions{})
	require.NoError(t, err)
	return pod.Status.PodIP
}
