//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest/contract"
)

// TestCluster takes one three-node cluster through its life. The scenarios
// build on each other, so they run in this order, and end with the first that fails.
func TestCluster(t *testing.T) {
	l := openLab(t)
	l.freshNamespace(t)
	prod, applied := l.render(t, "prod", 3, "--create-namespace")
	assert.NotContains(t, applied.errOut, "Warning", "the API server has nothing to say")
	ids := prod.waitConnected(t, 3, 10*time.Minute)
	prod.logStart(t)

	step := func(name string, test func(t *testing.T)) { l.step(t, prod.Names, name, test) }
	step("status", func(t *testing.T) { testStatus(t, prod) })
	step("no finding after the start", func(t *testing.T) { testHealthy(t, prod) })
	step("certs", func(t *testing.T) { testCerts(t, prod) })
	step("get and logs", func(t *testing.T) { testGetAndLogs(t, prod) })
	step("contract", func(t *testing.T) { testContract(t, prod) })
	step("restricted profile", func(t *testing.T) { testRestrictedProfile(t, prod) })
	step("apply again", func(t *testing.T) { testApplyAgain(t, prod) })
	step("flow", func(t *testing.T) { testFlow(t, prod) })
	step("NiFi's own token", func(t *testing.T) { testDenials(t, prod) })
	step("all certificates renewed", func(t *testing.T) { testRenew(t, prod) })
	step("no finding after a renewal", func(t *testing.T) { testHealthy(t, prod) })
	step("published anchors", func(t *testing.T) { testTrustCommands(t, prod) })
	step("credentials", func(t *testing.T) { testCredentials(t, prod) })
	step("rotation", func(t *testing.T) { testRotation(t, prod, ids) })
	step("no finding after a rotation", func(t *testing.T) { testHealthy(t, prod) })
	step("new node", func(t *testing.T) { testNewNode(t, prod, ids) })
	step("no finding after scaling", func(t *testing.T) { testHealthy(t, prod) })
	step("operations", func(t *testing.T) { testOperations(t, prod) })
	step("no finding after operations", func(t *testing.T) { testHealthy(t, prod) })
	step("healer", func(t *testing.T) { testHealer(t, prod) })
	step("support bundle", func(t *testing.T) { testSupportBundle(t, prod) })
	step("no secret leaks", func(t *testing.T) { testNoLeaks(t, prod) })
	step("drain required", func(t *testing.T) { testRequireDrain(t, prod) })
	step("second cluster", func(t *testing.T) { testSecondCluster(t, prod) })
	step("delete", func(t *testing.T) { testDelete(t, prod) })
}

// freshNamespace removes what an earlier, broken run left, and has this run leave nothing.
func (l lab) freshNamespace(t *testing.T) {
	t.Helper()
	remove := func(ctx context.Context) error {
		return l.client.CoreV1().Namespaces().Delete(ctx, namespace, metav1.DeleteOptions{})
	}
	t.Cleanup(func() { _ = remove(context.WithoutCancel(t.Context())) })
	if err := remove(t.Context()); !apierrors.IsNotFound(err) {
		require.NoError(t, err)
	}
	l.noNamespace(t)
}

// noNamespace waits until the namespace is gone.
func (l lab) noNamespace(t *testing.T) {
	t.Helper()
	eventually(t, 3*time.Minute, "no namespace "+namespace, func(ctx context.Context) error {
		_, err := l.client.CoreV1().Namespaces().Get(ctx, namespace, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return nil
		}
		return fmt.Errorf("it is still there: %v", err)
	})
}

// logStart says how long the first certificates and the join took.
func (c cluster) logStart(t *testing.T) {
	t.Helper()
	for name, pod := range c.pods(t) {
		created := pod.CreationTimestamp.Time
		line := name + ":"
		for _, status := range append(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses...) {
			if running := status.State.Running; running != nil {
				line += fmt.Sprintf(" %s started after %s,", status.Name, running.StartedAt.Sub(created))
			}
		}
		for _, condition := range pod.Status.Conditions {
			if condition.Type == corev1.PodReady {
				line += fmt.Sprintf(" ready after %s", condition.LastTransitionTime.Sub(created))
			}
		}
		t.Log(line)
	}
}

func testStatus(t *testing.T, c cluster) {
	text := c.nifi(t, "status", c.Cluster, "-n", namespace)
	for i := range 3 {
		assert.Contains(t, text.out, c.Pod(i))
	}
	assert.Equal(t, 3, strings.Count(text.out, "CONNECTED"), text.out)
	assert.Contains(t, text.out, "Running")
	json := c.nifi(t, "status", c.Cluster, "-n", namespace, "-o", "json")
	assert.Contains(t, json.out, `"phase": "Running"`)
	assert.Empty(t, json.errOut)

	absent := run(t, c.plugin, "status", "absent", "-n", namespace)
	assert.Equal(t, 1, absent.code)
	assert.Equal(t, 1, strings.Count(absent.errOut, "\n"), absent.errOut)
}

func testContract(t *testing.T, c cluster) {
	target := contract.Target{
		Admin: c.as(t, c.AdminSecret()), Healer: c.as(t, c.HealerSecret()), Anonymous: c.as(t, ""),
		AdminIdentity: c.AdminIdentity(), ClientCertificateRequired: true, Patience: 6 * time.Minute,
	}
	for i := range 3 {
		target.Nodes = append(target.Nodes, c.base(c.Pod(i)))
	}
	contract.Test(t, target)
}

// testApplyAgain compares resource versions: kubectl calls a Secret with
// wrapped base64 "configured" although nothing is written.
func testApplyAgain(t *testing.T, c cluster) {
	before := c.versions(t)
	require.Greater(t, len(before), 15)
	c.nifi(t, "init", c.Cluster, "--dir", c.dir)
	assert.Empty(t, kubectl(t, "diff", "-k", c.dir).out)
	kubectl(t, "apply", "-k", c.dir)
	assert.Equal(t, before, c.versions(t))
}

// versions are the resource versions of what the overlay holds, by object.
// Status moves for reasons of its own, so objects that have one count by generation.
func (c cluster) versions(t *testing.T) map[string]string {
	t.Helper()
	columns := "custom-columns=KIND:.kind,NAME:.metadata.name,GENERATION:.metadata.generation,VERSION:.metadata.resourceVersion"
	all := map[string]string{}
	for line := range strings.Lines(kubectl(t, "get", "-k", c.dir, "--no-headers", "-o", columns).out) {
		words := strings.Fields(line)
		require.Len(t, words, 4, line)
		if words[2] != "<none>" {
			words[3] = words[2]
		}
		all[words[0]+"/"+words[1]] = words[3]
	}
	return all
}

// testNewNode adds a node whose seed knows less than the cluster does by now.
func testNewNode(t *testing.T, c cluster, ids map[string]string) {
	api := c.admin(t, c.Pod(0))
	user := map[string]any{"revision": map[string]any{"version": 0}, "component": map[string]any{"identity": "late@example.com"}}
	send(t, api, "POST", "/tenants/users", user, nil)
	c.nifi(t, "init", c.Cluster, "--dir", c.dir, "--replicas", "4")
	uids := map[string]any{}
	for name, pod := range c.pods(t) {
		uids[name] = pod.UID
	}
	kubectl(t, "apply", "-k", c.dir)
	grown := c.waitConnected(t, 4, 4*time.Minute)
	for pod, id := range ids {
		assert.Equal(t, id, grown[pod])
		assert.Equal(t, uids[pod], c.pods(t)[pod].UID, "scaling restarts nobody")
	}
	users := kubectl(t, "exec", "-n", namespace, c.Pod(3), "--", "cat", "state/users.xml")
	assert.Contains(t, users.out, "late@example.com", "the new node took the cluster's users")

	own, err := nifi.NewClient(c.base(c.Pod(3)), c.as(t, c.NodeSecret(3)))
	require.NoError(t, err)
	_, err = own.Cluster(t.Context())
	assert.NoError(t, err, "its identity has the nodes' policies from the first day")
}

func testDelete(t *testing.T, c cluster) {
	kubectl(t, "delete", "-k", c.dir, "--wait=false")
	c.noNamespace(t)
}
