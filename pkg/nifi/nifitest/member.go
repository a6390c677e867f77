package nifitest

import (
	"fmt"
	"slices"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// newMember is a node that has been connected since the cluster began.
func newMember(ordinal int, fqdn string, port int, now func() time.Time, alive func() bool) *member {
	start := stamp(now())
	n := &member{joined: true, start: start, alive: alive, now: now, Node: nifi.Node{
		ID:            uuidOf(ordinal),
		Address:       fqdn,
		APIPort:       port,
		Status:        nifi.Connected,
		Heartbeat:     start,
		NodeStartTime: start,
		Queued:        "0 / 0 bytes",
	}}
	n.event("Connection requested from existing node. Setting status to connecting.")
	n.event("Received first heartbeat from connecting node. Node connected.")
	return n
}

// uuidOf is a well-formed node id that is the same in every run.
func uuidOf(ordinal int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", ordinal) }

func (n *member) connect(user string) {
	n.Status = nifi.Connecting
	n.ConnectionRequested = stamp(n.now())
	n.event("Requesting that node connect to cluster on behalf of " + user)
	n.pending = (*member).connected
}

// connected is the end of joining.
func (n *member) connected() {
	n.joined = true
	n.Status = nifi.Connected
	n.ConnectionRequested = ""
	n.heartbeat()
	n.event("Received first heartbeat from connecting node. Node connected.")
}

// heartbeat tells the coordinator of the node.
func (n *member) heartbeat() {
	n.Heartbeat, n.NodeStartTime = stamp(n.now()), n.start
	n.Queued, n.FlowFilesQueued, n.BytesQueued = n.queue.String(), n.queue.flowFiles, n.queue.bytes
}

// forgetHeartbeat is what the coordinator does with a node it disconnects on
// request: the fields that come from heartbeats vanish from its view.
func (n *member) forgetHeartbeat() {
	n.Heartbeat, n.NodeStartTime, n.Queued = "", "", ""
	n.ActiveThreads, n.FlowFilesQueued, n.BytesQueued = 0, 0, 0
}

func (n *member) event(message string) {
	e := nifi.Event{Timestamp: stamp(n.now()), Category: "INFO", Message: message}
	n.Events = slices.Insert(n.Events, 0, e)
	n.Events = n.Events[:min(len(n.Events), maxEvents)]
}

// String is the node as NiFi's messages name it (NodeIdentifier).
func (n *member) String() string { return fmt.Sprintf("%s:%d", n.Address, n.APIPort) }

// clone is the node as it is now, sharing nothing with the member.
func (n *member) clone() nifi.Node {
	node := n.Node
	node.Roles = slices.Clone(n.Roles)
	node.Events = slices.Clone(n.Events)
	return node
}

func stamp(t time.Time) string { return t.Format("01/02/2006 15:04:05 MST") }
