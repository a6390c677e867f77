// Package v1 is the versioned document that kubectl nifi status prints with
// -o json and -o yaml. Fields are only ever added to it.
package v1

import "time"

// The kind of document this package describes.
const (
	APIVersion = "status.kubectl-nifi.dev/v1"
	Kind       = "ClusterStatus"
)

// ClusterStatus is the state of one NiFi cluster at a moment. What could not
// be learnt is absent, and Errors says why.
type ClusterStatus struct {
	APIVersion   string       `json:"apiVersion"`
	Kind         string       `json:"kind"`
	Metadata     Metadata     `json:"metadata"`
	Phase        string       `json:"phase"` // Creating, Running, Scaling, Updating, Error, Unknown
	Message      string       `json:"message"`
	Well         bool         `json:"well"` // Running, every node connected, all of it confirmed by NiFi
	Replicas     Replicas     `json:"replicas"`
	Version      string       `json:"version,omitempty"` // of NiFi
	Image        string       `json:"image,omitempty"`
	Coordinator  string       `json:"clusterCoordinator,omitempty"` // pod
	Primary      string       `json:"primaryNode,omitempty"`        // pod
	Queued       *Queued      `json:"queued,omitempty"`
	Operation    *Operation   `json:"operation,omitempty"` // what is changing the cluster on purpose
	Nodes        []Node       `json:"nodes"`
	Certificates Certificates `json:"certificates"`
	Errors       []Error      `json:"errors"`
}

// Metadata says which cluster, and when.
type Metadata struct {
	Name              string    `json:"name"`
	Namespace         string    `json:"namespace"`
	Time              time.Time `json:"time"`
	CreationTimestamp time.Time `json:"creationTimestamp,omitzero"`
}

// Replicas counts nodes.
type Replicas struct {
	Desired   int `json:"desired"`
	Ready     int `json:"ready"`     // pods that pass their readiness probe
	Updated   int `json:"updated"`   // pods of the newest revision
	Connected int `json:"connected"` // as the coordinator counts
}

// Operation is who holds the cluster's lock, the Lease "<cluster>-operation".
type Operation struct {
	Holder      string    `json:"holder"`           // empty: it was cut, and nobody has gone on yet
	What        string    `json:"what,omitempty"`   // "scale --replicas 2"
	Step        string    `json:"step,omitempty"`   // the last one begun
	Reason      string    `json:"reason,omitempty"` // why it stopped
	AcquireTime time.Time `json:"acquireTime,omitzero"`
	Expired     bool      `json:"expired,omitempty"` // not renewed in time: anybody may take it over
}

// Queued is what waits in queues.
type Queued struct {
	FlowFiles int64 `json:"flowFiles"`
	Bytes     int64 `json:"bytes"`
}

// Node is one node: its pod, the coordinator's view of it and its own.
type Node struct {
	Name        string           `json:"name"` // the pod's; the address of a node that has none
	Pod         *Pod             `json:"pod,omitempty"`
	Coordinator *CoordinatorView `json:"coordinatorView,omitempty"`
	Own         *OwnView         `json:"ownView,omitempty"`
	Certificate *Certificate     `json:"certificate,omitempty"`
}

// Pod is what Kubernetes says of a node.
type Pod struct {
	Phase             string    `json:"phase"`
	Reason            string    `json:"reason,omitempty"`
	Ready             bool      `json:"ready"`
	Restarts          int       `json:"restarts"`
	NodeName          string    `json:"nodeName,omitempty"` // the Kubernetes node
	CreationTimestamp time.Time `json:"creationTimestamp,omitzero"`
}

// CoordinatorView is what the cluster coordinator says of a node.
type CoordinatorView struct {
	NodeID    string    `json:"nodeId"`
	Address   string    `json:"address"`
	Status    string    `json:"status"`
	Roles     []string  `json:"roles,omitempty"`
	Heartbeat time.Time `json:"heartbeat,omitzero"`
	Queued    Queued    `json:"queued"`
	Event     string    `json:"event,omitempty"` // the newest message about the node
}

// OwnView is what a node says of itself.
type OwnView struct {
	Connected bool   `json:"connected"`
	Error     string `json:"error,omitempty"` // why it gave no answer
}

// Certificates names the certificate of the cluster that expires first.
type Certificates struct {
	Soonest *Certificate `json:"soonest,omitempty"`
}

// Certificate is a cert-manager Certificate.
type Certificate struct {
	Name     string    `json:"name"`
	NotAfter time.Time `json:"notAfter,omitzero"`
	Ready    bool      `json:"ready"`
	Message  string    `json:"message,omitempty"`
}

// Error says what one source failed on.
type Error struct {
	Source  string `json:"source"`
	Subject string `json:"subject,omitempty"` // a pod
	Reason  string `json:"reason"`
	Message string `json:"message"`
}
