package findings_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// foreign makes the snapshot one of an adopted cluster that lacks nothing.
func foreign(c *view.Cluster) {
	guarded := true
	c.Names.Layout = topology.Layout{
		StatefulSet: "prod", Headless: "prod-nodes", Container: "server", Selector: "app=nifi", Suffix: ".prod-nodes.nifi.svc.cluster.local",
		HTTPSPort: 8443, ProtocolPort: 11443, Election: topology.ElectionKubernetes, LeasePrefix: "prod", Loopback: true, Autoreload: true,
	}
	c.Certificates, c.Detail.Guarded, c.Detail.Requests, c.Detail.Rules = nil, &guarded, nil, nil
}

func stagedAdopted() map[findings.ID]staged {
	lacks := func(what change) staged { return staged{changes: []change{foreign, what}} }
	return map[findings.ID]staged{
		findings.NoLoopback:  lacks(func(c *view.Cluster) { c.Names.Layout.Loopback = false }),
		findings.NoReadiness: lacks(func(c *view.Cluster) { c.StatefulSet.Unprobed = true }),
		findings.ByZooKeeper: lacks(func(c *view.Cluster) {
			c.Names.Layout.Election, c.Leases = topology.ElectionZooKeeper, nil
		}),
		findings.AddressHidden: lacks(func(c *view.Cluster) { c.Detail.Services[0].PublishNotReady = false }),
		findings.NoBudget:      lacks(func(c *view.Cluster) { *c.Detail.Guarded = false }),
		findings.NoReload:      lacks(func(c *view.Cluster) { c.Names.Layout.Autoreload = false }),
	}
}

// TestAdoptedLacksNothing: what only our overlays have is missing in no adopted
// cluster.
func TestAdoptedLacksNothing(t *testing.T) {
	t.Parallel()
	assert.Empty(t, findings.Judge(newPKI(t).well(foreign)))
}

// TestAdoptedIsToldNothingOfOverlays stages all that can be wrong in an adopted
// cluster: no finding speaks of what only our overlays have, and no remedy of
// what isn't there.
func TestAdoptedIsToldNothingOfOverlays(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	for id, s := range p.staged() {
		t.Run(string(id), func(t *testing.T) {
			t.Parallel()
			for _, f := range findings.Judge(p.well(append(slices.Clone(s.changes), foreign)...)) {
				assert.NotContains(t, []findings.ID{findings.NoSidecar, findings.WrongDomain, findings.SubjectRewritten, findings.NoCertManager, findings.NotReadyHidden}, f.ID)
				assert.NotEmpty(t, f.Remedy, f.ID)
				for _, word := range []string{"overlay", "spec.", "nificluster", "kubectl nifi init", "cert-manager", "tls-sync", "-c nifi"} {
					assert.NotContains(t, f.Remedy, word, f.ID)
				}
			}
		})
	}
}
