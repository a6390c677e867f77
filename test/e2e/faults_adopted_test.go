//go:build e2e && faults

package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// TestFaultAdopted adopts a cluster of hand-written YAML, with JKS stores in plain
// Secrets and ports and names of its own, looks at it, and has its healer follow
// a new root of the old name.
func TestFaultAdopted(t *testing.T) {
	f := foreign{ward{patient{openLab(t), topology.Names{Cluster: "flows", Namespace: "e2e-adopted", Domain: "cluster.local"}}, map[string]*nifi.Client{}}}
	f.freshNamespace(t)
	root := f.newRoot(t)
	f.makes(t, root)
	step := func(name string, test func(t *testing.T)) { f.step(t, f.Names, name, test) }
	step("adopt", func(t *testing.T) { f = testAdopt(t, f) })
	step("look", func(t *testing.T) { testLookAtAdopted(t, f) })
	f.installHealer(t, f.Namespace)
	f.enters(t)
	f.whole(t, 2*time.Minute)
	step("another root", func(t *testing.T) { testForeignRoot(t, f) })
	step("look again", func(t *testing.T) { testLookAtAdopted(t, f) })
}

// newRoot is a root of the name that its owner gives to each.
func (f foreign) newRoot(t *testing.T) *nifitest.CA {
	t.Helper()
	root, err := nifitest.NewCA("dataflow root")
	require.NoError(t, err)
	return root
}

// testAdopt records the cluster. What was there stays as it was.
func testAdopt(t *testing.T, f foreign) foreign {
	before := f.lives(t)
	began := time.Now()
	out := f.nifi(t, "adopt", foreignSet, f.Cluster, "-n", f.Namespace, "--client-secret", foreignAdmin,
		"--healer-secret", foreignHealer, "--trust-restart", "full", "-y").out
	t.Logf("figure: adopted within %s", seconds(began, time.Now()))
	t.Log(out)
	assert.Contains(t, out, "read on /flow for CN=alice, OU=people: was granted already")
	assert.Contains(t, out, "read on /system for CN=alice, OU=people: granted")
	assert.Contains(t, out, "write on /controller for CN=healer, OU=machines: granted")
	assert.NotContains(t, out, storesPassword)
	assert.Equal(t, before, f.lives(t))
	return f.known(t)
}

// testLookAtAdopted reads what there is to be read. What the cluster lacks is
// told as no more than a remark.
func testLookAtAdopted(t *testing.T, f foreign) {
	at := []string{f.Cluster, "-n", f.Namespace}
	status := f.nifi(t, append([]string{"status"}, at...)...)
	t.Log(status.out)
	assert.Equal(t, 3, strings.Count(status.out, "CONNECTED"), status.out)
	list := f.nifi(t, "get", "-n", f.Namespace).out
	t.Log(list)
	assert.Contains(t, list, f.Cluster)
	assert.Contains(t, list, "3/3")

	found := f.nifi(t, append([]string{"diagnose"}, at...)...)
	t.Log(found.out)
	_, all := f.diagnose(t)
	var ids []string
	for _, one := range all {
		ids = append(ids, one.ID)
	}
	assert.Equal(t, []string{"NIFI-ADOPT-001", "NIFI-ADOPT-006"}, ids)

	certs := f.nifi(t, append([]string{"certs"}, at...)...).out
	t.Log(certs)
	assert.Contains(t, certs, "Every node trusts every other: 9 of 9 pairs verify.")
	for _, pod := range f.members(t) {
		assert.Regexp(t, pod+` +keystore +nifi-key .*CN=`+pod, certs)
		assert.Regexp(t, pod+` +truststore +nifi-cert .*CN=dataflow root`, certs)
	}
}

// testForeignRoot has one node start with stores of another root of the old name,
// which the others refuse. Its owner holds the healer back until all other nodes'
// stores are exchanged, too; then the healer restarts who has loaded the old ones.
func testForeignRoot(t *testing.T, f foreign) {
	next := f.newRoot(t)
	coordinator, other := f.roles(t)
	c := f.chapter(t)
	f.nifi(t, "healer", "pause", f.Cluster, "-n", f.Namespace, "--reason", "another root", "--for", "1h")
	f.stores(t, next, other)
	began := time.Now()
	f.deletes(t, other, 0)
	detected := c.told(t, 6*time.Minute, "Detected", "NIFI-TLS-022")
	f.refused(t, other)
	c.told(t, time.Minute, "SkippedRestartForTrust", "paused")
	assert.Empty(t, c.acts(t), "paused, it only looks")
	for _, pod := range f.others(other) {
		f.stores(t, next, pod)
	}
	resumed := time.Now()
	f.nifi(t, "healer", "resume", f.Cluster, "-n", f.Namespace)
	f.anew(t, c.lives, f.members(t)...)
	restarted := time.Now()
	f.clients(t, next)
	f.enters(t)
	f.whole(t, 8*time.Minute)
	acts := c.acts(t)
	require.NotEmpty(t, acts)
	assert.Contains(t, acts[len(acts)-1], coordinator, "the coordinator goes last")
	t.Logf("figure: a new root under the old name, one node refused: detected after %s; from the healer's go: the others restarted after %s, all three CONNECTED after %s; the healer did %q",
		seconds(began, detected), seconds(resumed, restarted), seconds(resumed, time.Now()), acts)
}

// refused waits until the coordinator has a node out of the cluster.
func (w ward) refused(t *testing.T, pod string) {
	t.Helper()
	eventually(t, 3*time.Minute, pod+" refused", func(ctx context.Context) error {
		nodes, err := w.nodes(ctx)
		if err == nil && nodes[pod].Status == nifi.Connected {
			err = fmt.Errorf("it is CONNECTED")
		}
		return err
	})
}
