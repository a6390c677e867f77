//go:build e2e && faults

package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// testCut loses the root again. Paused, the healer only says so. Then it is ended
// with SIGKILL after its first restart and before its second: whoever comes after
// it goes on, and restarts nobody twice.
func testCut(t *testing.T, w ward) {
	c := w.chapter(t)
	_, other := w.roles(t)
	w.nifi(t, "healer", "pause", w.Cluster, "-n", w.Namespace, "--reason", "a test", "--for", "1h")
	w.reroots(t, other)
	c.told(t, 6*time.Minute, "Detected", "NIFI-TLS-022")
	c.told(t, 2*time.Minute, "SkippedRestartForTrust", "paused")
	assert.Empty(t, c.acts(t), "paused, it only looks")
	restarts := w.restarts(t, w.members(t))
	first := w.healerPID(t, 0)
	w.nifi(t, "healer", "resume", w.Cluster, "-n", w.Namespace)
	resumed := time.Now()
	eventually(t, 6*time.Minute, "a first restart", func(context.Context) error {
		if sum(restarts()) == 0 {
			return fmt.Errorf("there was none")
		}
		return nil
	})
	require.NoError(t, syscall.Kill(first, syscall.SIGKILL))
	require.Equal(t, 1, sum(restarts()), "killed before its second restart")
	killed := time.Now()
	w.healerPID(t, first)
	w.anew(t, c.lives, w.members(t)...)
	w.enroll(t)
	w.whole(t, 8*time.Minute)
	want := map[string]int{other: 0}
	for _, pod := range w.others(other) {
		want[pod] = 1
	}
	assert.Equal(t, want, restarts())
	t.Logf("figure: a new root, the healer killed %s after it was resumed, between its two restarts: all three CONNECTED %s later, each of the others restarted once; the healers did %q",
		seconds(resumed, killed), seconds(killed, time.Now()), c.acts(t))
}

// restarts tells how many pods of each name were made since it was called.
func (w ward) restarts(t *testing.T, pods []string) func() map[string]int {
	t.Helper()
	born := map[string]func() []string{}
	for _, pod := range pods {
		born[pod] = w.births(t, t.Context(), pod)
	}
	return func() map[string]int {
		all := map[string]int{}
		for pod, births := range born {
			all[pod] = len(births())
		}
		return all
	}
}

func sum(all map[string]int) (total int) {
	for _, one := range all {
		total += one
	}
	return total
}

// testPersonInTheMiddle loses the root of a cluster of four: of three, the last
// but one to be restarted is out already when the first one is, and NiFi lets
// nobody disconnect its last node. While one node restarts for trust, a person
// takes out the next one. It is left alone, with its old root.
func testPersonInTheMiddle(t *testing.T, w ward) {
	kubectl(t, "-n", w.Namespace, "scale", "statefulset", w.StatefulSet(), "--replicas", "4")
	w.enters(t)
	w.whole(t, 4*time.Minute)
	c := w.chapter(t)
	coordinator, _ := w.roles(t)
	rest := slices.DeleteFunc(w.members(t), func(pod string) bool { return pod == coordinator })
	persons, first, renewed := rest[0], rest[1], rest[2] // the highest ordinal is restarted first
	id := w.becomes(t, persons, nifi.Connected)
	began := w.reroots(t, renewed)
	c.told(t, 6*time.Minute, "Detected", "NIFI-TLS-022")
	restarts := w.restarts(t, w.members(t))
	w.anew(t, c.lives, first)
	w.takesOut(t, coordinator, persons, id)
	c.told(t, 2*time.Minute, "Detected", persons, "NIFI-NODE-001")
	w.anew(t, c.lives, coordinator)
	w.enroll(t)
	w.in(t, 6*time.Minute, coordinator, first, renewed)
	c.told(t, 2*time.Minute, "Recovered", "(restart for trust)")
	assert.Equal(t, map[string]int{persons: 0, first: 1, renewed: 0, coordinator: 1}, restarts())
	assert.Contains(t, w.health(t, persons), "DISCONNECTED")
	memory, err := w.memory(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{persons}, memory.Out, "a person's")
	t.Logf("figure: a new root for four nodes, one taken out by a person while another restarted: the other three CONNECTED after %s, that one left as it was; the healer did %q",
		seconds(began, time.Now()), c.acts(t))
	w.deletes(t, persons, 0)
	w.whole(t, 6*time.Minute)
	assert.Equal(t, map[string]int{persons: 1, first: 1, renewed: 0, coordinator: 1}, restarts(), "by hand alone")
}

// takesOut asks the coordinator for a node's disconnection, as a person does,
// until that is out: a coordinator whose nodes are away answers late.
func (w ward) takesOut(t *testing.T, coordinator, pod, id string) {
	t.Helper()
	eventually(t, 2*time.Minute, pod+" out", func(ctx context.Context) error {
		if strings.Contains(w.health(t, pod), "DISCONNECTED") {
			return nil
		}
		if _, err := w.apis[coordinator].SetNodeStatus(ctx, id, nifi.Disconnecting); err != nil {
			return err
		}
		return fmt.Errorf("it has been asked to go")
	})
}

// in waits until these pods' nodes are CONNECTED, whatever the others are.
func (w ward) in(t *testing.T, patience time.Duration, pods ...string) {
	t.Helper()
	eventually(t, patience, strings.Join(pods, ", ")+" CONNECTED", func(ctx context.Context) error {
		nodes, err := w.nodes(ctx)
		if err != nil {
			return err
		}
		for _, pod := range pods {
			if status := nodes[pod].Status; status != nifi.Connected {
				return fmt.Errorf("%s is %s", pod, status)
			}
		}
		return nil
	})
}

// health is a node's own word about itself, which needs no certificate.
func (w ward) health(t *testing.T, pod string) string {
	t.Helper()
	return kubectl(t, "-n", w.Namespace, "exec", pod, "-c", w.Container(), "--", "curl", "-sS", "-m", "10", "http://127.0.0.1:52020/health/cluster").out
}
