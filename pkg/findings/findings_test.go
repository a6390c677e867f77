package findings_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

const (
	lost     = "Node disconnected from cluster due to Have not received a heartbeat from node in 43 seconds"
	newNode  = "Connection requested from new node. Setting status to connecting."
	existing = "Connection requested from existing node. Setting status to connecting."
	byPerson = "Disconnection requested due to User CN=prod-admin, OU=NIFI requested that node be disconnected from cluster"
)

// staged is a snapshot and the one finding that must be left of it when what
// follows from others is hidden.
type staged struct {
	changes []change
	subject string
}

// firm is a namespace where a cluster would start.
func firm() view.Ground {
	yes := true
	return view.Ground{
		Namespace: "nifi", Version: "v1.29.0", Exists: &yes, CertManager: &yes, Classes: []view.StorageClass{{Name: "fast", Default: true}},
		Quotas: []view.Quota{{Name: "small", Resource: "pods", Used: "1", Hard: "10"}}, Rights: []view.Right{{Verb: "create", Resource: "secrets", Allowed: true}},
	}
}

// stagedGround is what is judged before the first apply only.
func stagedGround() map[findings.ID]func(*view.Ground) {
	no := false
	return map[findings.ID]func(*view.Ground){
		findings.OldKubernetes:     func(g *view.Ground) { g.Version = "v1.28.9+k3s1" },
		findings.NoNamespace:       func(g *view.Ground) { g.Exists = &no },
		findings.QuotaFull:         func(g *view.Ground) { g.Quotas[0].Used, g.Quotas[0].Full = "10", true },
		findings.CannotApply:       func(g *view.Ground) { g.Rights[0].Allowed = false },
		findings.CertManagerSilent: func(g *view.Ground) { g.Silent = "failed calling webhook" },
	}
}

func TestGround(t *testing.T) {
	t.Parallel()
	no := false
	assert.Empty(t, findings.JudgeGround(firm(), findings.Rendered{}))
	assert.Empty(t, findings.JudgeGround(view.Ground{}, findings.Rendered{}), "what is unknown is no finding")
	tests := map[findings.ID]func(*view.Ground){
		findings.NoCertManager:      func(g *view.Ground) { g.CertManager = &no },
		findings.NoDefaultClass:     func(g *view.Ground) { g.Classes[0].Default = false },
		findings.ClassMissing:       func(g *view.Ground) { g.Class = "slow" },
		findings.MissingDetailRight: func(g *view.Ground) { g.Fail(view.SourceQuotas, view.ErrForbidden) },
	}
	for id, change := range tests {
		g := firm()
		change(&g)
		all := findings.JudgeGround(g, findings.Rendered{})
		if assert.Len(t, all, 1, id) {
			assert.Equal(t, id, all[0].ID)
		}
	}
}

func (p pki) staged() map[findings.ID]staged {
	all := map[findings.ID]staged{}
	for _, part := range []map[findings.ID]staged{
		stagedKubernetes(), stagedPods(), stagedStorage(), p.stagedTLS(), stagedJoining(), stagedElection(), stagedNodes(), stagedAccess(), stagedAdopted(),
	} {
		for id, s := range part {
			all[id] = s
		}
	}
	return all
}

// TestEveryFinding stages each kind of finding: it must be found, with its
// subject, evidence and remedy, and nothing else of its rank or above it.
func TestEveryFinding(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	stagings := p.staged()
	for _, d := range findings.Catalogue() {
		if d.ID == findings.DanglingName || d.ID == findings.SecretExposed {
			continue // of overlays alone: TestLint
		}
		t.Run(string(d.ID), func(t *testing.T) {
			t.Parallel()
			s, ok := stagings[d.ID]
			ground, before := stagedGround()[d.ID]
			if !assert.True(t, ok != before, "%s (%s) needs one staging", d.ID, d.Title) {
				return
			}
			all := findings.Judge(p.well(s.changes...))
			if before {
				g := firm()
				ground(&g)
				all = findings.JudgeGround(g, findings.Rendered{})
			}
			var visible []findings.ID
			for _, f := range all {
				if f.HiddenBy == "" && (f.Severity().Rank() <= d.Severity.Rank() || f.ID == d.ID) {
					visible = append(visible, f.ID)
				}
			}
			if !assert.Equal(t, []findings.ID{d.ID}, visible, "%+v", all) {
				return
			}
			found := all[slices.IndexFunc(all, func(f findings.Finding) bool { return f.ID == d.ID })]
			assert.Equal(t, s.subject, found.Subject)
			assert.NotEmpty(t, found.Remedy)
			assert.NotEmpty(t, found.Evidence)
			assert.NotContains(t, found.Evidence, "")
		})
	}
	assert.Equal(t, len(findings.Catalogue()), len(stagings)+len(stagedGround())+2, "a staging of what is in no catalogue")
}

// TestHungCoordinator: the coordinator that follows a hung one has no heartbeat
// of it, and while there is none nobody says anything.
func TestHungCoordinator(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	silent := []change{down(2), func(c *view.Cluster) { c.Errors[0].Reason = view.ReasonTimeout }}
	tests := map[string][]change{
		"followed": {func(c *view.Cluster) { c.Nodes[2].Heartbeat = time.Time{} }},
		"dropped":  {status(2, "DISCONNECTED", "Requesting that node connect to cluster"), func(c *view.Cluster) { c.Nodes[2].Heartbeat = time.Time{} }},
		"alone":    {func(c *view.Cluster) { c.Nodes, c.NodesFrom = nil, "" }},
	}
	for name, changes := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := findings.Judge(p.well(append(slices.Clone(silent), changes...)...))
			assert.NotEmpty(t, all)
			assert.Equal(t, findings.Hung, all[0].ID, "%+v", all)
			for _, f := range all[1:] {
				assert.NotEmpty(t, f.HiddenBy, "%+v", f)
			}
		})
	}
}

// TestLeasesOfAnother: a cluster that was given another one's prefix is refused
// for trust there, and has no Lease of its own.
func TestLeasesOfAnother(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	all := findings.Judge(p.well(down(1), writes(1, "PKIX path building failed"), status(1, "CONNECTING", existing), func(c *view.Cluster) { c.Leases = []view.Lease{} }))
	assert.Equal(t, findings.SharedLeases, all[0].ID)
	for _, f := range all[1:] {
		assert.Equal(t, findings.SharedLeases, f.HiddenBy, f.ID)
	}
}
