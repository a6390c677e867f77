package view

import (
	"context"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// Kubernetes reads the objects of one cluster, whose names it was made with.
// Its errors wrap ErrNotFound, ErrForbidden and ErrUnreachable.
type Kubernetes interface {
	StatefulSet(ctx context.Context) (StatefulSet, error)
	Pods(ctx context.Context) ([]Pod, error)
	Leases(ctx context.Context) ([]Lease, error)
	Certificates(ctx context.Context) ([]Certificate, error)
}

// NodeClient asks one node; *nifi.Client is one.
type NodeClient interface {
	Summary(ctx context.Context) (nifi.Summary, error)
	Cluster(ctx context.Context) (nifi.Cluster, error)
	System(ctx context.Context) (nifi.System, error)
}

// NodeDialer makes a client of the node at an address, its FQDN.
type NodeDialer func(address string) (NodeClient, error)

// Credentials finds what NiFi is to be asked with. It is called once, beside
// the other sources: reading a Secret takes as long as reading a pod.
type Credentials func(ctx context.Context) (NodeDialer, error)

// Sources is where a snapshot comes from.
type Sources struct {
	Kubernetes  Kubernetes
	Credentials Credentials

	// Operation reads who holds the cluster's lock, nil if nobody does. It may
	// be nil itself.
	Operation func(ctx context.Context) (*Operation, error)
	Details   Details     // nil leaves out what only a diagnosis needs
	TLS       *TLSSources // nil leaves out what pods serve, hold and accept

	// Sparing asks nodes about themselves only if Kubernetes and the
	// coordinator leave anything to wish for: a pod that is ready is a node that
	// says itself that it is CONNECTED.
	Sparing bool

	// Settled, unless it is nil, is told of each source when it was read or has
	// failed, with the snapshot as it is then. Calls come one at a time.
	Settled func(source Source, soFar Cluster)
}
