package findings_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// healerRules are what the healer's overlay and the cluster's give it in a mode:
// the first is its own.
func healerRules(mode string) []view.Rule {
	one := func(group, resource, name string, verbs ...string) view.Rule {
		r := view.Rule{Groups: []string{group}, Resources: []string{resource}, Verbs: verbs, Healer: true}
		if name != "" {
			r.Names = []string{name}
		}
		return r
	}
	all := []view.Rule{
		one("apps", "statefulsets", "", "get", "list", "watch"),
		one("coordination.k8s.io", "leases", "prod-operation", "get", "update", "patch"),
		one("", "secrets", "prod-healer-tls", "get"),
		one("", "secrets", "prod-trust", "get"),
		one("", "pods/log", "prod-0", "get"),
	}
	if mode != "observe" {
		all = append(all, one("", "secrets", "prod-trust", "update", "patch"), one("", "pods/status", "prod-0", "patch"), one("", "pods/eviction", "prod-0", "create"))
	}
	return all
}

func TestHealerRights(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	for name, test := range map[string]struct {
		mode  string
		rules []view.Rule
		want  string // the evidence; empty: no finding
	}{
		"no healer":            {"act", nil, ""},
		"all":                  {"act", healerRules("act"), ""},
		"observer":             {"observe", healerRules("observe"), ""},
		"observer now to act":  {"act", healerRules("observe"), "nifi-healer may not update secrets/prod-trust, patch secrets/prod-trust, patch pods/status/prod-0, create pods/eviction/prod-0"},
		"suggests":             {"suggest", healerRules("act")[:7], "nifi-healer may not create pods/eviction/prod-0"},
		"rights for a cluster": {"act", healerRules("act")[1:], ""},
		"old overlay":          {"", healerRules("observe")[:1], "nifi-healer may not get leases/prod-operation, update leases/prod-operation, patch leases/prod-operation, get secrets/prod-healer-tls, get secrets/prod-trust, get pods/log/prod-0, update secrets/prod-trust, patch secrets/prod-trust, patch pods/status/prod-0, create pods/eviction/prod-0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := p.well()
			c.StatefulSet.HealerMode = test.mode
			c.Detail.Rules = append(c.Detail.Rules, test.rules...)
			all := findings.Judge(c)
			if test.want == "" {
				assert.Empty(t, all)
				return
			}
			require.Len(t, all, 1)
			assert.Equal(t, findings.HealerRights, all[0].ID)
			assert.Equal(t, []string{test.want}, all[0].Evidence)
		})
	}
}

// TestHealersRulesAreNotNiFis is a NiFi that lost its Role beside a healer that
// has all.
func TestHealersRulesAreNotNiFis(t *testing.T) {
	t.Parallel()
	c := newPKI(t).well()
	c.Detail.Rules = healerRules("act")
	all := findings.Judge(c)
	require.NotEmpty(t, all)
	assert.Equal(t, findings.NoRole, all[0].ID)
}
