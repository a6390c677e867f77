package plugin

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation/live"
)

func TestPassing(t *testing.T) {
	t.Parallel()
	nodes := func(all ...nifi.NodeStatus) (nodes []operation.Node) {
		for _, status := range all {
			nodes = append(nodes, operation.Node{Status: status})
		}
		return nodes
	}
	for name, test := range map[string]struct {
		state operation.State
		want  string
	}{
		"no coordinator yet":      {operation.State{Blind: live.Electing}, live.Electing},
		"no answer in time":       {operation.State{Blind: live.Slow}, live.Slow},
		"nobody answers":          {operation.State{Blind: "asked through prod-0: refused", Nodes: nodes(nifi.Connecting)}, ""},
		"a new one gathers nodes": {operation.State{Nodes: nodes(nifi.Connecting, nifi.Disconnected)}, "no node is CONNECTED yet"},
		"one is in":               {operation.State{Nodes: nodes(nifi.Connecting, nifi.Connected)}, ""},
		"nobody tries":            {operation.State{Nodes: nodes(nifi.Disconnected, nifi.Offloaded)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, passing(test.state))
		})
	}
}
