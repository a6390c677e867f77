package findings_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

func taken(by view.Taken) change { return func(c *view.Cluster) { c.Taken = append(c.Taken, by) } }

// TestWhoTookANodeOut: status dates the request to four minutes ago.
func TestWhoTookANodeOut(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	out := status(2, "DISCONNECTED", byPerson)
	by := func(pod string, healer bool, last time.Duration) change {
		return taken(view.Taken{Pod: pod, By: "kim@laptop (scale --replicas 2)", Healer: healer, Since: ago(time.Hour), Last: ago(last)})
	}
	tests := map[string]struct {
		changes  []change
		id       findings.ID
		evidence string
		remedy   string
	}{
		"a person":                           {[]change{out}, findings.PersonDisconnected, "4m ago: " + byPerson, "nothing, if it is meant to be out"},
		"a person, another node's operation": {[]change{out, by("prod-1", false, 4*time.Minute)}, findings.PersonDisconnected, byPerson, "kubectl nifi -n nifi reconnect prod prod-2"},
		"a person, long after the operation": {[]change{out, by("prod-2", true, 10*time.Minute)}, findings.PersonDisconnected, byPerson, "reconnect"},
		"an operation": {[]change{out, by("prod-2", false, 4*time.Minute)}, findings.TakenOut,
			"kim@laptop (scale --replicas 2) took it out, in what it began 60m ago; the last step was written down 4m ago", "kubectl nifi -n nifi operations prod --resume"},
		"an operation, by another clock": {[]change{out, by("prod-2", false, 4*time.Minute+50*time.Second)}, findings.TakenOut, "took it out", "--abort"},
		"the healer":                     {[]change{out, by("prod-2", true, time.Minute)}, findings.TakenOut, "took it out", "if none runs any more, kubectl nifi -n nifi reconnect prod prod-2"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := findings.Judge(p.well(test.changes...))
			require.Len(t, all, 1)
			assert.Equal(t, test.id, all[0].ID)
			assert.Contains(t, all[0].Evidence[0], test.evidence)
			assert.Contains(t, all[0].Remedy, test.remedy)
		})
	}
}

// refusesUs is a cluster whose nodes have all got the second root, and let nobody
// of the first in.
func (p pki) refusesUs() change {
	return func(c *view.Cluster) {
		p.signedBy(1, 1, 1)(c)
		c.Nodes, c.NodesFrom = nil, ""
		for i := range c.TLS {
			c.TLS[i].Accepts = []view.Acceptance{{Authority: p.roots[0].Fingerprint, Verdict: trust.Unknown, Detail: "the node itself can't be verified"}}
			failed(view.SourceNode, c.TLS[i].Pod, view.ReasonOther, "tls: failed to verify certificate")(c)
		}
	}
}

func TestClientsOfAnotherRoot(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	given := func(c *view.Cluster) { c.StatefulSet.TLSSource, c.Detail.Secrets = "secrets", nil }
	tests := map[string]struct {
		changes []change
		remedy  string
	}{
		"a nifi-ca's": {nil, "kubectl nifi -n nifi certs renew prod admin healer"},
		"given ones":  {[]change{given}, "into the Secrets prod-admin-tls and prod-healer-tls: tls.crt, tls.key, ca.crt"},
		"one of their root that is refused": {[]change{func(c *view.Cluster) {
			for i := range c.TLS {
				c.TLS[i].Accepts[0].Authority = p.roots[1].Fingerprint
			}
		}}, ""},
		"a coordinator of their root that is slow": {[]change{p.signedBy(0, 1, 1), func(c *view.Cluster) {
			c.TLS[0].Accepts[0].Detail = "no answer in time"
		}}, ""},
		"a node of their root that is out": {[]change{p.signedBy(1, 1, 0)}, "kubectl nifi -n nifi certs renew prod admin healer"},
		"somebody answers":                 {[]change{func(c *view.Cluster) { c.NodesFrom = "prod-0" }}, ""},
		"they load anchors":                {[]change{func(c *view.Cluster) { c.StatefulSet.Unsynced = false }}, ""},
		"they let it in": {[]change{func(c *view.Cluster) {
			for i := range c.TLS {
				c.TLS[i].Accepts[0].Verdict = trust.Yes
			}
		}}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var remedy string
			for _, f := range findings.Judge(p.well(append([]change{p.refusesUs()}, test.changes...)...)) {
				if f.ID == findings.ClientsBehind {
					remedy = f.Remedy
				}
			}
			assert.Contains(t, remedy, test.remedy)
			assert.Equal(t, test.remedy == "", remedy == "", remedy)
		})
	}
}

// TestAStartUndoesAPersonsWish: NiFi has a node back when its process starts, so
// what keeps it out after that is no person's doing.
func TestAStartUndoesAPersonsWish(t *testing.T) {
	t.Parallel()
	unreachable := "Disconnection requested due to Attempted to request that node reconnect to cluster but could not communicate with node"
	for want, messages := range map[findings.Cause][]string{
		findings.CausePerson:      {"something else", byPerson, existing},
		findings.CauseUnreachable: {unreachable, existing, byPerson},
		findings.CauseUnknown:     {existing, byPerson},
	} {
		var node view.Node
		for _, message := range messages {
			node.Events = append(node.Events, view.NodeEvent{Message: message})
		}
		cause, _ := findings.WhyOut(node)
		assert.Equal(t, want, cause, messages)
	}
}
