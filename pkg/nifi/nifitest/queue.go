package nifitest

import (
	"fmt"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// queue is what waits in one node's queues, on its volume.
type queue struct{ flowFiles, bytes int64 }

// String is the queue as NiFi writes it: "1,333 / 1.3 MB" (FormatUtils).
func (q queue) String() string {
	count := fmt.Sprint(q.flowFiles)
	for i := len(count) - 3; i > 0; i -= 3 {
		count = count[:i] + "," + count[i:]
	}
	size, units := float64(q.bytes), []string{"KB", "MB", "GB", "TB"}
	if q.bytes < 1024 {
		return fmt.Sprintf("%s / %d bytes", count, q.bytes)
	}
	unit := ""
	for ; size >= 1024 && len(units) > 0; size /= 1024 {
		unit, units = units[0], units[1:]
	}
	return fmt.Sprintf("%s / %.2f %s", count, size, unit)
}

// take removes count FlowFiles with their share of the bytes.
func (q *queue) take(count int64) queue {
	taken := queue{min(count, q.flowFiles), q.bytes}
	if taken.flowFiles < q.flowFiles {
		taken.bytes = q.bytes / q.flowFiles * taken.flowFiles
	}
	q.flowFiles -= taken.flowFiles
	q.bytes -= taken.bytes
	return taken
}

// Queue puts this into the node's queues in place of what is there; a joined
// node's coordinator knows it at once.
func (n *Node) Queue(flowFiles, bytes int64) {
	n.cluster.mu.Lock()
	defer n.cluster.mu.Unlock()
	n.member.queue = queue{flowFiles, bytes}
	if n.member.Heartbeat != "" {
		n.member.heartbeat()
	}
}

// Queued is what waits on this node.
func (n *Node) Queued() (flowFiles, bytes int64) {
	n.cluster.mu.Lock()
	defer n.cluster.mu.Unlock()
	return n.member.queue.flowFiles, n.member.queue.bytes
}

// SetPace makes an offloading node give at most this many FlowFiles away at a
// Tick; all at once with 0, as at the start.
func (c *Cluster) SetPace(flowFiles int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.members.pace = flowFiles
}

// status is the queues of all connected nodes, or those of a node that is out
// (FlowResource.getControllerStatus: it replicates only on a connected node).
func (n *Node) status(request) (any, error) {
	all := []*member{n.member}
	if n.member.joined {
		m, err := n.coordinator()
		if err != nil {
			return nil, err
		}
		all = m.in()
	}
	var s nifi.Status
	for _, node := range all {
		s.ActiveThreads += node.ActiveThreads
		s.FlowFilesQueued += node.queue.flowFiles
		s.BytesQueued += node.queue.bytes
	}
	return map[string]nifi.Status{"controllerStatus": s}, nil
}

// drain gives a node's queue to the nodes that are in, evenly; all of it, or
// what SetPace allows at once. It tells whether nothing is left.
func (m *membership) drain(node *member) (empty bool) {
	to := m.in()
	if len(to) == 0 {
		return node.queue.flowFiles == 0
	}
	count := node.queue.flowFiles
	if m.pace > 0 {
		count = min(count, m.pace)
	}
	for i, other := range to {
		left := int64(len(to) - i)
		moved := node.queue.take((count + left - 1) / left)
		count -= moved.flowFiles
		other.queue.flowFiles += moved.flowFiles
		other.queue.bytes += moved.bytes
	}
	return node.queue.flowFiles == 0
}

// in is the members that take part.
func (m *membership) in() []*member {
	var in []*member
	for _, node := range m.members {
		if node.joined && node.Status == nifi.Connected && node.alive() {
			in = append(in, node)
		}
	}
	return in
}
