package live

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// noon is when the snapshots are taken.
func noon() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

// three is a cluster of three nodes, all in, an hour old, prod-0 its coordinator.
func three() (view.Cluster, []view.Claim) {
	names := topology.Names{Cluster: "prod", Namespace: "nifi", Domain: "cluster.local"}
	c := view.Cluster{
		Names: names, Time: noon(), NodesFrom: "prod-0",
		StatefulSet: &view.StatefulSet{Desired: 3, UpdateRevision: "r1", Observed: true, Image: "apache/nifi:2.3.0", Version: "2.3.0"},
	}
	var claims []view.Claim
	for ordinal := range 3 {
		pod := names.Pod(ordinal)
		c.Pods = append(c.Pods, view.Pod{Name: pod, UID: "uid-" + pod, Revision: "r1", Ready: true, WasReady: true, Created: noon().Add(-time.Hour)})
		c.Nodes = append(c.Nodes, view.Node{ID: "id-" + pod, Address: names.FQDN(pod), Status: "CONNECTED", Heartbeat: noon(), FlowFiles: 10, Bytes: 100})
		claims = append(claims, view.Claim{Name: "state-" + pod, Pod: pod, Created: noon().Add(-time.Hour)})
	}
	c.Nodes[0].Roles = []string{"Cluster Coordinator"}
	c.Certificates = []view.Certificate{{Secret: "prod-0-tls"}, {Secret: "prod-1-tls"}, {Secret: "prod-2-tls"}, {Secret: "prod-3-tls"}, {Secret: "prod-admin-tls"}}
	return c, claims
}

func TestStateOf(t *testing.T) {
	t.Parallel()
	c, claims := three()
	s, err := stateOf(c, claims, 3)
	require.NoError(t, err)
	assert.Equal(t, []any{3, 3, 4, "apache/nifi:2.3.0", "2.3.0", "r1", "", true, false, 3},
		[]any{s.Replicas, s.Candidates, s.Certificates, s.Image, s.Version, s.Revision, s.Blind, s.Settled, s.Manual, s.Connected()})
	assert.Equal(t, operation.Node{
		Pod: "prod-0", Ordinal: 0, Address: "prod-0.prod-nodes.nifi.svc.cluster.local", UID: "uid-prod-0", Ready: true, Revision: "r1",
		Claims: []string{"state-prod-0"}, ID: "id-prod-0", Status: nifi.Connected, Coordinator: true, FlowFiles: 10, Bytes: 100, Free: -1,
	}, s.Nodes[0])
	s, err = stateOf(c, claims, 0)
	require.NoError(t, err)
	assert.Equal(t, 3, s.Candidates, "as many as replicas if nobody says")
}

// What there is of prod-2 in other states of affairs.
func TestNodeOf(t *testing.T) {
	t.Parallel()
	const wanted = "Node disconnected due to User CN=kim requested that node be disconnected from cluster"
	tests := map[string]struct {
		stage func(*view.Cluster, []view.Claim)
		want  func(*operation.Node)
	}{
		"taken out by a person": {
			stage: func(c *view.Cluster, _ []view.Claim) {
				c.Nodes[2].Status, c.Nodes[2].Events = "DISCONNECTED", []view.NodeEvent{{Message: wanted}}
			},
			want: func(n *operation.Node) { n.Status, n.ByPerson = nifi.Disconnected, true },
		},
		"back since": {
			stage: func(c *view.Cluster, _ []view.Claim) { c.Nodes[2].Events = []view.NodeEvent{{Message: wanted}} },
			want:  func(*operation.Node) {},
		},
		"out by itself": {
			stage: func(c *view.Cluster, _ []view.Claim) {
				c.Nodes[2].Status, c.Nodes[2].Heartbeat = "DISCONNECTED", time.Time{}
				c.Nodes[2].Events = []view.NodeEvent{{Message: "Node Status changed from CONNECTED to DISCONNECTED due to Node was Shutdown"}}
			},
			want: func(n *operation.Node) { n.Status, n.Mute = nifi.Disconnected, true },
		},
		"no pod": {
			stage: func(c *view.Cluster, _ []view.Claim) { c.Pods = c.Pods[:2] },
			want:  func(n *operation.Node) { n.UID, n.Ready, n.Revision = "", false, "" },
		},
		"unknown to the coordinator": {
			stage: func(c *view.Cluster, _ []view.Claim) { c.Nodes = c.Nodes[:2] },
			want:  func(n *operation.Node) { n.ID, n.Status, n.FlowFiles, n.Bytes = "", "", 0, 0 },
		},
		"new pod on a new volume": {
			stage: func(c *view.Cluster, claims []view.Claim) {
				c.Nodes = c.Nodes[:2]
				c.Pods[2].Ready, c.Pods[2].WasReady = false, false
			},
			want: func(n *operation.Node) {
				n.ID, n.Status, n.FlowFiles, n.Bytes, n.Ready, n.Virgin = "", "", 0, 0, false, true
			},
		},
		"new pod on an old volume": {
			stage: func(c *view.Cluster, claims []view.Claim) {
				c.Nodes = c.Nodes[:2]
				c.Pods[2].Ready, c.Pods[2].WasReady, c.Pods[2].Created = false, false, noon()
			},
			want: func(n *operation.Node) { n.ID, n.Status, n.FlowFiles, n.Bytes, n.Ready = "", "", 0, 0, false },
		},
		"a volume alone": {
			stage: func(c *view.Cluster, _ []view.Claim) {
				c.StatefulSet.Desired, c.Pods, c.Nodes = 2, c.Pods[:2], c.Nodes[:2]
			},
			want: func(n *operation.Node) {
				*n = operation.Node{Pod: n.Pod, Ordinal: n.Ordinal, Address: n.Address, Claims: n.Claims, Free: -1}
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, claims := three()
			before, err := stateOf(c, claims, 3)
			require.NoError(t, err)
			want := before.Nodes[2]
			test.want(&want)
			test.stage(&c, claims)
			s, err := stateOf(c, claims, 3)
			require.NoError(t, err)
			got, ok := s.Node("prod-2")
			require.True(t, ok)
			assert.Equal(t, want, got)
		})
	}
}

func TestBlind(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		failure view.SourceError
		want    string
	}{
		"electing":       {view.SourceError{Source: view.SourceCoordinator, Reason: view.ReasonNoLeader, Message: "503"}, "a coordinator is being elected"},
		"only nodes out": {view.SourceError{Source: view.SourceCoordinator, Reason: view.ReasonOut, Message: "404"}, "a coordinator is being elected"},
		"hung":           {view.SourceError{Source: view.SourceCoordinator, Reason: view.ReasonTimeout, Message: "no answer"}, "the coordinator doesn't answer in time"},
		"no credentials": {view.SourceError{Source: view.SourceCredentials, Message: "reading Secret: forbidden"}, "reading Secret: forbidden"},
		"nobody asked":   {view.SourceError{Source: view.SourceEvents}, "no node answers for the cluster"},
	}
	for name, test := range tests {
		c, claims := three()
		c.NodesFrom, c.Nodes, c.Errors = "", nil, []view.SourceError{test.failure}
		s, err := stateOf(c, claims, 3)
		require.NoError(t, err, name)
		assert.Equal(t, test.want, s.Blind, name)
	}
	for _, source := range []view.Source{view.SourceStatefulSet, view.SourcePods} {
		c, claims := three()
		c.Errors = []view.SourceError{{Source: source, Message: "no answer in time"}}
		_, err := stateOf(c, claims, 3)
		require.EqualError(t, err, "no answer in time", "there is nothing to plan with")
	}
}
