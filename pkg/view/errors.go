package view

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// Sentinels that adapters wrap, so that a snapshot tells kinds of failure apart.
var (
	ErrNotFound    = errors.New("not found")
	ErrForbidden   = errors.New("forbidden")
	ErrUnreachable = errors.New("unreachable")
)

// Source names where a part of a snapshot comes from.
type Source string

// The sources of a snapshot.
const (
	SourceStatefulSet  Source = "statefulset"
	SourcePods         Source = "pods"
	SourceLeases       Source = "leases"
	SourceCertificates Source = "certificates"
	SourceOperation    Source = "operation" // who holds the cluster's lock
	SourceEvents       Source = "events"
	SourceClaims       Source = "persistentvolumeclaims"
	SourceServices     Source = "services"
	SourceEndpoints    Source = "endpointslices"
	SourceRequests     Source = "certificaterequests"
	SourceRules        Source = "roles" // of NiFi's ServiceAccount
	SourceClasses      Source = "storageclasses"
	SourceTopology     Source = "topology" // the Secret with the election's candidates
	SourceBudgets      Source = "poddisruptionbudgets"
	SourceLogs         Source = "logs"
	SourceNiFiCA       Source = "nifi-ca" // the tls-toolkit's certificate authority
	SourceSecrets      Source = "secrets" // which there are
	SourceVolumes      Source = "volumes" // how full they are, as NiFi sees it
	SourceCPU          Source = "cpu"     // how much containers were throttled, as their kubelets count it
	SourceNamespace    Source = "namespace"
	SourceQuotas       Source = "resourcequotas"
	SourceRights       Source = "rights"      // the person's own
	SourceHandshakes   Source = "handshakes"  // what pods serve, hold and accept: it fails pod by pod, in TLS
	SourceAuthorities  Source = "authorities" // whose certificates anchors' fingerprints may stand for
	SourceCredentials  Source = "credentials" // what NiFi is to be asked with
	SourceCoordinator  Source = "coordinator" // its view of the nodes
	SourceNode         Source = "node"        // one node's own view
)

// rank orders errors from the root of things to their leaves.
func (s Source) rank() int {
	return slices.Index([]Source{
		SourceStatefulSet, SourcePods, SourceLeases, SourceCertificates, SourceOperation,
		SourceEvents, SourceClaims, SourceServices, SourceEndpoints, SourceRequests, SourceRules, SourceClasses, SourceTopology, SourceBudgets, SourceLogs, SourceAuthorities, SourceNiFiCA, SourceSecrets,
		SourceCPU, SourceCredentials, SourceCoordinator, SourceVolumes, SourceNode,
	}, s)
}

// Reason is a kind of failure.
type Reason string

// The kinds of failure a reader may want to tell apart.
const (
	ReasonNotFound    Reason = "NotFound"
	ReasonForbidden   Reason = "Forbidden"
	ReasonUnreachable Reason = "Unreachable"
	ReasonTimeout     Reason = "Timeout"
	ReasonNoLeader    Reason = "NoCoordinator" // the cluster has none at the moment
	ReasonOut         Reason = "NotConnected"  // the node that was asked is out of the cluster
	ReasonOther       Reason = "Other"
)

// SourceError says what one source failed on.
type SourceError struct {
	Source  Source
	Subject string // the pod, for SourceNode and SourceCoordinator; the Kubernetes node, for SourceCPU
	Reason  Reason
	Message string // one line
}

func newSourceError(source Source, subject string, err error) SourceError {
	return SourceError{Source: source, Subject: subject, Reason: reasonOf(err), Message: err.Error()}
}

// brief is what a failed call comes down to: which node was called, and for
// what, the reader of a SourceError knows already.
func brief(err error) error {
	var refused *nifi.APIError
	if errors.As(err, &refused) {
		return refused
	}
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	return err
}

func reasonOf(err error) Reason {
	switch {
	case errors.Is(err, ErrNotFound):
		return ReasonNotFound
	case errors.Is(err, ErrForbidden), errors.Is(err, nifi.ErrForbidden), errors.Is(err, nifi.ErrUnauthorized):
		return ReasonForbidden
	case errors.Is(err, nifi.ErrNoCoordinator), errors.Is(err, nifi.ErrConflict): // 409: the one that is known is gone
		return ReasonNoLeader
	case errors.Is(err, nifi.ErrNotConnected):
		return ReasonOut
	case errors.Is(err, context.DeadlineExceeded):
		return ReasonTimeout
	case errors.Is(err, ErrUnreachable):
		return ReasonUnreachable
	default:
		return ReasonOther
	}
}

// Failed returns the error of a source, if it had one.
func (c Cluster) Failed(source Source) (SourceError, bool) {
	for _, e := range c.Errors {
		if e.Source == source {
			return e, true
		}
	}
	return SourceError{}, false
}

// Absent tells that Kubernetes answered and knows no such StatefulSet.
func (c Cluster) Absent() bool {
	e, failed := c.Failed(SourceStatefulSet)
	return failed && e.Reason == ReasonNotFound
}

// Unreachable returns the error that kept the API server from being read at
// all: the StatefulSet, which everything hangs on, could not be reached.
func (c Cluster) Unreachable() (SourceError, bool) {
	e, failed := c.Failed(SourceStatefulSet)
	return e, failed && (e.Reason == ReasonUnreachable || e.Reason == ReasonTimeout)
}

// String is the error as a line of the Errors block.
func (e SourceError) String() string {
	if e.Subject == "" {
		return fmt.Sprintf("%s: %s", e.Source, e.Message)
	}
	return fmt.Sprintf("%s %s: %s", e.Source, e.Subject, e.Message)
}
