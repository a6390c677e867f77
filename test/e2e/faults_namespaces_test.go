//go:build e2e && faults

package e2e

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// TestFaultNamespaces has one healer of two replicas look after the clusters of
// every namespace, and the other replica go on when the one that leads is gone.
func TestFaultNamespaces(t *testing.T) {
	l := openLab(t)
	in := func(cluster, namespace string) ward {
		return ward{patient{l, topology.Names{Cluster: cluster, Namespace: namespace, Domain: "cluster.local"}}, map[string]*nifi.Client{}}
	}
	ops, east, west := in("", "e2e-ops"), in("east", "e2e-east"), in("west", "e2e-west")
	ops.freshNamespace(t)
	folder := filepath.Join(t.TempDir(), "healer")
	l.nifi(t, "healer", "install", "-n", ops.Namespace, "--all-namespaces", "--replicas", "2", "--dir", folder)
	kubectl(t, "apply", "-k", folder)
	for _, w := range []ward{east, west} {
		w.freshNamespace(t)
		w.apply(t, w.Cluster, 2, "", "  auth:", "  healer: {namespace: e2e-ops}\n  auth:")
	}
	for _, w := range []ward{east, west} {
		w.well(t, 6*time.Minute)
		w.enters(t)
	}
	then(t, "a node of one", func(t *testing.T) { testHungOther(t, east) })
	then(t, "the leader gone", func(t *testing.T) { testLeaderGone(t, ops) })
	then(t, "a node of the other", func(t *testing.T) { testHungOther(t, west) })
	kubectl(t, "delete", "-k", folder, "--wait=false") // its ClusterRoles are in no namespace
}

// testHungOther hangs the node of two that isn't the coordinator.
func testHungOther(t *testing.T, w ward) {
	_, other := w.roles(t)
	testHung(t, w, other)
}

// testLeaderGone deletes the pod that leads, which can't give its Lease back.
func testLeaderGone(t *testing.T, ops ward) {
	first, err := ops.leader(t.Context())
	require.NoError(t, err)
	began := time.Now()
	ops.deletes(t, first, 0)
	eventually(t, 2*time.Minute, "another leader", func(ctx context.Context) error {
		next, err := ops.leader(ctx)
		if err == nil && next == first {
			err = fmt.Errorf("it is still %s", first)
		}
		return err
	})
	t.Logf("figure: the pod that leads was deleted at once: another leads after %s", seconds(began, time.Now()))
}

// leader is the healer's pod that works.
func (w ward) leader(ctx context.Context) (string, error) {
	lease, err := w.client.CoordinationV1().Leases(w.Namespace).Get(ctx, "nifi-healer", metav1.GetOptions{})
	if err != nil {
		return "", err
	}
	if lease.Spec.HolderIdentity == nil || *lease.Spec.HolderIdentity == "" {
		return "", fmt.Errorf("nobody leads")
	}
	return *lease.Spec.HolderIdentity, nil
}
