package trust_test

import (
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

func TestCell(t *testing.T) {
	t.Parallel()
	a, namesake, other := root(t, "prod-ca"), root(t, "prod-ca"), root(t, "other-ca")
	middle, wrongMiddle := a.issue(t, "middle", authorized), other.issue(t, "middle", authorized)
	old, early := root(t, "old-ca", expired), root(t, "early-ca", future)
	leaf := a.issue(t, "prod-0")
	tests := map[string]struct {
		chain   []trust.Certificate
		anchors []trust.Certificate
		verdict trust.Verdict
		reason  trust.Reason
		detail  string
	}{
		"its root":               {chain(leaf), chain(a), trust.Yes, "", ""},
		"root served, too":       {chain(leaf, a), chain(a), trust.Yes, "", ""},
		"one of several":         {chain(leaf), chain(namesake, other, a), trust.Yes, "", ""},
		"through middle":         {chain(middle.issue(t, "prod-0"), middle), chain(a), trust.Yes, "", ""},
		"middle is the anchor":   {chain(middle.issue(t, "prod-0")), chain(middle), trust.Yes, "", ""},
		"no usages is any usage": {chain(a.issue(t, "prod-0", func(c *x509.Certificate) { c.ExtKeyUsage = nil })), chain(a), trust.Yes, "", ""},
		"same name, other key": {chain(leaf), chain(namesake), trust.No, trust.ReasonOtherKey,
			"an anchor of the same name but another key: " + namesake.Fingerprint.Short() + " (CN=prod-ca) did not sign " + leaf.Fingerprint.Short()},
		"same name, root served":  {chain(leaf, a), chain(namesake), trust.No, trust.ReasonOtherKey, "another key"},
		"no such anchor":          {chain(leaf), chain(other), trust.No, trust.ReasonNoAnchor, "no anchor for the issuer CN=prod-ca"},
		"no anchors at all":       {chain(leaf), chain(), trust.No, trust.ReasonNoAnchor, ""},
		"leaf expired":            {chain(a.issue(t, "prod-0", expired)), chain(a), trust.No, trust.ReasonExpired, "(CN=prod-0) expired at 2026-12-01T11:00:00Z"},
		"leaf not yet valid":      {chain(a.issue(t, "prod-0", future)), chain(a), trust.No, trust.ReasonNotYetValid, "is not valid before 2026-12-01T13:00:00Z"},
		"anchor expired":          {chain(old.issue(t, "prod-0")), chain(old), trust.No, trust.ReasonExpired, "(CN=old-ca) expired"},
		"anchor not yet valid":    {chain(early.issue(t, "prod-0")), chain(early), trust.No, trust.ReasonNotYetValid, "(CN=early-ca)"},
		"server only":             {chain(a.issue(t, "prod-0", serverOnly)), chain(a), trust.No, trust.ReasonUsage, "extended key usages [serverAuth] of its leaf"},
		"middle not served":       {chain(middle.issue(t, "prod-0")), chain(a), trust.No, trust.ReasonBrokenChain, "it doesn't serve the intermediate certificate " + middle.Fingerprint.Short()},
		"wrong middle served":     {chain(wrongMiddle.issue(t, "prod-1"), middle), chain(a), trust.No, trust.ReasonBrokenChain, "has the issuer's name but did not sign"},
		"expired, unknown issuer": {chain(other.issue(t, "prod-0", expired)), chain(a), trust.No, trust.ReasonExpired, ""},
		"nothing served":          {nil, chain(a), trust.Unknown, trust.ReasonNoChain, "what it serves is unknown"},
		"anchors unknown":         {chain(leaf), nil, trust.Unknown, trust.ReasonNoAnchors, "what it trusts is unknown"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			nodes := []trust.Node{{Name: "from", Chain: test.chain}, {Name: "to"}}
			if test.anchors != nil || name == "no anchors at all" {
				nodes[1].Anchors = trust.Fingerprints(test.anchors)
			}
			known := append(test.anchors, middle.Certificate)
			cell := trust.NewMatrix(nodes, known, now()).Cells[0][1]
			assert.Equal(t, test.verdict, cell.Verdict, cell.Detail)
			assert.Equal(t, test.reason, cell.Reason)
			assert.Contains(t, cell.Detail, test.detail)
			assert.Equal(t, "from to", cell.From+" "+cell.To)
			assert.Equal(t, test.verdict == trust.Yes, !cell.Anchor.IsZero())
		})
	}
}

// TestNodesDifferByWhatIsKnownOfThem: two of whom the same is known are judged
// once, and others are not taken for them.
func TestNodesDifferByWhatIsKnownOfThem(t *testing.T) {
	t.Parallel()
	a := root(t, "prod-ca")
	served, of := chain(a.issue(t, "prod-0"), a), trust.Fingerprints(chain(a))
	m := trust.NewMatrix([]trust.Node{
		{Name: "from", Chain: served}, {Name: "lets in", Accepts: of}, {Name: "refuses", Refuses: of}, {Name: "holds none", Anchors: []trust.Fingerprint{}},
		{Name: "lets in, too", Accepts: of}, {Name: "unknown"},
	}, nil, now())
	var reasons []trust.Reason
	for _, cell := range m.Cells[0] {
		reasons = append(reasons, cell.Reason)
	}
	assert.Equal(t, []trust.Reason{trust.ReasonNoAnchors, "", trust.ReasonNoAnchor, trust.ReasonNoAnchor, "", trust.ReasonNoAnchors}, reasons)
	assert.Contains(t, m.Cells[0][2].Detail, "refused a client certificate")
	assert.Equal(t, "lets in, too", m.Cells[0][4].To)
}

func TestFingerprintsWithoutMaterial(t *testing.T) {
	t.Parallel()
	a, b := root(t, "prod-ca"), root(t, "prod-ca")
	node := trust.Node{Name: "prod-0", Chain: chain(a.issue(t, "prod-0")), Anchors: trust.Fingerprints(chain(a, b))}
	judge := func(known ...authority) trust.Cell {
		return trust.NewMatrix([]trust.Node{node}, chain(known...), now()).Cells[0][0]
	}
	assert.Equal(t, trust.Yes, judge(a).Verdict, "the one that matters is known")
	cell := judge(b)
	assert.Equal(t, trust.Unknown, cell.Verdict)
	assert.Equal(t, trust.ReasonNoMaterial, cell.Reason)
	assert.Contains(t, cell.Detail, a.Fingerprint.Short())

	bare := trust.Node{Name: "prod-0", Chain: []trust.Certificate{{Fingerprint: a.Fingerprint, NotAfter: now()}}, Anchors: node.Anchors}
	cell = trust.NewMatrix([]trust.Node{bare}, nil, now()).Cells[0][0]
	assert.Equal(t, trust.ReasonNoChain, cell.Reason, "facts alone verify nothing")
}

func TestOddOnes(t *testing.T) {
	t.Parallel()
	a, b, c := root(t, "prod-ca"), root(t, "prod-ca"), root(t, "prod-ca")
	node := func(issuer authority, anchors ...authority) trust.Node {
		return trust.Node{Chain: chain(issuer.issue(t, "prod")), Anchors: trust.Fingerprints(chain(anchors...))}
	}
	late := trust.Node{Chain: chain(a.issue(t, "prod", expired)), Anchors: trust.Fingerprints(chain(a))}
	tests := map[string]struct {
		nodes  []trust.Node
		groups string // the nodes of each, largest first
		odd    string
	}{
		"all agree":              {[]trust.Node{node(a, a), node(a, a), node(a, a)}, "0+1+2", ""},
		"two roots, united":      {[]trust.Node{node(a, a, b), node(b, a, b), node(a, a, b)}, "0+1+2", ""},
		"one of another root":    {[]trust.Node{node(a, a), node(b, b), node(a, a)}, "0+2 1", "1"},
		"the first is odd":       {[]trust.Node{node(b, b), node(a, a), node(a, a)}, "1+2 0", "0"},
		"one way only":           {[]trust.Node{node(a, a), node(a, a), node(b, a, b)}, "0+1 2", "2"},
		"lacks the new anchor":   {[]trust.Node{node(b, a, b), node(b, a, b), node(b, a)}, "0+1 2", "2"},
		"its leaf expired":       {[]trust.Node{node(a, a), node(a, a), late}, "0+1 2", "2"},
		"a tie":                  {[]trust.Node{node(a, a), node(b, b)}, "0 1", ""},
		"three of three":         {[]trust.Node{node(a, a), node(b, b), node(c, c)}, "0 1 2", ""},
		"two odd ones":           {[]trust.Node{node(a, a), node(a, a), node(b, b), node(c, c)}, "0+1 2 3", "2 3"},
		"silent node":            {[]trust.Node{node(a, a), node(b, b), node(a, a), {}}, "0+2 1", "1"},
		"anchors of one unknown": {[]trust.Node{node(a, a), {Chain: chain(a.issue(t, "prod"))}}, "0+1", ""},
		"serves what it refuses": {[]trust.Node{node(a, a), node(a, a), node(b, a)}, "0+1 2", "2"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i := range test.nodes {
				test.nodes[i].Name = string(rune('0' + i))
			}
			m := trust.NewMatrix(test.nodes, chain(a, b, c), now())
			assert.Equal(t, test.groups, join(m.Groups()))
			assert.Equal(t, test.odd, join(m.OddOnes()))
		})
	}
}

func TestGroupNamesItsFingerprints(t *testing.T) {
	t.Parallel()
	a, b := root(t, "prod-ca"), root(t, "prod-ca")
	m := trust.NewMatrix([]trust.Node{
		{Name: "0", Chain: chain(a.issue(t, "0")), Anchors: trust.Fingerprints(chain(a))},
		{Name: "1", Chain: chain(a.issue(t, "1")), Anchors: trust.Fingerprints(chain(a, b))},
		{Name: "2", Chain: chain(b.issue(t, "2")), Anchors: trust.Fingerprints(chain(b))},
	}, chain(a, b), now())
	assert.Equal(t, []trust.Group{
		{Nodes: []string{"0", "1"}, Anchors: []trust.Fingerprint{a.Fingerprint, b.Fingerprint}, Issuers: []trust.Fingerprint{a.Fingerprint}},
		{Nodes: []string{"2"}, Anchors: []trust.Fingerprint{b.Fingerprint}, Issuers: []trust.Fingerprint{b.Fingerprint}},
	}, m.Groups())
	assert.False(t, m.Verified())
	assert.Len(t, m.Refusals(), 3) // 0→2, 1→2 and 2→0; node 1 trusts node 2
	assert.False(t, trust.NewMatrix(nil, nil, now()).Verified(), "nothing is no proof")
}

func TestFacts(t *testing.T) {
	t.Parallel()
	a := root(t, "prod-ca")
	leaf := a.issue(t, "prod-0").Certificate
	assert.Equal(t, "CN=prod-0", leaf.Subject)
	assert.Equal(t, "CN=prod-ca", leaf.Issuer)
	assert.Equal(t, "7", leaf.Serial)
	assert.Equal(t, "ECDSA P-256", leaf.Key)
	assert.Equal(t, []string{"prod-0.example"}, leaf.DNSNames)
	assert.Equal(t, []string{"serverAuth", "clientAuth"}, leaf.Usages)
	assert.Equal(t, now().AddDate(1, 0, 0), leaf.NotAfter)
	assert.False(t, leaf.CA)
	assert.True(t, a.CA && a.SelfIssued() && a.SignedBy(a.Certificate) && leaf.SignedBy(a.Certificate))
	assert.False(t, leaf.SelfIssued() || leaf.SignedBy(root(t, "prod-ca").Certificate))
	assert.Equal(t, time.UTC, leaf.NotAfter.Location())
}

func TestFingerprintText(t *testing.T) {
	t.Parallel()
	f := trust.FingerprintOf([]byte("x"))
	text, err := f.MarshalText()
	require.NoError(t, err)
	var back trust.Fingerprint
	require.NoError(t, back.UnmarshalText(text))
	assert.Equal(t, f, back)
	assert.Equal(t, string(text)[:12], f.Short())
	for _, wrong := range []string{"", "ab", strings.Repeat("g", 64), strings.Repeat("a", 66)} {
		_, err := trust.ParseFingerprint(wrong)
		assert.Error(t, err, wrong)
	}
}

func join(groups []trust.Group) string {
	var all []string
	for _, g := range groups {
		all = append(all, strings.Join(g.Nodes, "+"))
	}
	return strings.Join(all, " ")
}
