package live

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// DeletePod makes the recorder an Ender.
func (r *recorder) DeletePod(_ context.Context, pod, uid string) error {
	return r.record("delete pod %s %s", pod, uid)
}

// signed is what a CA of the tls-toolkit gives a node: a chain with its root.
func signed(t *testing.T, by *nifitest.CA) []trust.Certificate {
	leaf, err := by.Issue(nifitest.Leaf{})
	require.NoError(t, err)
	return []trust.Certificate{trust.NewCertificate(leaf.Leaf), trust.NewCertificate(by.Certificate)}
}

func TestObserveRoots(t *testing.T) {
	t.Parallel()
	before, err := nifitest.NewCA("prod-ca")
	require.NoError(t, err)
	now, err := nifitest.NewCA("prod-ca")
	require.NoError(t, err)
	c, claims := three()
	stores := view.Stores{Truststore: []trust.Entry{{Alias: "nifi-cert", Chain: []trust.Certificate{trust.NewCertificate(before.Certificate)}}}}
	c.Time = time.Now()
	c.TLS = []view.TLS{
		{Pod: "prod-0", Served: view.Served{Chain: signed(t, before)}, Stores: &stores},
		{Pod: "prod-1", Served: view.Served{Chain: signed(t, now)}, Stores: &view.Stores{Error: "forbidden"}},
		{Pod: "prod-2", Served: view.Served{Error: "connection refused"}, Stores: &view.Stores{}},
	}
	world, r := staged(c, claims)
	healing := Healing{World: world, Ender: r, Look: func(context.Context) view.Cluster { return c }}
	s, err := healing.Observe(t.Context())
	require.NoError(t, err)
	old, wanted := trust.FingerprintOf(before.Certificate.Raw).String(), trust.FingerprintOf(now.Certificate.Raw).String()
	assert.Equal(t, []string{old, wanted, ""}, []string{s.Nodes[0].Anchor, s.Nodes[1].Anchor, s.Nodes[2].Anchor})
	assert.Equal(t, []string{old}, s.Nodes[0].Anchors)
	assert.Nil(t, s.Nodes[1].Anchors, "nobody may read it")
	assert.Equal(t, []string{"prod-1"}, s.Nodes[0].Refuses)
}

func TestHealingDeletesPastTheBudget(t *testing.T) {
	t.Parallel()
	c, claims := three()
	world, r := staged(c, claims)
	healing := Healing{World: world, Ender: r}
	require.NoError(t, healing.Do(t.Context(), operation.Step{Do: operation.DoEnd, Pod: "prod-0", UID: "u"}, operation.State{}))
	require.NoError(t, healing.Do(t.Context(), operation.Step{Do: operation.DoEvict, Pod: "prod-1", UID: "v"}, operation.State{}))
	assert.Equal(t, []string{"delete pod prod-0 u", "evict prod-1 v"}, r.calls)

	r.calls, r.fails = nil, operation.Busy{Err: errors.New("the budget allows none")}
	for _, ready := range []bool{true, false} {
		s := operation.State{Nodes: []operation.Node{{Pod: "prod-1", Ready: ready}}}
		require.Error(t, healing.Do(t.Context(), operation.Step{Do: operation.DoEvict, Pod: "prod-1", UID: "v"}, s))
	}
	assert.Equal(t, []string{"evict prod-1 v", "evict prod-1 v", "delete pod prod-1 v"}, r.calls, "who isn't Ready serves nobody")
	r.fails = view.ErrForbidden
	err := healing.Do(t.Context(), operation.Step{Do: operation.DoEnd, Pod: "prod-0", UID: "u"}, operation.State{})
	assert.True(t, errors.As(err, new(operation.Final)), "trying again can't mend a missing right")
}
