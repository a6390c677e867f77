package operation

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// healthy is three nodes that are in, prod-0 the coordinator, each with 100
// FlowFiles of 100,000 bytes together, and space for more.
func healthy() State {
	s := newSim(3, 1).State
	for i := range s.Nodes {
		s.Nodes[i].Free = 1 << 20
	}
	return s
}

// out is a change of healthy: a node that isn't CONNECTED.
func outside(ordinal int, status nifi.NodeStatus) func(*State) {
	return func(s *State) { s.Nodes[ordinal].Status, s.Nodes[ordinal].Ready = status, false }
}

func TestPreflight(t *testing.T) {
	t.Parallel()
	down, up := Intent{Kind: Scale, Replicas: 2}, Intent{Kind: Scale, Replicas: 4}
	about := func(kind Kind, pods ...string) Intent { return Intent{Kind: kind, Nodes: pods} }
	const restarts = "a restart of its pod brings a node back into the cluster, whoever took it out"
	tests := map[string]struct {
		intent   Intent
		stage    func(*State)
		warnings []string
		refusal  string
	}{
		"blind": {intent: up, stage: func(s *State) { s.Blind = "a coordinator is being elected" },
			refusal: "the coordinator's view of the nodes is missing: a coordinator is being elected; see kubectl nifi diagnose"},
		"unsettled": {intent: up, stage: func(s *State) { s.Settled = false },
			refusal: "Kubernetes hasn't seen the last change of the StatefulSet yet; try again in a moment"},
		"rolling out": {intent: up, stage: func(s *State) { s.Nodes[0].Revision, s.Nodes[2].Revision = "old", "old" },
			refusal: "Kubernetes is rolling out a change; still on the old revision: prod-0, prod-2; wait until kubectl rollout status is through"},
		"rolling out by hand":  {intent: up, stage: func(s *State) { s.Manual, s.Nodes[0].Revision = true, "old" }},
		"old node without pod": {intent: up, stage: func(s *State) { s.Nodes[2].UID, s.Nodes[2].Revision = "", "" }},
		"reconnect":            {intent: Intent{Kind: Reconnect, Nodes: []string{"prod-1"}}, stage: outside(1, nifi.Disconnected)},

		"up":                      {intent: up},
		"up, certificates":        {intent: up, stage: func(s *State) { s.Certificates = 4 }},
		"up, without certificate": {intent: up, stage: func(s *State) { s.Certificates = 3 }, refusal: "certificates exist for 3 nodes, not for 4; raise spec.maxReplicas, render and apply, then scale"},
		"up, a node out":          {intent: up, stage: outside(1, nifi.Disconnected)},

		"down": {intent: down},
		"down, roles": {intent: down, stage: func(s *State) { s.Nodes[2].Coordinator, s.Nodes[2].Primary = true, true }, warnings: []string{
			"prod-2 is the coordinator: for up to 20s nobody answers for the cluster while another is elected",
			"prod-2 is the primary node: processors that run on the primary node only move to another",
		}},
		"down, leaving out": {intent: down, stage: outside(2, nifi.Offloaded)},
		"down, staying out": {intent: down, stage: outside(0, nifi.Disconnected),
			refusal: "prod-0, which is to stay, is DISCONNECTED; see kubectl nifi diagnose; a node can be drained only into nodes that are CONNECTED"},
		"down, not ready":       {intent: down, stage: func(s *State) { s.Nodes[0].Ready = false }, refusal: "CONNECTED in a pod that isn't ready"},
		"down, without pod":     {intent: down, stage: func(s *State) { s.Nodes[1].UID = "" }, refusal: "prod-1, which is to stay, is without a pod"},
		"down, unknown node":    {intent: down, stage: func(s *State) { s.Nodes[1].ID, s.Nodes[1].Status = "", "" }, refusal: "unknown to the coordinator"},
		"same size, a node out": {intent: Intent{Kind: Scale, Replicas: 3}, stage: outside(1, nifi.Disconnected)},
		"down, just room":       {intent: down, stage: func(s *State) { s.Nodes[0].Free = 55_556 }},
		"down, no room": {intent: down, stage: func(s *State) { s.Nodes[0].Free = 55_554 },
			refusal: "prod-0 has 0.1 MiB left for content, and 0.0 MiB of FlowFiles would move to it; enlarge its volume or let its queues drain first"},
		"down, room unknown":    {intent: down, stage: func(s *State) { s.Nodes[0].Free = -1 }},
		"down, full, no queue":  {intent: down, stage: func(s *State) { s.Nodes[0].Free, s.Nodes[2].Bytes = 0, 0 }},
		"down, full, one stays": {intent: Intent{Kind: Scale, Replicas: 1}, stage: func(s *State) { s.Nodes[0].Free = 200_000 }, refusal: "prod-0 has 0.2 MiB left for content"},

		"restart":              {intent: about(Restart, "prod-0", "prod-1", "prod-2")},
		"restart, a node out":  {intent: about(Restart, "prod-1"), stage: outside(1, nifi.Disconnected)},
		"restart, no such pod": {intent: about(Restart, "prod-1", "prod-7"), refusal: "there is no pod prod-7; see kubectl nifi status"},
		"restart, pod missing": {intent: about(Restart, "prod-1"), stage: func(s *State) { s.Nodes[1].UID = "" }, refusal: "there is no pod prod-1"},
		"restart, the last": {intent: about(Restart, "prod-0"), stage: func(s *State) { s.Nodes = s.Nodes[:1] },
			warnings: []string{"no other node is CONNECTED: the cluster is down until the pod is back"}},
		"drain the last": {intent: Intent{Kind: Restart, Nodes: []string{"prod-0"}, Drain: true}, stage: func(s *State) { s.Nodes = s.Nodes[:1] },
			refusal: "prod-0 can't be drained: no other node is CONNECTED; leave out --drain: its queue stays on its volume"},
		"upgrade, pod missing": {intent: about(Upgrade, "prod-1"), stage: func(s *State) { s.Nodes[1].UID = "" }, refusal: "there is no pod prod-1"},

		"disconnect":            {intent: about(Disconnect, "prod-1"), warnings: []string{restarts}},
		"disconnect all":        {intent: about(Disconnect, "prod-0", "prod-1", "prod-2"), refusal: "no CONNECTED node would be left; NiFi never lets the last CONNECTED node go"},
		"disconnect the last":   {intent: about(Disconnect, "prod-0"), stage: func(s *State) { outside(1, nifi.Disconnected)(s); outside(2, nifi.Offloaded)(s) }, refusal: "no CONNECTED node would be left"},
		"disconnect a stranger": {intent: about(Disconnect, "prod-7"), refusal: "the coordinator knows no node prod-7; see kubectl nifi status"},
		"disconnect, full":      {intent: about(Disconnect, "prod-1"), stage: func(s *State) { s.Nodes[0].Free = 0 }, warnings: []string{restarts}},
		"offload":               {intent: about(Offload, "prod-1"), warnings: []string{restarts}},
		"offload, full":         {intent: about(Offload, "prod-1"), stage: func(s *State) { s.Nodes[0].Free = 0 }, warnings: []string{restarts}, refusal: "prod-0 has 0.0 MiB left for content"},

		"remove":                  {intent: about(Remove, "prod-1"), stage: outside(1, nifi.Offloaded)},
		"remove a stranger":       {intent: about(Remove, "prod-7"), refusal: "the coordinator knows no node prod-7"},
		"remove a CONNECTED one":  {intent: about(Remove, "prod-1"), refusal: "prod-1 is CONNECTED, and NiFi removes DISCONNECTED and OFFLOADED nodes only; first kubectl nifi offload"},
		"remove while OFFLOADING": {intent: about(Remove, "prod-1"), stage: outside(1, nifi.Offloading), refusal: "prod-1 is OFFLOADING"},
		"remove with FlowFiles": {intent: about(Remove, "prod-1"), stage: outside(1, nifi.Disconnected),
			refusal: "100 FlowFiles were queued on prod-1 when it was last heard of; kubectl nifi offload or rescue brings them to other nodes; --lose-flowfiles gives them up"},
		"remove a mute one": {intent: about(Remove, "prod-1"), stage: func(s *State) { outside(1, nifi.Disconnected)(s); s.Nodes[1].FlowFiles, s.Nodes[1].Mute = 0, true },
			refusal: "nobody can say what is queued on prod-1; bring it back"},
		"reconnect a stranger": {intent: about(Reconnect, "prod-7"), refusal: "the coordinator knows no node prod-7"},
		"remove and lose":      {intent: Intent{Kind: Remove, Nodes: []string{"prod-1"}, Lose: true}, stage: outside(1, nifi.Disconnected)},
		"remove an empty one":  {intent: about(Remove, "prod-1"), stage: func(s *State) { outside(1, nifi.Disconnected)(s); s.Nodes[1].FlowFiles = 0 }},

		"rescue":         {intent: Intent{Kind: Rescue, Replicas: 3, Nodes: []string{"prod-3"}}},
		"rescue nothing": {intent: Intent{Kind: Rescue, Replicas: 3}, refusal: "there is nothing to rescue: every volume belongs to a node, or was drained"},
		"rescue, a node out": {intent: Intent{Kind: Rescue, Replicas: 3, Nodes: []string{"prod-3"}}, stage: outside(1, nifi.Connecting),
			refusal: "prod-1 is CONNECTING, and FlowFiles move to CONNECTED nodes only"},
		"rescue, the lost one is known": {intent: Intent{Kind: Rescue, Replicas: 2, Nodes: []string{"prod-2"}}, stage: func(s *State) { s.Replicas = 2; outside(2, nifi.Disconnected)(s) }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := healthy()
			if test.stage != nil {
				test.stage(&s)
			}
			warnings, err := Preflight(test.intent, s)
			assert.Equal(t, test.warnings, warnings)
			if test.refusal == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorAs(t, err, new(Refusal))
			assert.Contains(t, err.Error(), test.refusal)
		})
	}
}
