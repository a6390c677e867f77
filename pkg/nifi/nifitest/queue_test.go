package nifitest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
)

// What a node has left is its own word once it is out; what moved is on others.
func TestQueueMovesWhileOffloading(t *testing.T) {
	t.Parallel()
	cluster := nifitest.Start(t, nifitest.Options{})
	cluster.SetPace(400)
	c, node := admin(t, cluster, 0), cluster.Node(2)
	node.Queue(1000, 10_000)
	ask := func(c *nifi.Client) nifi.Status {
		status, err := c.Status(t.Context())
		require.NoError(t, err)
		return status
	}
	seen, err := c.Node(t.Context(), node.ID())
	require.NoError(t, err)
	assert.Equal(t, "1,000 / 9.77 KB", seen.Queued)
	assert.Equal(t, nifi.Status{FlowFilesQueued: 1000, BytesQueued: 10_000}, ask(c), "of all nodes")

	set(t, c, node, nifi.Disconnecting)
	cluster.Tick()
	assert.Zero(t, ask(c), "of all CONNECTED nodes")
	set(t, c, node, nifi.Offloading)
	for _, left := range []int64{600, 200} {
		cluster.Tick()
		assert.Equal(t, nifi.Status{FlowFilesQueued: left, BytesQueued: left * 10}, ask(admin(t, cluster, 2)), "its own")
		seen, err := c.Node(t.Context(), node.ID())
		require.NoError(t, err)
		assert.Equal(t, nifi.Offloading, seen.Status)
		assert.Empty(t, seen.Queued, "the coordinator hears nothing of it")
	}
	cluster.Tick()
	assert.Equal(t, nifi.Offloaded, statusOf(t, c, node))
	assert.Equal(t, nifi.Status{FlowFilesQueued: 1000, BytesQueued: 10_000}, ask(c))
	for _, ordinal := range []int{0, 1} {
		flowFiles, bytes := cluster.Node(ordinal).Queued()
		assert.Equal(t, []int64{500, 5000}, []int64{flowFiles, bytes}, "evenly")
	}
}
