package nifitest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
)

// admin calls one node of the cluster as its administrator.
func admin(t *testing.T, cluster *nifitest.Cluster, node int) *nifi.Client {
	t.Helper()
	config, err := cluster.AdminTLS()
	require.NoError(t, err)
	c, err := nifi.NewClient(cluster.Node(node).URL(), cluster.HTTPClient(config))
	require.NoError(t, err)
	return c
}

func set(t *testing.T, c *nifi.Client, node *nifitest.Node, status nifi.NodeStatus) nifi.Node {
	t.Helper()
	answer, err := c.SetNodeStatus(t.Context(), node.ID(), status)
	require.NoError(t, err)
	return answer
}

func messages(node nifi.Node) []string {
	var all []string
	for _, e := range node.Events {
		all = append(all, e.Message)
	}
	return all
}

// The whole way out and back, with the events that a real coordinator writes.
func TestNodeLeavesOffloadsAndReturns(t *testing.T) {
	t.Parallel()
	cluster := nifitest.Start(t, nifitest.Options{})
	c, node := admin(t, cluster, 0), cluster.Node(2)

	answer := set(t, c, node, nifi.Disconnecting)
	assert.Equal(t, nifi.Disconnected, answer.Status, "DISCONNECTING is never shown")
	assert.Empty(t, answer.Heartbeat)
	summary, err := admin(t, cluster, 2).Summary(t.Context())
	require.NoError(t, err)
	assert.True(t, summary.ConnectedToCluster, "the message has not reached the node")
	cluster.Tick()
	summary, err = admin(t, cluster, 2).Summary(t.Context())
	require.NoError(t, err)
	assert.Equal(t, nifi.Summary{Clustered: true}, summary)

	assert.Equal(t, nifi.Offloading, set(t, c, node, nifi.Offloading).Status)
	require.ErrorIs(t, c.DeleteNode(t.Context(), node.ID()), nifi.ErrConflict, "while it offloads")
	cluster.Tick()
	assert.Equal(t, nifi.Offloaded, set(t, c, node, nifi.Offloading).Status, "asking again changes nothing")

	cluster.Advance(time.Minute)
	assert.Equal(t, nifi.Connecting, set(t, c, node, nifi.Connecting).Status)
	cluster.Tick()
	back, err := c.Node(t.Context(), node.ID())
	require.NoError(t, err)
	assert.Equal(t, nifi.Connected, back.Status)
	assert.Equal(t, "11/22/2026 18:06:00 UTC", back.Heartbeat)
	assert.Equal(t, "11/22/2026 18:05:00 UTC", back.NodeStartTime)
	const user = "CN=prod-admin, OU=NIFI, O=nifi"
	assert.Equal(t, []string{
		"Received first heartbeat from connecting node. Node connected.",
		"Requesting that node connect to cluster on behalf of " + user,
		"Node Status changed from OFFLOADING to OFFLOADED",
		"Node was offloaded due to User " + user + " requested that node be offloaded",
		"Offload requested due to User " + user + " requested that node be offloaded",
		"Node disconnected due to User " + user + " requested that node be disconnected from cluster",
		"Disconnection requested due to User " + user + " requested that node be disconnected from cluster",
		"Received first heartbeat from connecting node. Node connected.",
		"Connection requested from existing node. Setting status to connecting.",
	}, messages(back))
}

func TestDeletedNodeIsForgotten(t *testing.T) {
	t.Parallel()
	cluster := nifitest.Start(t, nifitest.Options{Immediate: true})
	c, node := admin(t, cluster, 0), cluster.Node(1)
	set(t, c, node, nifi.Disconnecting)
	require.NoError(t, c.DeleteNode(t.Context(), node.ID()))
	_, err := c.SetNodeStatus(t.Context(), node.ID(), nifi.Connecting)
	require.ErrorIs(t, err, nifi.ErrNotFound)
	require.ErrorIs(t, c.DeleteNode(t.Context(), node.ID()), nifi.ErrNotFound)
	summary, err := c.Summary(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "2 / 2", summary.ConnectedNodes)
}

func TestLastConnectedNodeStays(t *testing.T) {
	t.Parallel()
	cluster := nifitest.Start(t, nifitest.Options{Nodes: 2, Immediate: true})
	c := admin(t, cluster, 0)
	set(t, c, cluster.Node(1), nifi.Disconnecting)
	_, err := c.SetNodeStatus(t.Context(), cluster.Node(0).ID(), nifi.Disconnecting)
	require.ErrorIs(t, err, nifi.ErrConflict)
	require.ErrorContains(t, err, "it is the only node currently connected")
}

// When the coordinator leaves, another takes its roles.
func TestRolesMove(t *testing.T) {
	t.Parallel()
	cluster := nifitest.Start(t, nifitest.Options{})
	set(t, admin(t, cluster, 1), cluster.Node(0), nifi.Disconnecting)
	cluster.Tick()
	view, err := admin(t, cluster, 1).Cluster(t.Context())
	require.NoError(t, err)
	holder, ok := view.Coordinator()
	require.True(t, ok)
	assert.Equal(t, "prod-1", holder.Pod())
	assert.True(t, holder.IsPrimary())
}

func TestMissingCoordinator(t *testing.T) {
	t.Parallel()
	cluster := nifitest.Start(t, nifitest.Options{})
	c := admin(t, cluster, 1)
	cluster.SetCoordinator(-1)
	cluster.Tick()
	_, err := c.Cluster(t.Context())
	require.ErrorIs(t, err, nifi.ErrNoCoordinator)
	_, err = c.Summary(t.Context())
	require.NoError(t, err, "a node still speaks for itself")

	cluster.SetCoordinator(2)
	view, err := c.Cluster(t.Context())
	require.NoError(t, err)
	holder, _ := view.Coordinator()
	assert.Equal(t, "prod-2", holder.Pod())
}

func TestEditStagesWhatNoRequestDoes(t *testing.T) {
	t.Parallel()
	cluster := nifitest.Start(t, nifitest.Options{})
	cluster.Node(1).Edit(func(n *nifi.Node) {
		n.Status, n.FlowFilesQueued, n.Queued = nifi.Disconnected, 7, "7 / 70 bytes"
	})
	node, err := admin(t, cluster, 0).Node(t.Context(), cluster.Node(1).ID())
	require.NoError(t, err)
	assert.Equal(t, nifi.Disconnected, node.Status)
	assert.Equal(t, int64(7), node.FlowFilesQueued)
}

func TestOnlyThirtyTwoEventsAreKept(t *testing.T) {
	t.Parallel()
	cluster := nifitest.Start(t, nifitest.Options{Immediate: true})
	c := admin(t, cluster, 0)
	for range 20 {
		set(t, c, cluster.Node(1), nifi.Connecting)
	}
	node, err := c.Node(t.Context(), cluster.Node(1).ID())
	require.NoError(t, err)
	assert.Len(t, node.Events, 32)
}
