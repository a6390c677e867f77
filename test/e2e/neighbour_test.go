//go:build e2e

package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// testSecondCluster starts a one-node cluster beside the first, which must
// neither merge with it nor notice it.
func testSecondCluster(t *testing.T, first cluster) {
	ids, before := first.waitConnected(t, 1, time.Minute), first.pods(t)
	solo, _ := first.lab.render(t, "solo", 1)
	soloIDs := solo.waitConnected(t, 1, 4*time.Minute)
	assert.Equal(t, ids, first.waitConnected(t, 1, time.Minute))
	for pod := range soloIDs {
		assert.Equal(t, "solo-0", pod)
	}
	for name, pod := range first.pods(t) {
		assert.Equal(t, before[name].UID, pod.UID)
		assert.Equal(t, before[name].Status.ContainerStatuses[0].RestartCount, pod.Status.ContainerStatuses[0].RestartCount)
	}
	assert.Equal(t, "solo-0", solo.coordinator(t))
	assert.True(t, strings.HasPrefix(first.coordinator(t), "prod-"))

	refused := first // whose connections break the tunnel that they go through
	var err error
	refused.dialer, err = kube.NewPodDialer(first.config, namespace)
	require.NoError(t, err)
	defer refused.dialer.Close()
	stranger, err := nifi.NewClient(first.base("prod-0"), refused.as(t, solo.AdminSecret()))
	require.NoError(t, err)
	eventually(t, time.Minute, "a refusal in words of TLS", func(ctx context.Context) error {
		_, err := stranger.About(ctx)
		require.Error(t, err, "a certificate of the neighbour's root opens nothing")
		if !strings.Contains(err.Error(), "tls") { // the alert may get lost on the way
			return err
		}
		return nil
	})

	kubectl(t, "delete", "-k", solo.dir, "--wait=false")
	_, err = first.client.AppsV1().StatefulSets(namespace).Get(t.Context(), first.Cluster, metav1.GetOptions{})
	require.NoError(t, err)
}
