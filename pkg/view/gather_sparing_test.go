package view_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// spared is a cluster whose nodes count how often they are asked of themselves.
type spared struct {
	sources
	answer nifi.Cluster
	err    error

	mu    sync.Mutex
	asked int
}

func newSpared() *spared {
	s := &spared{sources: sources{Cluster: well()}}
	for ordinal := range 3 {
		s.answer.Nodes = append(s.answer.Nodes, nifi.Node{
			Address: names().FQDN(names().Pod(ordinal)), Status: nifi.Connected, Heartbeat: heartbeat(5 * time.Second),
		})
	}
	return s
}

// heartbeat is one of that age, as NiFi writes it.
func heartbeat(age time.Duration) string { return now().Add(-age).Format("01/02/2006 15:04:05 MST") }

func (s *spared) credentials(context.Context) (view.NodeDialer, error) {
	return func(string) (view.NodeClient, error) { return sparedClient{s}, nil }, nil
}

type sparedClient struct{ *spared }

func (c sparedClient) Cluster(context.Context) (nifi.Cluster, error) { return c.answer, c.err }
func (c sparedClient) System(context.Context) (nifi.System, error)   { return nifi.System{}, nil }

func (c sparedClient) Summary(context.Context) (nifi.Summary, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spared.asked++
	return nifi.Summary{ConnectedToCluster: true}, nil
}

func TestASparingGatherAsksNodesIfNeedBe(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		stage func(*spared)
		asked int
	}{
		"all is well":              {func(*spared) {}, 0},
		"a node is out":            {func(s *spared) { s.answer.Nodes[2].Status = nifi.Disconnected }, 3},
		"a node is unknown":        {func(s *spared) { s.answer.Nodes = s.answer.Nodes[:2] }, 3},
		"a stale node":             {func(s *spared) { s.answer.Nodes = append(s.answer.Nodes, nifi.Node{Address: "gone"}) }, 3},
		"a heartbeat is late":      {func(s *spared) { s.answer.Nodes[1].Heartbeat = heartbeat(9 * time.Second) }, 3},
		"a heartbeat of no time":   {func(s *spared) { s.answer.Nodes[1].Heartbeat = "11/22/2026 19:04:59 CET" }, 3},
		"a pod isn't ready":        {func(s *spared) { s.Cluster.Pods[0].Ready = false }, 3},
		"nothing probes the pods":  {func(s *spared) { s.Cluster.StatefulSet.Unprobed = true }, 3},
		"there is no coordinator":  {func(s *spared) { s.err = nifi.ErrNotConnected }, 3},
		"pods can't be listed":     {func(s *spared) { s.failing = map[view.Source]error{view.SourcePods: view.ErrForbidden} }, 0},
		"the StatefulSet can't be": {func(s *spared) { s.failing = map[view.Source]error{view.SourceStatefulSet: view.ErrForbidden} }, 3},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSpared()
			test.stage(s)
			var got view.Cluster
			synctest.Test(t, func(t *testing.T) {
				got = view.Gather(t.Context(), view.Sources{Kubernetes: s, Credentials: s.credentials, Sparing: true}, names(), time.Minute, now)
			})
			assert.Equal(t, test.asked, s.asked)
			assert.Len(t, got.Summaries, test.asked)
			assert.Equal(t, s.err == nil, got.NodesFrom != "")
		})
	}
}

func TestPlain(t *testing.T) {
	t.Parallel()
	bare := func(c *view.Cluster) { c.Summaries = nil }
	assert.True(t, with(bare).Plain())
	for name, change := range map[string]func(*view.Cluster){
		"nodes were asked":    func(c *view.Cluster) { c.Summaries = well().Summaries },
		"no coordinator":      func(c *view.Cluster) { c.NodesFrom = "" },
		"handshakes were":     func(c *view.Cluster) { c.TLS = []view.TLS{} },
		"it is a diagnosis":   func(c *view.Cluster) { c.Detail = &view.Detail{} },
		"a source has failed": failed(view.SourceOperation, view.ReasonForbidden),
	} {
		assert.False(t, with(bare, change).Plain(), name)
	}
}
