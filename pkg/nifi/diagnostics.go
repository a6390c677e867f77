package nifi

import (
	"context"
	"net/http"
)

// pathSystem asks for each node by itself: the sum over volumes says nothing.
const pathSystem = "/system-diagnostics?nodewise=true"

// System is the state of the machines that nodes run on
// (SystemDiagnosticsDTO, as far as it is used here).
type System struct {
	Nodes []NodeSystem `json:"nodeSnapshots"` // empty when a node answers for itself alone
}

// NodeSystem is one node's part (NodeSystemDiagnosticsSnapshotDTO).
type NodeSystem struct {
	ID       string         `json:"nodeId"`
	Address  string         `json:"address"`
	APIPort  int            `json:"apiPort"`
	Snapshot SystemSnapshot `json:"snapshot"`
}

// SystemSnapshot says how full the volumes of a node's repositories are
// (SystemDiagnosticsSnapshotDTO). Several repositories may be on one volume.
type SystemSnapshot struct {
	FlowFile   StorageUsage   `json:"flowFileRepositoryStorageUsage"`
	Content    []StorageUsage `json:"contentRepositoryStorageUsage"`
	Provenance []StorageUsage `json:"provenanceRepositoryStorageUsage"`
}

// StorageUsage is the file system that a repository is on (StorageUsageDTO).
// Sizes are in bytes. Free is what NiFi may still use, and Used all the rest:
// what the file system keeps back for root counts as used.
type StorageUsage struct {
	Identifier  string `json:"identifier,omitempty"` // of nifi.*.repository.directory.<identifier>; none for FlowFiles
	Free        int64  `json:"freeSpaceBytes"`
	Total       int64  `json:"totalSpaceBytes"`
	Used        int64  `json:"usedSpaceBytes"`
	Utilization string `json:"utilization"` // "78.0%"
}

// System asks for the state of all nodes' machines, which any connected node
// collects from the others; one that doesn't answer delays it. Needs the policy
// "view system diagnostics".
func (c *Client) System(ctx context.Context) (System, error) {
	return call[System](ctx, c, http.MethodGet, pathSystem, "systemDiagnostics", nil)
}
