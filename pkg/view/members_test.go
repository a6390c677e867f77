package view_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

func TestRoles(t *testing.T) {
	t.Parallel()
	expired := func(c *view.Cluster) { c.Leases[0].Renewed = now().Add(-15 * time.Second) }
	foreign := func(c *view.Cluster) { c.Leases[0].Holder = "localhost:11443" }
	byNodes := func(c *view.Cluster) { c.Nodes[2].Roles = []string{"Cluster Coordinator", "Primary Node"} }
	tests := map[string]struct {
		cluster              view.Cluster
		coordinator, primary string
	}{
		"leases":             {with(), "prod-0", "prod-1"},
		"leases before view": {with(byNodes), "prod-0", "prod-1"},
		"expired lease":      {with(expired), "", "prod-1"},
		"clock is off":       {with(expired, byNodes), "prod-2", "prod-1"},
		"leases unreadable":  {with(byNodes, func(c *view.Cluster) { c.Leases = nil }), "prod-2", "prod-2"},
		"nobody":             {with(nifiSilent, func(c *view.Cluster) { c.Leases = nil }), "", ""},
		"no address of ours": {with(foreign), "localhost", "prod-1"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.coordinator, test.cluster.Coordinator())
			assert.Equal(t, test.primary, test.cluster.Primary())
		})
	}
}

func TestMembersJoinPodsAndNodesByAddress(t *testing.T) {
	t.Parallel()
	c := with(func(c *view.Cluster) {
		c.StatefulSet.Desired = 4                    // prod-3 is yet to come
		c.Nodes = c.Nodes[1:]                        // prod-0 has not joined
		c.Nodes[0].Address = "elsewhere.example"     // none of ours
		c.Nodes[1].Address = names().FQDN("prod-10") // its pod is gone
		c.Certificates = []view.Certificate{{Name: "x", Secret: "prod-0-tls"}}
	})
	type row struct{ pod, node, summary, certificate bool }
	got, order := map[string]row{}, []string{}
	for _, m := range c.Members() {
		got[m.Name] = row{m.Pod != nil, m.Node != nil, m.Summary != nil, m.Certificate != nil}
		order = append(order, m.Name)
	}
	assert.Equal(t, map[string]row{
		"prod-0":            {pod: true, summary: true, certificate: true},
		"prod-1":            {pod: true, summary: true},
		"prod-2":            {pod: true, summary: true},
		"prod-3":            {},
		"prod-10":           {node: true},
		"elsewhere.example": {node: true},
	}, got)
	assert.Equal(t, []string{"prod-0", "prod-1", "prod-2", "prod-3", "prod-10", "elsewhere.example"}, order)

	var stale, unjoined []string
	for _, n := range c.Stale() {
		stale = append(stale, n.Address)
	}
	for _, p := range c.Unjoined() {
		unjoined = append(unjoined, p.Name)
	}
	assert.Equal(t, []string{"elsewhere.example", names().FQDN("prod-10")}, stale)
	assert.Equal(t, []string{"prod-0", "prod-1", "prod-2"}, unjoined)
	assert.Empty(t, with(nifiSilent).Unjoined(), "without the coordinator's view nobody is unknown to it")
	assert.Empty(t, with(func(c *view.Cluster) { c.Pods = nil }).Stale(), "unlisted pods make no node stale")
}

func TestTotals(t *testing.T) {
	t.Parallel()
	c := with(status(1, "OFFLOADING", ""))
	flowFiles, bytes := c.Queued()
	assert.Equal(t, []int64{30, 3000}, []int64{flowFiles, bytes})
	assert.Equal(t, 2, c.Connected())
}

func TestSoonestExpiry(t *testing.T) {
	t.Parallel()
	assert.Nil(t, with().SoonestExpiry())
	c := with(func(c *view.Cluster) {
		c.Certificates = []view.Certificate{
			{Name: "late", NotAfter: now().Add(time.Hour)}, {Name: "pending"}, {Name: "soon", NotAfter: now()},
		}
	})
	assert.Equal(t, "soon", c.SoonestExpiry().Name)
}

func TestLeaseValidUntilItsDurationIsOver(t *testing.T) {
	t.Parallel()
	l := lease("x", "prod-0")
	end := l.Renewed.Add(l.Duration)
	assert.True(t, l.Valid(end.Add(-time.Nanosecond)))
	assert.False(t, l.Valid(end))
	l.Holder = ""
	assert.False(t, l.Valid(now()))
}
