package view

import (
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// nodesOf takes from the coordinator's answer what a snapshot keeps.
func nodesOf(answer nifi.Cluster) []Node {
	nodes := make([]Node, 0, len(answer.Nodes))
	for _, n := range answer.Nodes {
		node := Node{
			ID:        n.ID,
			Address:   n.Address,
			Status:    string(n.Status),
			Heartbeat: heartbeat(n.Heartbeat),
			FlowFiles: n.FlowFilesQueued,
			Bytes:     n.BytesQueued,
		}
		for _, role := range n.Roles {
			node.Roles = append(node.Roles, string(role))
		}
		if len(n.Events) > 0 {
			node.Event = n.Events[0].Message
		}
		for _, e := range n.Events {
			node.Events = append(node.Events, NodeEvent{Time: heartbeat(e.Timestamp), Message: e.Message})
		}
		nodes = append(nodes, node)
	}
	return nodes
}

// heartbeat is a time of the coordinator's: zero if there is none, or if NiFi
// runs in a zone whose abbreviation doesn't tell which it is.
func heartbeat(value string) time.Time {
	t, err := nifi.ParseTime(value, time.UTC)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}
