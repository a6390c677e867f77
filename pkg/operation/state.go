package operation

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// State is what plans depend on, at one moment.
type State struct {
	Names        topology.Names
	Time         time.Time
	Replicas     int    // of the StatefulSet
	Candidates   int    // votes that end a flow election; Replicas if unknown
	Image        string // of NiFi's container in the pod template
	Version      string // NiFi's, as the StatefulSet says
	Revision     string // of the pod template
	Manual       bool   // pods get a new template only when they are deleted (OnDelete)
	Certificates int    // nodes that have one, or could; 0 if unknown
	Settled      bool   // the StatefulSet's controller has seen the newest template
	Blind        string // why the coordinator's view is missing; empty if it is there
	Passing      bool   // Blind ends by itself: an election, a slow answer
	Nodes        []Node // every pod, every node the coordinator knows, every volume
	Trust        *Trust // nil: nobody looked
}

// Node is one node: its pod, and the coordinator's entry. Either may be
// missing.
type Node struct {
	Pod     string
	Ordinal int
	Address string // FQDN

	UID      string // of the pod; empty if there is none
	Leaving  bool   // the pod is being deleted
	Ready    bool
	Revision string // of the template that the pod was made from
	Virgin   bool   // NiFi never ran on its volume
	Claims   []string

	ID          string          // NiFi's; empty if the coordinator doesn't know the node
	Status      nifi.NodeStatus // the coordinator's word
	Coordinator bool
	Primary     bool
	ByPerson    bool  // a person took it out
	Mute        bool  // nobody says what is queued
	FlowFiles   int64 // queued
	Bytes       int64
	Free        int64 // bytes left for content; negative if unknown

	Anchor  string // that the certificate it serves leads to; empty if unknown
	Accepts bool   // it lets a client certificate in that leads to the anchor to come

	Created time.Time // the pod
	Anchors []string  // that its truststore holds; nil if unknown
	Refuses []string  // pods whose chain it is known not to trust
}

// Node returns the node of a pod by name.
func (s State) Node(pod string) (Node, bool) {
	i := slices.IndexFunc(s.Nodes, func(n Node) bool { return n.Pod == pod })
	if i < 0 {
		return Node{}, false
	}
	return s.Nodes[i], true
}

// Connected counts the CONNECTED nodes.
func (s State) Connected() int {
	count := 0
	for _, node := range s.Nodes {
		if node.Status == nifi.Connected {
			count++
		}
	}
	return count
}

// Forming tells that the cluster is coming together: nodes join, and none is in.
// So it is for a moment after another coordinator was elected.
func (s State) Forming() bool {
	return s.Connected() == 0 && slices.ContainsFunc(s.Nodes, func(n Node) bool { return n.Status == nifi.Connecting })
}

// In tells that the node takes part and can be relied on.
func (n Node) In() bool { return n.Status == nifi.Connected && n.UID != "" && !n.Leaving && n.Ready }

// draining tells that it gives its FlowFiles away, and hears nothing until it has
// no more: it holds the lock that a reconnection needs (StandardFlowService.offload).
func (n Node) draining() bool { return n.Status == nifi.Offloading && (n.Mute || n.FlowFiles > 0) }

// left is what is known of its queue.
func (n Node) left() string {
	if n.Mute {
		return "nobody can say what is queued there"
	}
	return fmt.Sprintf("%d FlowFiles were queued there when it was last heard of", n.FlowFiles)
}

// Stale tells that the coordinator knows a node that no pod stands for.
func (n Node) Stale() bool { return n.ID != "" && n.UID == "" }

// highestFirst is the nodes from the highest ordinal down.
func (s State) highestFirst() []Node {
	return slices.SortedFunc(slices.Values(s.Nodes), func(a, b Node) int { return cmp.Compare(b.Ordinal, a.Ordinal) })
}
