package kube

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// CAPod is the running pod of the cluster's own tls-toolkit server; ErrNotFound
// if there is none.
func (c Cluster) CAPod(ctx context.Context) (string, error) {
	selector := labels.Set{topology.LabelName: "nifi-ca", topology.LabelInstance: c.names.Cluster}
	found, err := c.client.api.pods(c.names.Namespace).List(ctx, metav1.ListOptions{LabelSelector: selector.String()})
	if err != nil {
		return "", describe("listing", "pods", err)
	}
	for _, pod := range found.Items {
		if pod.Status.Phase == corev1.PodRunning && pod.DeletionTimestamp == nil {
			return pod.Name, nil
		}
	}
	return "", fmt.Errorf("looking for the pod of %s: %w", c.names.NiFiCA(), view.ErrNotFound)
}
