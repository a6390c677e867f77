package nifi

import (
	"encoding/json"
	"slices"
	"strings"
)

// NodeStatus is the state of a node as the coordinator sees it
// (NodeConnectionState). A value this package doesn't know is kept as it came.
type NodeStatus string

// The states of a node. Connecting, Disconnecting and Offloading are also what a
// caller may ask for; NiFi never shows Disconnecting.
const (
	Connecting    NodeStatus = "CONNECTING"
	Connected     NodeStatus = "CONNECTED"
	Disconnecting NodeStatus = "DISCONNECTING"
	Disconnected  NodeStatus = "DISCONNECTED"
	Offloading    NodeStatus = "OFFLOADING"
	Offloaded     NodeStatus = "OFFLOADED"
	Removed       NodeStatus = "REMOVED"
)

// Role is a task that one node does for all (ClusterRoles).
type Role string

// The roles, one holder each; the same node may hold both.
const (
	RoleCoordinator Role = "Cluster Coordinator"
	RolePrimary     Role = "Primary Node"
)

// About says what runs on a node (AboutDTO).
type About struct {
	Title            string `json:"title"`
	Version          string `json:"version"`
	URI              string `json:"uri,omitempty"`
	ContentViewerURL string `json:"contentViewerUrl,omitempty"`
	Timezone         string `json:"timezone,omitempty"` // an abbreviation such as "UTC"; see Location
	BuildTag         string `json:"buildTag,omitempty"`
	BuildRevision    string `json:"buildRevision,omitempty"`
	BuildBranch      string `json:"buildBranch,omitempty"`
	BuildTimestamp   string `json:"buildTimestamp,omitempty"`
}

// Summary is what one node believes of its own membership (ClusterSummaryDTO).
// The counts are 0 and ConnectedNodes is empty on a node that is out.
type Summary struct {
	Clustered          bool   `json:"clustered"`
	ConnectedToCluster bool   `json:"connectedToCluster"`
	ConnectedNodes     string `json:"connectedNodes,omitempty"` // "3 / 3"
	ConnectedNodeCount int    `json:"connectedNodeCount"`
	TotalNodeCount     int    `json:"totalNodeCount"`
}

// Status is what waits and runs (ControllerStatusDTO, in part).
type Status struct {
	ActiveThreads   int   `json:"activeThreadCount"`
	FlowFilesQueued int64 `json:"flowFilesQueued"`
	BytesQueued     int64 `json:"bytesQueued"`
}

// Cluster is the coordinator's view of all nodes (ClusterDTO), in no set order.
type Cluster struct {
	Generated string `json:"generated"` // "HH:mm:ss z", the coordinator's clock
	Nodes     []Node `json:"nodes"`
}

// Coordinator is the node that holds that role, false if none does.
func (c Cluster) Coordinator() (Node, bool) {
	i := slices.IndexFunc(c.Nodes, Node.IsCoordinator)
	if i < 0 {
		return Node{}, false
	}
	return c.Nodes[i], true
}

// Node is one node as the coordinator sees it (NodeDTO). Times are kept as they
// came, "MM/dd/yyyy HH:mm:ss z" in the coordinator's zone (ParseTime reads them).
// Heartbeat, NodeStartTime, threads and queue are empty while the coordinator
// holds no heartbeat of the node.
type Node struct {
	ID                  string     `json:"nodeId"`
	Address             string     `json:"address"` // nifi.web.https.host: the pod's FQDN
	APIPort             int        `json:"apiPort"`
	Status              NodeStatus `json:"status"`
	Roles               []Role     `json:"roles"`
	Heartbeat           string     `json:"heartbeat,omitempty"`
	ConnectionRequested string     `json:"connectionRequested,omitempty"`
	NodeStartTime       string     `json:"nodeStartTime,omitempty"`
	ActiveThreads       int        `json:"activeThreadCount"`
	Queued              string     `json:"queued,omitempty"` // "1,333 / 1.3 MB"
	FlowFilesQueued     int64      `json:"flowFilesQueued"`
	BytesQueued         int64      `json:"bytesQueued"`
	Events              []Event    `json:"events"` // newest first, at most 32
}

// Event is a change of a node that the coordinator wrote down (NodeEventDTO).
type Event struct {
	Timestamp string `json:"timestamp"` // like Node.Heartbeat
	Category  string `json:"category"`  // INFO, WARNING or ERROR
	Message   string `json:"message"`
}

// IsCoordinator tells whether the node is the cluster coordinator.
func (n Node) IsCoordinator() bool { return slices.Contains(n.Roles, RoleCoordinator) }

// IsPrimary tells whether the node is the primary node.
func (n Node) IsPrimary() bool { return slices.Contains(n.Roles, RolePrimary) }

// Pod is the first label of the node's address, which is its pod's name.
func (n Node) Pod() string {
	pod, _, _ := strings.Cut(n.Address, ".")
	return pod
}

// MarshalJSON writes what NiFi writes: lists are never null, and threads and
// queue are there exactly when there is a heartbeat, zero or not.
func (n Node) MarshalJSON() ([]byte, error) {
	type plain Node // without this method
	out := struct {
		plain
		ActiveThreads   *int   `json:"activeThreadCount,omitempty"`
		FlowFilesQueued *int64 `json:"flowFilesQueued,omitempty"`
		BytesQueued     *int64 `json:"bytesQueued,omitempty"`
	}{plain: plain(n)}
	out.Roles = append([]Role{}, n.Roles...)
	out.Events = append([]Event{}, n.Events...)
	if n.Heartbeat != "" {
		out.ActiveThreads, out.FlowFilesQueued, out.BytesQueued = &n.ActiveThreads, &n.FlowFilesQueued, &n.BytesQueued
	}
	return json.Marshal(out)
}
