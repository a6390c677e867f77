package nifitest

import (
	"fmt"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// StartNode starts the process of the node with this ordinal, anew if it runs;
// there may be none yet. It joins, whoever took it out before
// (NodeClusterCoordinator.handleConnectionRequest), with what its volume holds:
// CONNECTING at once, CONNECTED at the next Tick.
func (c *Cluster) StartNode(ordinal int) error {
	n := c.Node(ordinal)
	if n == nil {
		if err := c.add(ordinal); err != nil {
			return fmt.Errorf("starting node %d: %w", ordinal, err)
		}
		n = c.Node(ordinal)
	}
	n.gate.release()
	n.server.CloseClientConnections()
	c.mu.Lock()
	defer c.mu.Unlock()
	n.stopped = false
	c.members.join(n.member)
	return nil
}

// StopNode ends the node's process as SIGTERM does: its name is gone, and
// a coordinator that had it in the cluster knows why it left.
func (c *Cluster) StopNode(ordinal int) {
	n := c.Node(ordinal)
	n.gate.release()
	n.server.CloseClientConnections()
	c.mu.Lock()
	defer c.mu.Unlock()
	n.stopped = true
	c.members.leave(n.member)
}

// join is a connection request of a process that has just begun.
func (m *membership) join(node *member) {
	which := "existing"
	if _, err := m.find(node.ID); err != nil {
		which, node.Events = "new", nil
		m.members = append(m.members, node)
	}
	node.start = stamp(node.now())
	node.joined = false
	node.forgetHeartbeat()
	node.Status = nifi.Connecting
	node.event("Connection requested from " + which + " node. Setting status to connecting.")
	node.pending = (*member).connected
}

// leave is the notice of a process that ends (NODE_SHUTDOWN).
func (m *membership) leave(node *member) {
	node.pending = nil
	if !node.joined {
		return
	}
	node.joined = false
	node.Status = nifi.Disconnected
	node.forgetHeartbeat()
	node.event("Node Status changed from CONNECTED to DISCONNECTED due to Node was Shutdown")
}
