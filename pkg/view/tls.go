package view

import (
	"bytes"
	"slices"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// TLS is what is known of one pod's certificate and anchors, from three sides
// that may differ: what it serves, what its files hold, what it accepts.
type TLS struct {
	Pod     string
	Served  Served
	Files   Files
	Accepts []Acceptance
	// Stores is what its keystore and truststore hold; nil where tls-sync writes
	// them, whose Files say so, unless they were asked for.
	Stores *Stores
}

// Served is what a handshake to the pod's HTTPS port showed. The chain is a
// statement of whoever answered, to be judged, and never a reason to trust.
type Served struct {
	Chain []trust.Certificate // leaf first; empty if Error is set
	Error string              // why there was no handshake
}

// Leaf is the certificate the pod identifies itself with, if it is known.
func (s Served) Leaf() (trust.Certificate, bool) {
	if len(s.Chain) == 0 {
		return trust.Certificate{}, false
	}
	return s.Chain[0], true
}

// Files is what the pod's tls-sync container last said it wrote for NiFi.
type Files struct {
	Published time.Time           // zero if it has said nothing, or Error is set
	Chain     []trust.Fingerprint // leaf first
	Anchors   []trust.Fingerprint // the truststore
	Refusals  []Refusal           // what it did not take over since, newest last
	Error     string              // why its log can't be read
}

// Known tells that the files' contents are known.
func (f Files) Known() bool { return !f.Published.IsZero() }

// Refusal is a file that tls-sync kept away from NiFi.
type Refusal struct {
	Time   time.Time
	Event  string // certificate-refused, anchor-refused
	File   string // below the folder of mounted Secrets; may be empty
	Reason string
}

// Acceptance is whether a pod let a client certificate of an authority in,
// which proves what it has loaded, whatever its files say.
type Acceptance struct {
	Authority trust.Fingerprint
	Verdict   trust.Verdict
	Detail    string // the TLS alert of a refusal, or why nothing is known
}

// TLSOf is what is known of this pod's TLS; nil if nothing was gathered.
func (c Cluster) TLSOf(pod string) *TLS {
	return find(c.TLS, func(t TLS) bool { return t.Pod == pod })
}

// Trust is the matrix of who trusts whom, by what pods serve and what is in
// their files. A pod of which either is unknown has unknown cells.
func (c Cluster) Trust() trust.Matrix {
	nodes := make([]trust.Node, 0, len(c.TLS))
	for _, t := range c.TLS {
		nodes = append(nodes, t.node())
	}
	return trust.NewMatrix(nodes, c.Known(), c.Time)
}

// distinct puts certificates that several sources gave in order, each once.
func distinct(all []trust.Certificate) []trust.Certificate {
	slices.SortFunc(all, func(a, b trust.Certificate) int { return bytes.Compare(a.Fingerprint[:], b.Fingerprint[:]) })
	return slices.CompactFunc(all, func(a, b trust.Certificate) bool { return a.Fingerprint == b.Fingerprint })
}

// Stale tells that the pod serves another leaf than its files hold: NiFi has
// not loaded them yet, or never will.
func (t TLS) Stale() bool {
	leaf, served := t.Served.Leaf()
	held, known := t.Held()
	return served && known && held != leaf.Fingerprint
}
