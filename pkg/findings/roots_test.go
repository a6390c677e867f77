package findings_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// signedBy makes all nodes of a cluster without tls-sync serve a leaf with its
// root, by these roots.
func (p pki) signedBy(roots ...int) change {
	return func(c *view.Cluster) {
		c.StatefulSet.Unsynced, c.Certificates, c.Authorities = true, nil, nil
		for i, root := range roots {
			c.TLS[i].Files, c.TLS[i].Stores = view.Files{}, &view.Stores{}
			c.TLS[i].Served.Chain = []trust.Certificate{p.leaves[root][i], p.roots[root]}
		}
	}
}

func TestRootsThatDiffer(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	for name, changes := range map[string][]change{
		"one root":                 {p.signedBy(0, 0, 0), status(2, "CONNECTING", existing)},
		"everybody trusts the two": {p.signedBy(0, 0, 1)},
		"they load new ones":       {p.signedBy(0, 0, 1), status(2, "CONNECTING", existing), func(c *view.Cluster) { c.StatefulSet.Unsynced = false }},
	} {
		assert.NotContains(t, roots(findings.Judge(p.well(changes...))), findings.RootsDiffer, name)
	}

	judged := findings.Judge(p.well(p.signedBy(0, 0, 1), status(2, "CONNECTING", existing)))
	i := slices.IndexFunc(judged, func(f findings.Finding) bool { return f.ID == findings.RootsDiffer })
	require.GreaterOrEqual(t, i, 0)
	assert.Equal(t, []string{
		"root " + p.roots[0].Fingerprint.Short() + " (CN=prod-ca) signed for prod-0, prod-1", "root " + p.roots[1].Fingerprint.Short() + " (CN=prod-ca) signed for prod-2",
	}, judged[i].Evidence, "both bear one name")
	assert.Contains(t, judged[i].Remedy, "heal prod --trust --dry-run")
	assert.Equal(t, []findings.ID{findings.RootsDiffer}, roots(judged), "it explains why a node is out")
}
