//go:build e2e && faults

package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// testReissuedLeaf has cert-manager issue a node's certificate anew and waits
// until the node serves it, with no restart and no moment out of the cluster.
func testReissuedLeaf(t *testing.T, c cluster) {
	pod := c.Pod(0)
	before := c.pods(t)[pod]
	old := c.served(t, pod).SerialNumber
	c.reissue(t, c.NodeSecret(0))
	api := c.admin(t, c.Pod(1))
	start := time.Now()
	eventually(t, 4*time.Minute, "another certificate served by "+pod, func(ctx context.Context) error {
		view, err := api.Cluster(ctx)
		if err != nil {
			return err
		}
		for _, node := range view.Nodes {
			assert.Equal(t, nifi.Connected, node.Status, node.Address)
		}
		if c.served(t, pod).SerialNumber.Cmp(old) == 0 {
			return fmt.Errorf("still serial %x", old)
		}
		return nil
	})
	t.Logf("figure: a leaf that cert-manager issued anew: served %s later with nobody's help, no restart", time.Since(start).Round(time.Second))
	after := c.pods(t)[pod]
	assert.Equal(t, before.UID, after.UID)
	for i, status := range after.Status.ContainerStatuses {
		assert.Equal(t, before.Status.ContainerStatuses[i].RestartCount, status.RestartCount)
	}
	c.waitConnected(t, 2, time.Minute)
}

// reissue asks cert-manager for a new certificate, as `cmctl renew` does, and
// waits until the Secret has it.
func (c cluster) reissue(t *testing.T, name string) {
	t.Helper()
	certificates := c.dynamic.Resource(schema.GroupVersionResource{Group: "cert-manager.io", Version: "v1", Resource: "certificates"}).Namespace(namespace)
	before := string(c.secret(t, name)["tls.crt"])
	certificate, err := certificates.Get(t.Context(), name, metav1.GetOptions{})
	require.NoError(t, err)
	conditions, _, err := unstructured.NestedSlice(certificate.Object, "status", "conditions")
	require.NoError(t, err)
	conditions = append(conditions, map[string]any{
		"type": "Issuing", "status": "True", "reason": "ManuallyTriggered", "message": "re-issued by a test",
		"lastTransitionTime": time.Now().UTC().Format(time.RFC3339),
	})
	require.NoError(t, unstructured.SetNestedSlice(certificate.Object, conditions, "status", "conditions"))
	_, err = certificates.UpdateStatus(t.Context(), certificate, metav1.UpdateOptions{})
	require.NoError(t, err)
	eventually(t, time.Minute, "a new certificate in Secret "+name, func(context.Context) error {
		if string(c.secret(t, name)["tls.crt"]) == before {
			return fmt.Errorf("still the old one")
		}
		return nil
	})
}
