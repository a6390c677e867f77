package nifitest

import "github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"

// Lose makes the coordinator miss a node's heartbeats, and disconnect it. The
// node lives, knows that it is out, and sends none any more, as after a
// reconnection that failed (StandardFlowService.handleReconnectionRequest).
func (c *Cluster) Lose(ordinal int) {
	n := c.Node(ordinal)
	c.mu.Lock()
	defer c.mu.Unlock()
	n.member.joined = false
	n.member.Status = nifi.Disconnected
	n.member.event("Node disconnected from cluster due to Have not received a heartbeat from node in 41 seconds")
}
