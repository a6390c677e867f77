package view_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// pair is two CAs of one name, each with a leaf.
type pair struct{ roots, leaves [2]trust.Certificate }

func newPair(t *testing.T) pair {
	t.Helper()
	var p pair
	for i := range p.roots {
		ca, err := nifitest.NewCA("prod-ca")
		require.NoError(t, err)
		signed, err := ca.Issue(nifitest.Leaf{NotBefore: now().Add(-time.Hour).Truncate(time.Second)})
		require.NoError(t, err)
		p.roots[i], p.leaves[i] = trust.NewCertificate(ca.Certificate), trust.NewCertificate(signed.Leaf)
	}
	return p
}

// drifted is two pods of the first CA, of which prod-1 was issued a
// certificate of the second.
func (p pair) drifted() view.Cluster {
	c := view.Cluster{
		Names: names(), Time: now(), Authorities: p.roots[:],
		Detail: &view.Detail{Requests: []view.CertificateRequest{{Certificate: "prod-1-tls", Ready: true, Chain: p.leaves[1:]}}},
		Certificates: []view.Certificate{
			{Name: "prod-0-tls", Secret: "prod-0-tls", Ready: true}, {Name: "prod-1-tls", Secret: "prod-1-tls", Ready: true, NotBefore: p.leaves[1].NotBefore},
		},
	}
	for _, pod := range []string{"prod-0", "prod-1"} {
		c.TLS = append(c.TLS, view.TLS{
			Pod: pod, Served: view.Served{Chain: p.leaves[:1]},
			Files: view.Files{Published: now(), Chain: trust.Fingerprints(p.leaves[:1]), Anchors: trust.Fingerprints(p.roots[:1])},
		})
	}
	return c
}

func TestWhoIsBehind(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	union, leaf := trust.Fingerprints(p.roots[:]), trust.Fingerprints(p.leaves[1:])
	tests := map[string]struct {
		edit           func(c *view.Cluster)
		behind, poorer []string
		yes            int
	}{
		"nobody was told":       {func(*view.Cluster) {}, []string{"prod-0", "prod-1"}, nil, 2},
		"its own files have it": {func(c *view.Cluster) { c.TLS[1].Files.Chain, c.TLS[1].Files.Anchors = leaf, union }, []string{"prod-0"}, []string{"prod-0"}, 3},
		"the others have it":    {func(c *view.Cluster) { c.TLS[0].Files.Anchors = union }, []string{"prod-1"}, []string{"prod-1"}, 3},
		"it isn't delivered":    {func(c *view.Cluster) { c.TLS[0].Files.Anchors, c.TLS[1].Files.Anchors = union, union }, []string{"prod-1"}, nil, 4},
		"all have all": {func(c *view.Cluster) {
			c.TLS[0].Files.Anchors, c.TLS[1].Files = union, view.Files{Published: now(), Chain: leaf, Anchors: union}
		}, nil, nil, 4},
		"files that nobody knows": {func(c *view.Cluster) { c.TLS[0].Files, c.TLS[1].Files = view.Files{}, view.Files{} }, nil, nil, 0},
		"no issuance is known":    {func(c *view.Cluster) { c.Detail = nil }, nil, nil, 4},
		"the Secret has another":  {func(c *view.Cluster) { c.Certificates[1].NotBefore = now() }, nil, nil, 4},
		"served, not issued": {func(c *view.Cluster) {
			c.Detail, c.TLS[1].Served.Chain = nil, p.leaves[1:]
		}, []string{"prod-0", "prod-1"}, nil, 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := p.drifted()
			test.edit(&c)
			assert.Equal(t, test.behind, c.Behind())
			assert.Equal(t, test.poorer, c.Poorer())
			yes, cells := c.Trusting()
			assert.Equal(t, []int{test.yes, 4}, []int{yes, cells})
		})
	}
}

func TestCurrentAndAccepted(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	c := p.drifted()
	assert.True(t, c.Current(c.TLS[0]))
	assert.False(t, c.Current(c.TLS[1]), "it has been issued another")
	c.TLS[1].Files.Chain = trust.Fingerprints(p.leaves[1:])
	assert.False(t, c.Current(c.TLS[1]), "it doesn't serve it yet")
	c.TLS[1].Served.Chain = p.leaves[1:]
	assert.True(t, c.Current(c.TLS[1]))

	assert.False(t, view.TLS{}.Accepted(), "nobody asked")
	assert.True(t, view.TLS{Accepts: []view.Acceptance{{Verdict: trust.Yes}}}.Accepted())
	assert.False(t, view.TLS{Accepts: []view.Acceptance{{Verdict: trust.Yes}, {Verdict: trust.Unknown}}}.Accepted())
}
