//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// testOperations changes a cluster of four nodes, and no FlowFile may be lost:
// a scale down that is killed and resumed, one that nobody drained, a restart.
func testOperations(t *testing.T, c cluster) {
	l := newLedger(t, c, 4000)
	then(t, "scale, killed", func(t *testing.T) {
		killed := c.start(t, "scale", c.Cluster, "--replicas", "3", "-y")
		killed.says(t, `(?m)^offload prod-3`)
		second := c.failing(t, "scale", c.Cluster, "--replicas", "2", "-y")
		assert.Contains(t, second.errOut, "is being changed by", "by whom, since when, for what")
		killed.kill(t)
		assert.Regexp(t, `scale --replicas 3 +(running|cut)`, c.does(t, "operations", c.Cluster).out)
		done := c.does(t, "scale", c.Cluster, "--replicas", "3", "-y", "--dir", c.dir)
		assert.Equal(t, "cluster prod has 3 nodes\n", done.out)
		c.waitConnected(t, 3, time.Minute)
		c.drained(t, "state-prod-3")
		assert.Empty(t, kubectl(t, "diff", "-k", c.dir).out, "the overlay says the same")
	})
	then(t, "scaled by somebody else", func(t *testing.T) {
		kubectl(t, "-n", namespace, "scale", "statefulset", c.Cluster, "--replicas", "2")
		c.waitGone(t, c.Pod(2))
		refused := c.failing(t, "scale", c.Cluster, "--replicas", "1", "-y")
		assert.Contains(t, refused.errOut, "kubectl nifi rescue")
		assert.Equal(t, "prod-2: drained\n", c.does(t, "rescue", c.Cluster, "-y").out)
		c.waitConnected(t, 2, time.Minute)
		c.drained(t, "state-prod-2")
	})
	then(t, "restart", func(t *testing.T) {
		uid := c.pods(t)[c.Pod(1)].UID
		assert.Equal(t, "prod-1: restarted\n", c.does(t, "restart", c.Cluster, "prod-1", "--drain", "-y").out)
		c.waitConnected(t, 2, time.Minute)
		assert.NotEqual(t, uid, c.pods(t)[c.Pod(1)].UID)
	})
	then(t, "no FlowFile lost", l.settle)
}

// testRequireDrain lets an admission policy refuse what loses FlowFiles.
func testRequireDrain(t *testing.T, c cluster) {
	document := c.dir + "/nificluster.yaml"
	edit(t, document, "spec:\n", "spec:\n  requireDrain: true\n")
	c.nifi(t, "init", c.Cluster, "--dir", c.dir, "--replicas", "2")
	kubectl(t, "apply", "-k", c.dir)
	eventually(t, time.Minute, "a refusal", func(context.Context) error {
		r := run(t, "kubectl", "-n", namespace, "scale", "statefulset", c.Cluster, "--replicas", "1", "--dry-run=server")
		if r.code == 0 {
			return fmt.Errorf("the policy isn't in force yet")
		}
		assert.Contains(t, r.errOut, "use kubectl nifi scale prod -n e2e --replicas 1")
		return nil
	})
	assert.Equal(t, "cluster prod has 1 node\n", c.does(t, "scale", c.Cluster, "--replicas", "1", "-y", "--delete-volumes", "--dir", c.dir).out)
	_, err := c.client.CoreV1().PersistentVolumeClaims(namespace).Get(t.Context(), "state-prod-1", metav1.GetOptions{})
	assert.True(t, apierrors.IsNotFound(err), "its volume was empty and is gone: %v", err)
	assert.Contains(t, c.failing(t, "offload", c.Cluster, "prod-0", "-y").errOut, "no CONNECTED node would be left")
}

// does runs the plugin about the cluster and demands success.
func (c cluster) does(t *testing.T, args ...string) result {
	t.Helper()
	return c.nifi(t, append(args, "-n", namespace)...)
}

// failing runs it and demands exit code 1.
func (c cluster) failing(t *testing.T, args ...string) result {
	t.Helper()
	r := run(t, c.plugin, append(args, "-n", namespace)...)
	require.Equal(t, 1, r.code, "%s%s", r.out, r.errOut)
	return r
}

// drained waits until a claim says that its volume is empty.
func (c cluster) drained(t *testing.T, claim string) {
	t.Helper()
	found, err := c.client.CoreV1().PersistentVolumeClaims(namespace).Get(t.Context(), claim, metav1.GetOptions{})
	require.NoError(t, err)
	assert.NotEmpty(t, found.Annotations["kubectl-nifi.dev/drained"])
}

func (c cluster) waitGone(t *testing.T, pod string) {
	t.Helper()
	eventually(t, 2*time.Minute, "no pod "+pod, func(ctx context.Context) error {
		_, err := c.client.CoreV1().Pods(namespace).Get(ctx, pod, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return nil
		}
		return fmt.Errorf("it is still there: %v", err)
	})
}

// running is a run of the plugin that hasn't ended.
type running struct {
	command *exec.Cmd
	errOut  *lockedBuffer
}

func (c cluster) start(t *testing.T, args ...string) running {
	t.Helper()
	r := running{exec.CommandContext(t.Context(), c.plugin, append(args, "-n", namespace)...), &lockedBuffer{}}
	r.command.Stderr = r.errOut
	require.NoError(t, r.command.Start())
	t.Cleanup(func() { _ = r.command.Process.Kill() }) // it has ended
	return r
}

// says waits for a line of standard error, and is back within milliseconds: who
// kills the process then wants it in the middle of that step.
func (r running) says(t *testing.T, pattern string) {
	t.Helper()
	line := regexp.MustCompile(pattern)
	require.Eventually(t, func() bool { return line.MatchString(r.errOut.String()) }, 2*time.Minute, 5*time.Millisecond,
		"%q isn't in what it says", pattern)
}

// kill ends it with SIGKILL: it can't clean up.
func (r running) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, r.command.Process.Kill())
	require.Error(t, r.command.Wait())
}

// lockedBuffer is written by one goroutine and read by another.
type lockedBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// edit replaces the first of a text in a file.
func edit(t *testing.T, file, old, text string) {
	t.Helper()
	before, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(before), old)
	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(before), old, text, 1)), 0o600))
}
