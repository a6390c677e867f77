package nifitest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

const maxEvents = 32 // CircularFifoQueue's own size (NodeClusterCoordinator)

// membership is what the coordinator knows and does: NodeClusterCoordinator
// without its threads. What NiFi does in the background waits for step.
type membership struct {
	members []*member
	vacant  bool  // nobody may become coordinator
	pace    int64 // FlowFiles that a node gives away at once; 0 means all
}

// member is one node: what the coordinator says of it, and what it believes.
type member struct {
	nifi.Node
	start   string           // when the node's process began
	queue   queue            // what waits on the node, whatever the coordinator knows
	joined  bool             // the node itself thinks it is in the cluster
	pending func(n *member)  // the background work of the last request
	alive   func() bool      // the node's process can answer
	now     func() time.Time // the coordinator's clock
}

// refusal is an answer that isn't success.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return r.text }

func refuse(status int, format string, args ...any) error {
	return &refusal{status: status, text: fmt.Sprintf(format, args...)}
}

// set does what a PUT with this status asks for (StandardNiFiServiceFacade.updateNode).
// A status it doesn't know changes nothing and is no error.
func (m *membership) set(node *member, status, user string) error {
	switch nifi.NodeStatus(strings.ToUpper(status)) {
	case nifi.Disconnecting:
		return m.disconnect(node, fmt.Sprintf("User %s requested that node be disconnected from cluster", user))
	case nifi.Offloading:
		return m.offload(node, fmt.Sprintf("User %s requested that node be offloaded", user))
	case nifi.Connecting:
		m.reconnect(node, user)
	default: // NiFi ignores it
	}
	return nil
}

func (m *membership) disconnect(node *member, reason string) error {
	if node.Status == nifi.Connected && m.connected() == 1 {
		return refuse(http.StatusConflict, "Cannot disconnect node %s because it is the only node currently connected", node)
	}
	node.Status = nifi.Disconnected
	node.forgetHeartbeat()
	node.event("Disconnection requested due to " + reason)
	node.pending = func(n *member) {
		n.joined = false
		n.event("Node disconnected due to " + reason)
	}
	return nil
}

func (m *membership) offload(node *member, reason string) error {
	switch node.Status {
	case nifi.Offloading, nifi.Offloaded:
		return nil
	case nifi.Disconnected:
	default:
		return refuse(http.StatusConflict, "Cannot offload node %s because it is not currently disconnected", node)
	}
	node.Status = nifi.Offloading
	node.event("Offload requested due to " + reason)
	node.pending = func(n *member) {
		n.joined = false
		n.event("Node was offloaded due to " + reason) // it was told so, no more
		m.empty(n)
	}
	return nil
}

// reconnect asks the node back. One that offloads handles that once it is empty:
// it holds the lock that it needs for it (StandardFlowService.offload).
func (m *membership) reconnect(node *member, user string) {
	draining := node.Status == nifi.Offloading && node.pending != nil
	node.connect(user)
	if !draining {
		return
	}
	joined := node.pending
	var wait func(*member)
	wait = func(n *member) {
		if n.pending = wait; m.drain(n) {
			n.pending = joined
		}
	}
	node.pending = wait
}

// empty moves the node's queue away, and goes on at the next step if it must.
func (m *membership) empty(node *member) {
	if !m.drain(node) {
		node.pending = m.empty
		return
	}
	node.event("Node Status changed from OFFLOADING to OFFLOADED")
	node.Status = nifi.Offloaded
}

func (m *membership) remove(node *member, user string) error {
	if node.Status != nifi.Disconnected && node.Status != nifi.Offloaded {
		return refuse(http.StatusConflict, "Cannot remove Node with ID %s because it is not disconnected or offloaded, current state = %s", node.ID, node.Status)
	}
	node.event(fmt.Sprintf("User %s requested that node be removed from cluster", user))
	m.members = slices.DeleteFunc(m.members, func(other *member) bool { return other == node })
	node.joined, node.pending = false, nil // nobody asks it back: it sends no heartbeats
	return nil
}

// step does the background work that is due once: messages are delivered,
// heartbeats arrive, and a role whose holder left goes to another node.
func (m *membership) step() {
	for _, node := range m.members {
		if !node.alive() {
			continue
		}
		if work := node.pending; work != nil {
			node.pending = nil
			work(node)
		}
		if node.joined && node.Status == nifi.Connected {
			node.heartbeat()
		}
	}
	m.elect(nifi.RolePrimary)
	if !m.vacant {
		m.elect(nifi.RoleCoordinator)
	}
}

func (m *membership) elect(role nifi.Role) {
	fit := func(n *member) bool { return n.joined && n.Status == nifi.Connected && n.alive() }
	if i := m.holder(role); i >= 0 && fit(m.members[i]) {
		return
	}
	m.assign(role, slices.IndexFunc(m.members, fit))
}

// assign gives a role to one member, or to nobody if i is negative.
func (m *membership) assign(role nifi.Role, i int) {
	for _, node := range m.members {
		node.Roles = slices.DeleteFunc(node.Roles, func(r nifi.Role) bool { return r == role })
	}
	if i >= 0 {
		m.members[i].Roles = append(m.members[i].Roles, role)
	}
}

func (m *membership) holder(role nifi.Role) int {
	return slices.IndexFunc(m.members, func(n *member) bool { return slices.Contains(n.Roles, role) })
}

func (m *membership) find(id string) (*member, error) {
	i := slices.IndexFunc(m.members, func(n *member) bool { return n.ID == id })
	if i < 0 {
		return nil, errUnknownNode
	}
	return m.members[i], nil
}

func (m *membership) connected() int {
	count := 0
	for _, node := range m.members {
		if node.Status == nifi.Connected {
			count++
		}
	}
	return count
}
