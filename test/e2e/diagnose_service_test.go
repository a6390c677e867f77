//go:build e2e

package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// testService takes the nodes' names away, in every way a Service can.
func testService(t *testing.T, p patient) {
	services := p.client.CoreV1().Services(p.Namespace)
	well, err := services.Get(t.Context(), p.Headless(), metav1.GetOptions{})
	require.NoError(t, err)
	well.ObjectMeta = metav1.ObjectMeta{Name: well.Name, Labels: well.Labels}
	remove := func() {
		require.NoError(t, services.Delete(t.Context(), p.Headless(), metav1.DeleteOptions{}))
	}
	create := func(s *corev1.Service) {
		_, err := services.Create(t.Context(), s, metav1.CreateOptions{})
		require.NoError(t, err)
	}

	p.patch(t, "service", p.Headless(), `{"spec":{"publishNotReadyAddresses":false}}`)
	p.finds(t, "NIFI-JOIN-002", "")
	remove()
	p.finds(t, "NIFI-JOIN-001", "")
	addressed := well.DeepCopy()
	addressed.Spec.ClusterIP, addressed.Spec.ClusterIPs = "", nil
	create(addressed)
	p.finds(t, "NIFI-JOIN-003", "")
	remove()
	create(well)
	p.patch(t, "service", p.Headless(), `{"spec":{"selector":{"`+topology.LabelInstance+`":"other"}}}`)
	p.finds(t, "NIFI-JOIN-004", "")
	p.patch(t, "service", p.Headless(), `{"spec":{"selector":{"`+topology.LabelInstance+`":"`+p.Cluster+`"}}}`)
	p.well(t, 3*time.Minute)
}
