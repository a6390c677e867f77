package kube_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

func TestCAPod(t *testing.T) {
	t.Parallel()
	cluster, server := prod(t)
	set := func(name, instance string, phase corev1.PodPhase) {
		server.Set("/api/v1/namespaces/nifi/pods/"+name, corev1.Pod{
			TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{topology.LabelName: "nifi-ca", topology.LabelInstance: instance}},
			Status:     corev1.PodStatus{Phase: phase},
		})
	}
	set("prod-nifi-ca-a", "prod", corev1.PodPending)
	set("test-nifi-ca-a", "test", corev1.PodRunning)
	_, err := cluster.CAPod(t.Context())
	require.ErrorIs(t, err, view.ErrNotFound)
	set("prod-nifi-ca-b", "prod", corev1.PodRunning)
	pod, err := cluster.CAPod(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "prod-nifi-ca-b", pod)
}
