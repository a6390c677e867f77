package nifitest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
)

func statusOf(t *testing.T, c *nifi.Client, node *nifitest.Node) nifi.NodeStatus {
	t.Helper()
	found, err := c.Node(t.Context(), node.ID())
	require.NoError(t, err)
	return found.Status
}

// Out by request, deleted, and in again: only a new process brings it back.
func TestRestartBringsADeletedNodeBack(t *testing.T) {
	t.Parallel()
	cluster := nifitest.Start(t, nifitest.Options{Nodes: 2})
	c, node := admin(t, cluster, 0), cluster.Node(1)
	set(t, c, node, nifi.Disconnecting)
	require.NoError(t, c.DeleteNode(t.Context(), node.ID()))
	cluster.Tick()
	cluster.Tick()
	view, err := c.Cluster(t.Context())
	require.NoError(t, err)
	require.Len(t, view.Nodes, 1, "it sends no heartbeat and isn't asked")

	require.NoError(t, cluster.StartNode(1))
	assert.Equal(t, nifi.Connecting, statusOf(t, c, node))
	cluster.Tick()
	back, err := c.Node(t.Context(), node.ID())
	require.NoError(t, err)
	assert.Equal(t, nifi.Connected, back.Status)
	assert.Equal(t, []string{
		"Received first heartbeat from connecting node. Node connected.",
		"Connection requested from new node. Setting status to connecting.",
	}, messages(back))
}

// A process that ends tells the coordinator; its roles move, its volume stays.
func TestStopAndStart(t *testing.T) {
	t.Parallel()
	cluster := nifitest.Start(t, nifitest.Options{})
	c, node := admin(t, cluster, 1), cluster.Node(0)
	node.Queue(5, 50)
	cluster.StopNode(0)
	_, err := admin(t, cluster, 0).Summary(t.Context())
	require.ErrorContains(t, err, "no such host")
	cluster.Tick()
	gone, err := c.Node(t.Context(), node.ID())
	require.NoError(t, err)
	assert.Equal(t, nifi.Disconnected, gone.Status)
	assert.Empty(t, gone.Heartbeat)
	assert.Contains(t, gone.Events[0].Message, "Node was Shutdown")
	view, err := c.Cluster(t.Context())
	require.NoError(t, err)
	holder, _ := view.Coordinator()
	assert.Equal(t, "prod-1", holder.Pod())

	require.NoError(t, cluster.StartNode(0))
	cluster.Tick()
	back, err := c.Node(t.Context(), node.ID())
	require.NoError(t, err)
	assert.Equal(t, nifi.Connected, back.Status)
	assert.Equal(t, "5 / 50 bytes", back.Queued)
}

func TestAnotherNodeJoins(t *testing.T) {
	t.Parallel()
	cluster := nifitest.Start(t, nifitest.Options{})
	require.Nil(t, cluster.Node(3))
	require.NoError(t, cluster.StartNode(3))
	cluster.Tick()
	summary, err := admin(t, cluster, 3).Summary(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "4 / 4", summary.ConnectedNodes)
}
