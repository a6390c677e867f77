//go:build e2e && faults

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// TestFaultCertificates is the long form of the certificates' tests: many
// renewals in a row, and all certificates expired at once.
func TestFaultCertificates(t *testing.T) {
	l := openLab(t)
	l.freshNamespace(t)
	c, _ := l.render(t, "prod", 2, "--create-namespace")
	c.waitConnected(t, 2, 6*time.Minute)

	t.Run("re-issued leaf", func(t *testing.T) { testReissuedLeaf(t, c) })
	t.Run("15 renewals in a row", func(t *testing.T) { testRenewals(t, c, 15) })
	t.Run("all expired at once", func(t *testing.T) { testAllExpired(t, c) })
}

// testRenewals renews all certificates again and again, while somebody asks the
// API five times a second.
func testRenewals(t *testing.T, c cluster, times int) {
	before := c.pods(t)
	probe := c.probe(t)
	var took []time.Duration
	for range times {
		began := time.Now()
		c.does(t, "certs", "renew", c.Cluster, "-y")
		took = append(took, time.Since(began).Round(time.Second))
	}
	asked, failed, least := probe()
	slices.Sort(took)
	t.Logf("figure: %d renewals of %d certificates in a row: %s to %s each, median %s; the API asked %d times, no node answered %d times; never fewer than %d CONNECTED",
		times, len(before)+2, took[0], took[len(took)-1], took[len(took)/2], asked, failed, least)
	assert.Zero(t, failed)
	assert.EqualValues(t, len(before), least)
	c.unrestarted(t, before)
}

// testAllExpired lets every certificate run out while cert-manager backs off
// after failures, restarts the nodes, which then can't join each other, and
// brings all back with one command.
func testAllExpired(t *testing.T, c cluster) {
	before := c.pods(t)
	secrets := []string{c.AdminSecret(), c.HealerSecret()}
	for pod := range before {
		secrets = append(secrets, pod+"-tls")
	}
	for _, secret := range secrets {
		c.expire(t, secret)
	}
	for pod := range before {
		require.NoError(t, c.client.CoreV1().Pods(namespace).Delete(t.Context(), pod, metav1.DeleteOptions{}))
	}
	for pod, old := range before {
		eventually(t, 6*time.Minute, pod+" with an expired certificate", func(ctx context.Context) error {
			now, err := c.client.CoreV1().Pods(namespace).Get(ctx, pod, metav1.GetOptions{})
			if err != nil || now.UID == old.UID {
				return fmt.Errorf("it has not restarted: %w", err)
			}
			leaf, ok := view.Handshake(ctx, c.dialer.DialContext, c.Endpoint(pod)).Leaf()
			if !ok || leaf.NotAfter.After(time.Now()) {
				return fmt.Errorf("it serves another one, until %s", leaf.NotAfter)
			}
			return nil
		})
	}
	restarted := c.pods(t)
	assert.Equal(t, 1, run(t, c.plugin, "certs", c.Cluster, "-n", namespace).code)

	began := time.Now()
	r := c.does(t, "certs", "renew", c.Cluster, "-y")
	t.Logf("figure: all certificates expired and all nodes restarted with them: one command has them CONNECTED after %s", time.Since(began).Round(time.Second))
	t.Log(r.errOut)
	c.waitConnected(t, len(before), time.Minute)
	c.unrestarted(t, restarted)
	c.does(t, "certs", c.Cluster)
}

// expire puts an expired pair of the cluster's own root into a Secret.
// cert-manager leaves it there: it backs off, as it does after failures.
func (c cluster) expire(t *testing.T, secret string) {
	t.Helper()
	certificates := c.dynamic.Resource(schema.GroupVersionResource{Group: "cert-manager.io", Version: "v1", Resource: "certificates"}).Namespace(namespace)
	failed := fmt.Sprintf(`{"status":{"lastFailureTime":%q,"failedIssuanceAttempts":5}}`, time.Now().UTC().Format(time.RFC3339))
	_, err := certificates.Patch(t.Context(), secret, types.MergePatchType, []byte(failed), metav1.PatchOptions{}, "status")
	require.NoError(t, err)
	pair := patient{c.lab, c.Names}.issue(t, secret[:len(secret)-len("-tls")], time.Now().Add(-time.Hour))
	patch, err := json.Marshal(map[string]any{"data": pair})
	require.NoError(t, err)
	_, err = c.client.CoreV1().Secrets(namespace).Patch(t.Context(), secret, types.MergePatchType, patch, metav1.PatchOptions{})
	require.NoError(t, err)
}
