//go:build e2e

package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// testFull lets the healer end its cluster's pods whatever a disruption budget
// says, and nobody else's.
func (h *healerRights) testFull(t *testing.T) {
	h.applyRights(t, "act, trustRestart: full")
	pods, only := h.own.CoreV1().Pods(h.Namespace), metav1.DeleteOptions{DryRun: []string{metav1.DryRunAll}}
	eventually(t, 30*time.Second, "a healer that may delete a pod", func(ctx context.Context) error { return pods.Delete(ctx, h.Pod(0), only) })
	refused := h.mustNot()
	delete(refused, "delete a pod")
	refused["delete a neighbour's pod"] = func(ctx context.Context) error { return pods.Delete(ctx, "other-0", only) }
	for what, attempt := range refused {
		err := attempt(t.Context())
		assert.True(t, apierrors.IsForbidden(err), "it must not %s: %v", what, err)
	}
}
