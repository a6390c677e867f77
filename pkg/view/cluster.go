package view

import (
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// Cluster is a snapshot of one NiFi cluster. It is plain data: copy it, print
// it, judge it. A field that is empty because its source failed has a
// SourceError that says so.
type Cluster struct {
	Names        topology.Names
	Time         time.Time // when the snapshot was begun
	StatefulSet  *StatefulSet
	Pods         []Pod // by ordinal
	Leases       []Lease
	Certificates []Certificate
	Summaries    []Summary           // one a pod that was asked, by ordinal
	Nodes        []Node              // as the coordinator sees them, by address
	NodesFrom    string              // the pod that gave Nodes; empty when none could
	Detail       *Detail             // nil unless it was asked for
	TLS          []TLS               // one a pod that was asked, by ordinal; nil if not gathered
	Authorities  []trust.Certificate // what anchors' fingerprints may stand for, from Kubernetes
	Operation    *Operation          // nil if nobody changes the cluster, or it wasn't asked for
	Taken        []Taken             // nodes that operations took out, and no person
	Errors       []SourceError
}

// StatefulSet is what the cluster should be, and how far Kubernetes has come.
type StatefulSet struct {
	Desired         int // spec.replicas
	Ready           int // pods that pass their readiness probe
	Updated         int // pods of UpdateRevision
	CurrentRevision string
	UpdateRevision  string
	Observed        bool   // the controller has seen the latest generation
	Image           string // of NiFi's container
	Version         string // NiFi's, from the annotation of the overlay, else the image's tag
	NodesDomain     string // the DNS domain the nodes get; empty if it isn't stated
	Created         time.Time
	Parallel        bool     // pods start together (podManagementPolicy)
	NoSidecar       bool     // tls-sync ends: Kubernetes didn't keep its restartPolicy
	Volumes         []string // names of the volumeClaimTemplates
	Unprobed        bool     // NiFi's container has no readiness probe
	OnDelete        bool     // pods get a new template only when they are deleted
	UID             string
	HealerMode      string // observe, suggest or act; empty if the overlay doesn't say
	TrustRestart    string // never, rolling or full; empty if the overlay doesn't say
	TLSSource       string // who issues the nodes' certificates; empty if the overlay doesn't say
	Unsynced        bool   // no tls-sync writes what NiFi has of keys and anchors
	Stores          string // where they are then, as trust.Stores has it; empty if nobody says
}

// Pod is one pod of the StatefulSet.
type Pod struct {
	Name     string
	Phase    string // Pending, Running, Succeeded, Failed, Unknown
	Reason   string // why it isn't well: CrashLoopBackOff, Unschedulable, Terminating …
	Ready    bool
	Restarts int    // of NiFi's own container
	Host     string // the Kubernetes node; empty until scheduled
	Created  time.Time

	Message     string // the scheduler's or the kubelet's words about Reason
	Containers  []Container
	Image       string   // of NiFi's container
	Heap        string   // JVM_HEAP, as -Xmx takes it
	MemoryLimit int64    // bytes; 0 is none
	Secrets     []string // that must exist for the pod to start

	UID      string
	Revision string // of the template it was made from
	Leaving  bool   // it is being deleted
	WasReady bool   // it is or was ready, so NiFi has been in the cluster
}

// Lease is a leader election's record. NiFi never releases or deletes one: its
// holder counts only while it is valid.
type Lease struct {
	Name     string
	Holder   string // "<FQDN of the node>:<protocol port>"
	Renewed  time.Time
	Duration time.Duration
	Partial  bool // a field that NiFi reads is null
}

// Valid tells whether the holder still leads, by the rule NiFi itself goes by
// (StandardLeaderElectionCommandProvider.findLeader).
func (l Lease) Valid(now time.Time) bool {
	return l.Holder != "" && now.Before(l.Renewed.Add(l.Duration))
}

// Certificate is a cert-manager Certificate of the cluster.
type Certificate struct {
	Name     string
	Secret   string    // where cert-manager keeps the key pair
	NotAfter time.Time // zero until the first issuance
	Ready    bool
	Message  string // of the Ready condition

	Reason    string // of the Ready condition
	Issuer    string // its name
	DNSNames  []string
	Failures  int // attempts that failed in a row
	NotBefore time.Time
	RenewAt   time.Time // when cert-manager means to renew it
}

// Summary is what one node says of itself (GET /flow/cluster/summary, which no
// other node answers for it).
type Summary struct {
	Pod       string
	Connected bool
	Error     string // why there is no answer; Connected means nothing then
}

// Node is one node as the coordinator sees it (GET /controller/cluster).
type Node struct {
	ID        string
	Address   string // FQDN
	Status    string // CONNECTED, CONNECTING, DISCONNECTED, OFFLOADED …
	Roles     []string
	Heartbeat time.Time   // zero if the coordinator has none
	FlowFiles int64       // queued
	Bytes     int64       // queued
	Event     string      // the newest message about it
	Events    []NodeEvent // newest first, at most 32
}
