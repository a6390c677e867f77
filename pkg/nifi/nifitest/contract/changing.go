package contract

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// A well-formed id that no node has.
const unknownNode = "ffffffff-ffff-4fff-8fff-ffffffffffff"

// testRefusals: what a cluster in good order won't do.
func (s suite) testRefusals(t *testing.T) {
	c := s.admin(t)
	node := s.bystander(t)

	_, err := c.Node(t.Context(), unknownNode)
	var refused *nifi.APIError
	require.ErrorAs(t, err, &refused, "404, or 500 from 2.3.0, which trips over it")
	assert.Contains(t, []int{http.StatusNotFound, http.StatusInternalServerError}, refused.StatusCode)
	_, err = c.SetNodeStatus(t.Context(), unknownNode, nifi.Disconnecting)
	require.ErrorIs(t, err, nifi.ErrNotFound)
	require.ErrorIs(t, c.DeleteNode(t.Context(), unknownNode), nifi.ErrNotFound)

	_, err = c.SetNodeStatus(t.Context(), node.ID, nifi.Offloading)
	require.ErrorIs(t, err, nifi.ErrConflict, "a node must be disconnected before it offloads")
	require.ErrorIs(t, c.DeleteNode(t.Context(), node.ID), nifi.ErrConflict, "a connected node can't be deleted")

	nonsense := map[string]any{"node": map[string]string{"nodeId": node.ID, "status": "NONSENSE"}}
	path := "/controller/cluster/nodes/" + node.ID
	require.NoError(t, c.Do(t.Context(), http.MethodPut, path, nonsense, nil), "an unknown status is ignored")

	after, err := c.Node(t.Context(), node.ID)
	require.NoError(t, err)
	assert.Equal(t, nifi.Connected, after.Status)
}

// testLifecycle: a node goes and comes back, seen by others and by itself.
func (s suite) testLifecycle(t *testing.T) {
	node := s.bystander(t)
	own := client(t, s.baseOf(t, node), s.Admin)
	rest := s.others(t, node)
	t.Cleanup(func() { s.reconnect(t, rest, own, node.ID) })

	_, err := rest.SetNodeStatus(t.Context(), node.ID, nifi.Disconnecting)
	require.NoError(t, err)
	s.eventually(t, "until the coordinator sees the node out", s.statusIs(rest, node.ID, nifi.Disconnected))

	gone, err := rest.Node(t.Context(), node.ID)
	require.NoError(t, err)
	require.NotEmpty(t, gone.Events)
	assert.Contains(t, gone.Events[0].Message, "User "+s.AdminIdentity+" requested that node be disconnected from cluster")

	s.eventually(t, "until the node knows that it is out", s.isOut(own))
	_, err = own.Cluster(t.Context())
	require.ErrorIs(t, err, nifi.ErrNotConnected)
	require.NotErrorIs(t, err, nifi.ErrNotFound, "that says nothing about any node")

	checkStatus(t, own) // it still knows its own queue

	s.reconnect(t, rest, own, node.ID)
	s.eventually(t, "until the rest counts the node again", func(ctx context.Context) (bool, any) {
		summary, err := rest.Summary(ctx)
		return err == nil && summary.ConnectedNodeCount == len(s.Nodes), summary
	})
}

// reconnect brings the node back unless it is in already, and waits for both
// sides to say so.
func (s suite) reconnect(t *testing.T, rest, own *nifi.Client, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), s.Patience)
	defer cancel()
	node, err := rest.Node(ctx, id)
	require.NoError(t, err)
	if node.Status != nifi.Connected {
		_, err = rest.SetNodeStatus(ctx, id, nifi.Connecting)
		require.NoError(t, err)
	}
	s.eventually(t, "until the node is connected", s.statusIs(rest, id, nifi.Connected))
	s.eventually(t, "until the node knows that it is in", func(ctx context.Context) (bool, any) {
		summary, err := own.Summary(ctx)
		if err != nil {
			return false, err
		}
		return summary.ConnectedToCluster, summary
	})
}

func (s suite) statusIs(c *nifi.Client, id string, want nifi.NodeStatus) func(context.Context) (bool, any) {
	return func(ctx context.Context) (bool, any) {
		node, err := c.Node(ctx, id)
		if err != nil {
			return false, err
		}
		return node.Status == want, node.Status
	}
}

func (s suite) isOut(c *nifi.Client) func(context.Context) (bool, any) {
	return func(ctx context.Context) (bool, any) {
		summary, err := c.Summary(ctx)
		if err != nil {
			return false, err
		}
		return !summary.ConnectedToCluster && summary.ConnectedNodeCount == 0, summary
	}
}

// bystander is a node that holds no role.
func (s suite) bystander(t *testing.T) nifi.Node {
	t.Helper()
	view, err := s.admin(t).Cluster(t.Context())
	require.NoError(t, err)
	i := slices.IndexFunc(view.Nodes, func(n nifi.Node) bool { return len(n.Roles) == 0 && n.Status == nifi.Connected })
	require.GreaterOrEqual(t, i, 0, "no connected node without a role in %v", statuses(view))
	return view.Nodes[i]
}

// others calls a node that isn't this one.
func (s suite) others(t *testing.T, node nifi.Node) *nifi.Client {
	t.Helper()
	i := slices.IndexFunc(s.Nodes, func(base string) bool { return base != s.baseOf(t, node) })
	return client(t, s.Nodes[i], s.Admin)
}

func statuses(view nifi.Cluster) map[string]nifi.NodeStatus {
	byID := map[string]nifi.NodeStatus{}
	for _, node := range view.Nodes {
		byID[node.ID] = node.Status
	}
	return byID
}

func holders(view nifi.Cluster, has func(nifi.Node) bool) int {
	count := 0
	for _, node := range view.Nodes {
		if has(node) {
			count++
		}
	}
	return count
}

func hostOf(t *testing.T, base string) string {
	t.Helper()
	u, err := url.Parse(base)
	require.NoError(t, err)
	return u.Hostname()
}
