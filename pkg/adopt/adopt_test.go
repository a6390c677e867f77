package adopt

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

func properties(changes map[string]string) map[string]string {
	p := map[string]string{
		"nifi.cluster.is.node": "true", "nifi.web.https.host": "flows-0.flows.data.svc.cluster.local", "nifi.web.https.port": "9443",
		"nifi.cluster.node.protocol.port": "6007", "nifi.security.user.authorizer": "managed-authorizer",
	}
	maps.Copy(p, changes)
	return p
}

func TestNodeOf(t *testing.T) {
	t.Parallel()
	plain := Node{
		Pod: "flows-0", Host: "flows-0.flows.data.svc.cluster.local", HTTPSPort: 9443, ProtocolPort: 6007,
		Election: topology.ElectionZooKeeper, Authorizer: "managed-authorizer",
	}
	tests := map[string]struct {
		changes map[string]string
		want    func(*Node)
		err     string
	}{
		"ZooKeeper unless it is said": {},
		"Leases": {changes: map[string]string{
			"nifi.cluster.leader.election.implementation":          "org.apache.nifi.kubernetes.leader.election.KubernetesLeaderElectionManager",
			"nifi.cluster.leader.election.kubernetes.lease.prefix": "flows",
		}, want: func(n *Node) { n.Election, n.LeasePrefix = topology.ElectionKubernetes, "flows" }},
		"loopback":        {changes: map[string]string{"nifi.web.https.network.interface.any": "lo"}, want: func(n *Node) { n.Loopback = true }},
		"other interface": {changes: map[string]string{"nifi.web.https.network.interface.default": "eth0"}},
		"reloading":       {changes: map[string]string{"nifi.security.autoreload.enabled": "true"}, want: func(n *Node) { n.Autoreload = true }},
		"candidates":      {changes: map[string]string{"nifi.cluster.flow.election.max.candidates": "3"}, want: func(n *Node) { n.Candidates = 3 }},
		"mapped":          {changes: map[string]string{"nifi.security.identity.mapping.pattern.dn": "^CN=(.*)$"}, want: func(n *Node) { n.Mapped = true }},
		"bare host":       {changes: map[string]string{"nifi.web.https.host": "flows-0"}, want: func(n *Node) { n.Host = "flows-0" }},
		"alone":           {changes: map[string]string{"nifi.cluster.is.node": "false"}, err: "flows-0 is no node of a cluster"},
		"no host":         {changes: map[string]string{"nifi.web.https.host": ""}, err: "which doesn't begin with the pod's name"},
		"another's host":  {changes: map[string]string{"nifi.web.https.host": "flows-01.flows"}, err: "which doesn't begin with the pod's name"},
		"no HTTPS":        {changes: map[string]string{"nifi.web.https.port": ""}, err: `flows-0: nifi.web.https.port is "", which is no port`},
		"no such port":    {changes: map[string]string{"nifi.cluster.node.protocol.port": "70000"}, err: `nifi.cluster.node.protocol.port is "70000"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := NodeOf("flows-0", properties(test.changes), trust.Stores{})
			if test.err != "" {
				require.ErrorContains(t, err, test.err)
				return
			}
			require.NoError(t, err)
			want := plain
			if test.want != nil {
				test.want(&want)
			}
			assert.Equal(t, want, got)
		})
	}
}

func TestContainer(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		containers []Container
		asked      string
		want, err  string
	}{
		"the only one":      {containers: []Container{{"main", "registry.example/team/flows:1"}}, want: "main"},
		"asked for":         {containers: []Container{{"nifi", ""}, {"main", ""}}, asked: "main", want: "main"},
		"by name":           {containers: []Container{{"log", ""}, {"nifi", ""}}, want: "nifi"},
		"the chart's":       {containers: []Container{{"server", "apache/nifi:1.16.3"}, {"app-log", "busybox:1.32.0"}}, want: "server"},
		"by image":          {containers: []Container{{"a", "registry.example:5000/apache/nifi@sha256:00"}, {"b", "busybox"}}, want: "a"},
		"nobody knows":      {containers: []Container{{"a", "x/nifi:1"}, {"b", "y/nifi:1"}}, err: "Say it with --container: a, b"},
		"none of that name": {containers: []Container{{"a", ""}}, asked: "b", err: `no container "b" but a`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Workload{Name: "flows", Containers: test.containers}.Container(test.asked)
			if test.err != "" {
				require.ErrorContains(t, err, test.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, test.want, got)
		})
	}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	w := Workload{Name: "flows", Headless: "flows", Selector: "app=flows"}
	node := func(pod string, change func(*Node)) Node {
		n := Node{Pod: pod, Host: pod + ".flows", HTTPSPort: 9443, ProtocolPort: 6007, Election: topology.ElectionZooKeeper}
		if change != nil {
			change(&n)
		}
		return n
	}
	layout, stores, err := w.Describe("main", []Node{node("flows-0", nil), node("flows-1", nil)})
	require.NoError(t, err)
	require.NoError(t, layout.Validate())
	assert.Equal(t, ".flows", layout.Suffix)
	assert.Equal(t, "main", stores.Container)

	tests := map[string]struct {
		change func(*Node)
		err    string
	}{
		"domains":    {func(n *Node) { n.Host = "flows-1.elsewhere" }, "flows-0 and flows-1 differ in the domain of nifi.web.https.host"},
		"ports":      {func(n *Node) { n.HTTPSPort = 8443 }, "differ in nifi.web.https.port"},
		"protocols":  {func(n *Node) { n.ProtocolPort = 1 }, "differ in nifi.cluster.node.protocol.port"},
		"elections":  {func(n *Node) { n.LeasePrefix = "x" }, "differ in their leader election"},
		"stores":     {func(n *Node) { n.Stores.Keystore.Path = "/x" }, "differ in where their stores are"},
		"authorizer": {func(n *Node) { n.Authorizer = "x" }, "differ in nifi.security.user.authorizer"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := w.Describe("main", []Node{node("flows-0", nil), node("flows-1", test.change)})
			assert.ErrorContains(t, err, test.err)
		})
	}
	_, _, err = w.Describe("main", nil)
	assert.ErrorContains(t, err, "no pod of StatefulSet")
}

func TestGrants(t *testing.T) {
	t.Parallel()
	writes := func(all []Grant) (who []string) {
		for _, g := range all {
			assert.NotEmpty(t, g.Why)
			if g.Action == nifi.Write {
				who = append(who, g.Identity+" "+g.Resource)
			}
		}
		return who
	}
	assert.Equal(t, []string{"CN=a /controller", "CN=h /controller"}, writes(Grants("CN=a", "CN=h", topology.HealerAct, "managed-authorizer")))
	assert.Equal(t, []string{"CN=a /controller"}, writes(Grants("CN=a", "CN=h", topology.HealerSuggest, "managed-authorizer")), "who only suggests changes nothing")
	assert.Len(t, Grants("", "CN=h", topology.HealerObserve, "managed-authorizer"), 3)
	assert.Empty(t, Grants("", "", topology.HealerAct, "managed-authorizer"))
	assert.Empty(t, Grants("CN=a", "CN=h", topology.HealerAct, "single-user-authorizer"))
}
