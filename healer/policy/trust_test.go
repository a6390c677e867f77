package policy

import (
	"crypto/x509/pkix"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// pki is two CAs of one name, and for each node two leaves of each.
type pki struct {
	roots  [2]trust.Certificate
	leaves [2][3][2]trust.Certificate // by CA, node, issuance
}

func newPKI(t *testing.T) pki {
	t.Helper()
	var p pki
	for i := range p.roots {
		ca, err := nifitest.NewCA("prod-ca")
		require.NoError(t, err)
		p.roots[i] = trust.NewCertificate(ca.Certificate)
		for ordinal := range 3 {
			for again := range 2 {
				pod := names().Pod(ordinal)
				pair, err := ca.Issue(nifitest.Leaf{
					Subject:  pkix.Name{CommonName: pod, OrganizationalUnit: []string{"NIFI"}, Organization: []string{"nifi"}},
					DNSNames: []string{names().FQDN(pod)}, NotBefore: start().Add(-time.Minute), NotAfter: start().Add(80 * 24 * time.Hour),
				})
				require.NoError(t, err)
				p.leaves[i][ordinal][again] = trust.NewCertificate(pair.Leaf)
			}
		}
	}
	return p
}

// material is what a simulated node has been issued, has and serves.
type material struct {
	issued, files, served trust.Certificate
	anchors               []trust.Certificate
	refuses               bool // the healer's certificate
}

// first is what a cluster begins with: all of the first CA.
func (p pki) first() (all [3]material) {
	for ordinal := range all {
		leaf := p.leaves[0][ordinal][0]
		all[ordinal] = material{leaf, leaf, leaf, p.roots[:1], false}
	}
	return all
}

// shows puts what nodes have into a snapshot.
func (p pki) shows(all [3]material) change {
	return func(c *view.Cluster) {
		c.Authorities, c.Detail, c.TLS = p.roots[:], &view.Detail{}, []view.TLS{}
		for ordinal, m := range all {
			pod, verdict := names().Pod(ordinal), trust.Yes
			if m.refuses {
				verdict = trust.No
			}
			c.Certificates = append(c.Certificates, view.Certificate{Name: pod + "-tls", Secret: pod + "-tls", Ready: true, NotBefore: m.issued.NotBefore, NotAfter: m.issued.NotAfter})
			c.Detail.Requests = append(c.Detail.Requests, view.CertificateRequest{Certificate: pod + "-tls", Ready: true, Chain: []trust.Certificate{m.issued}})
			c.TLS = append(c.TLS, view.TLS{
				Pod: pod, Served: view.Served{Chain: []trust.Certificate{m.served}},
				Files:   view.Files{Published: c.Time.Add(-time.Minute), Chain: []trust.Fingerprint{m.files.Fingerprint}, Anchors: trust.Fingerprints(m.anchors)},
				Accepts: []view.Acceptance{{Authority: p.roots[0].Fingerprint, Verdict: verdict}},
			})
		}
	}
}

func TestANudgeIsVerified(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	union := p.roots[:]
	drifted := p.first()
	drifted[1].issued = p.leaves[1][1][0]
	drifted[2].anchors = union

	has := func(edit func(all *[3]material)) [3]material {
		all := drifted
		for ordinal := range all {
			all[ordinal].anchors = union
		}
		all[1].files, all[1].served = all[1].issued, all[1].issued
		edit(&all)
		return all
	}
	tests := map[string]struct {
		later [3]material
		more  change
		ends  bool
	}{
		"whole":                          {has(func(*[3]material) {}), all(), true},
		"nothing has changed":            {drifted, all(), false},
		"one lacks the anchor":           {has(func(a *[3]material) { a[0].anchors = p.roots[:1] }), all(), false},
		"it isn't loaded yet":            {has(func(a *[3]material) { a[1].served = p.leaves[0][1][0] }), all(), false},
		"one refuses the healer":         {has(func(a *[3]material) { a[2].refuses = true }), all(), false},
		"it is not in":                   {has(func(*[3]material) {}), says(1, "CONNECTING", "Connection requested."), false},
		"nobody says who is in":          {has(func(*[3]material) {}), func(c *view.Cluster) { c.Nodes, c.NodesFrom = nil, "" }, false},
		"its handshakes were not looked": {has(func(*[3]material) {}), func(c *view.Cluster) { c.TLS = nil }, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHealing()
			told, outcome := h.looks(1, p.shows(drifted))
			require.True(t, outcome.Begin, "at the first look")
			assert.Equal(t, []string{"Detected NIFI-TLS-021 nudge", "Verdict NIFI-TLS-021 nudge"}, stages(told))
			assert.Equal(t, []string{"prod-0", "prod-1"}, h.memory.Doing().Act.Pods, "prod-2 has all it needs")
			h.memory, _ = h.memory.Done(names(), h.now, "nudged")
			told, _ = h.looks(1, p.shows(test.later), test.more)
			if !test.ends {
				assert.Empty(t, told)
				assert.NotNil(t, h.memory.Doing())
				return
			}
			require.Equal(t, []string{"Recovered NIFI-TLS-021 nudge"}, stages(told))
			assert.Contains(t, told[0].Reason, "10 s after it was detected; 9 of 9 cells of the trust matrix are Yes, 3 of 3 nodes let the healer in")
		})
	}
}

func TestANudgeThatDoesNotHelpIsEscalated(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	drifted := p.first()
	drifted[1].issued = p.leaves[1][1][0]
	h := newHealing()
	nudges := 0
	var told []Decision
	for range 200 {
		outcome := h.look(p.shows(drifted))
		told = append(told, outcome.Decisions...)
		if outcome.Begin {
			nudges++
			require.Equal(t, Nudge, h.memory.Doing().Act.Deed, "never a restart")
			h.memory, _ = h.memory.Done(names(), h.now, "nudged")
		}
	}
	assert.Equal(t, 3, nudges)
	assert.Equal(t, 1, countStage(told, Escalated))
}

// TestANudgeDoesNotWaitForTheCalm: a storm that is over keeps only deeds back
// that touch NiFi.
func TestANudgeDoesNotWaitForTheCalm(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	drifted := p.first()
	drifted[1].issued = p.leaves[1][1][0]
	h := newHealing()
	_, outcome := h.looks(1, p.shows(drifted), says(1, "DISCONNECTED", lostText), says(2, "DISCONNECTED", lostText))
	require.False(t, outcome.Begin, "it is a storm")
	_, outcome = h.looks(1, p.shows(drifted))
	require.True(t, outcome.Begin)
}

// TestADriftedPodThatStartsAnew: the others are nudged while it is on its way.
func TestADriftedPodThatStartsAnew(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	drifted := p.first()
	drifted[1].issued = p.leaves[1][1][0]
	tests := map[string]change{
		"it ends": func(c *view.Cluster) { c.Pods[1].Leaving = true },
		"it begins": func(c *view.Cluster) {
			c.Pods[1].Phase, c.Pods[1].Ready = "Pending", false
			c.TLS = append(c.TLS[:1:1], c.TLS[2:]...)
		},
	}
	for name, gone := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHealing()
			_, outcome := h.looks(1, p.shows(drifted), gone)
			require.True(t, outcome.Begin)
			assert.Equal(t, "prod-1", h.memory.Doing().Pod)
			assert.Subset(t, h.memory.Doing().Act.Pods, []string{"prod-0", "prod-2"})
		})
	}
}

func TestNobodyToNudge(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	h := newHealing()
	c := well(3, h.now)
	p.shows(p.first())(&c)
	refused := []findings.Finding{{ID: findings.TrustRefused, Subject: "prod-1"}}
	outcome := Judge(Input{Cluster: c, Findings: refused, Limits: DefaultLimits(), Me: "nifi-healer", Random: func() float64 { return 0 }}, Memory{})
	assert.False(t, outcome.Begin)
	assert.Contains(t, outcome.Decisions[len(outcome.Decisions)-1].Reason, "no pod's files lack an anchor")
}

// TestRandomDrifts: in random histories of issuances and deliveries a nudge goes
// to whom it may help and to nobody else, nothing but nudges is done, all ends
// well, and where nothing drifts nothing is even said.
func TestRandomDrifts(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	nudged, recovered := 0, 0
	for seed := range uint64(12) {
		random := rand.New(rand.NewPCG(seed, 7))
		s := &drifting{pki: p, random: random, all: p.first(), roots: min(2, 1+int(seed%4)), locked: random.Float64() < 0.1}
		h := newHealing()
		for at := range 45 {
			s.calm = at > 12
			outcome := h.look(p.shows(s.all), s.lock)
			if s.roots == 1 {
				require.Empty(t, outcome.Decisions, "history %d", seed)
			}
			if outcome.Begin {
				nudged++
				s.nudge(t, fmt.Sprintf("history %d", seed), *h.memory.Doing().Act)
				h.memory, _ = h.memory.Done(names(), h.now, "nudged")
			}
			recovered += countStage(outcome.Decisions, Recovered)
			s.pass()
		}
		require.Empty(t, h.memory.Incidents, "history %d", seed)
	}
	require.Greater(t, nudged, 5)
	require.Greater(t, recovered, 5)
}

// drifting is a cluster whose certificates are issued at random.
type drifting struct {
	pki
	random *rand.Rand
	all    [3]material
	roots  int // of how many CAs certificates are issued
	locked bool
	calm   bool // nothing more is issued, and nobody holds the lock
}

func (s *drifting) lock(c *view.Cluster) {
	if s.locked && !s.calm {
		c.Operation = &view.Operation{Holder: "kim@laptop", What: "rotate-ca", Renewed: c.Time, Duration: 15 * time.Second}
	}
}

// pass lets 10 s go by: NiFi loads what is in its files, kubelets look now and
// then, cert-manager issues.
func (s *drifting) pass() {
	for ordinal := range s.all {
		s.all[ordinal].served = s.all[ordinal].files
		if s.random.Float64() < 0.15 {
			s.deliver(ordinal)
		}
	}
	if ordinal := s.random.IntN(3); !s.calm && s.random.Float64() < 0.3 {
		s.all[ordinal].issued = s.leaves[s.random.IntN(s.roots)][ordinal][s.random.IntN(2)]
	}
}

// deliver brings what the Secrets hold to a pod.
func (s *drifting) deliver(ordinal int) {
	s.all[ordinal].files = s.all[ordinal].issued
	s.all[ordinal].anchors = s.pki.roots[:s.roots]
}

// nudge checks a nudge, and has its effect.
func (s *drifting) nudge(t *testing.T, which string, act Intent) {
	t.Helper()
	require.Equal(t, Nudge, act.Deed, which)
	require.False(t, s.locked && !s.calm, which)
	require.NotEmpty(t, act.Pods, which)
	for _, pod := range act.Pods {
		m := s.all[names().Ordinal(pod)]
		require.True(t, len(m.anchors) < s.roots || m.files.Fingerprint != m.issued.Fingerprint, "%s: %s lacks nothing", which, pod)
		s.deliver(names().Ordinal(pod))
	}
}
