package trust

import (
	"slices"
	"time"
)

// Verdict is the answer to whether one node trusts another.
type Verdict string

// The three verdicts. Unknown is an answer: what was not seen is not refused.
const (
	Yes     Verdict = "Yes"
	No      Verdict = "No"
	Unknown Verdict = "Unknown"
)

// Reason is why a verdict isn't Yes.
type Reason string

// The reasons. The first two are different troubles: an anchor of the same name
// but another key is what a re-made root leaves behind.
const (
	ReasonNoAnchor    Reason = "NoAnchor"
	ReasonOtherKey    Reason = "OtherKey" // an anchor has the issuer's name and not its key
	ReasonExpired     Reason = "Expired"
	ReasonNotYetValid Reason = "NotYetValid"
	ReasonUsage       Reason = "Usage"       // extended key usages don't allow it
	ReasonBrokenChain Reason = "BrokenChain" // a certificate between leaf and anchor is missing or wrong
	ReasonUnverified  Reason = "Unverified"  // any other refusal of crypto/x509
	ReasonNoChain     Reason = "NoChain"     // what the node serves is unknown
	ReasonNoAnchors   Reason = "NoAnchors"   // what the other trusts is unknown
	ReasonNoMaterial  Reason = "NoMaterial"  // an anchor is known by its fingerprint only
)

// Node is one node's side of the matrix.
type Node struct {
	Name    string
	Chain   []Certificate // what it serves, leaf first; empty: unknown
	Anchors []Fingerprint // what it trusts; nil: unknown
	// Of what it trusts, if Anchors is unknown, trials have shown that much: whose
	// client certificates it let in, and whose it refused.
	Accepts, Refuses []Fingerprint
}

// Cell is whether the node To trusts the chain that the node From serves.
type Cell struct {
	From, To string
	Verdict  Verdict
	Reason   Reason      // empty for Yes
	Detail   string      // the reason in words, with fingerprints; empty for Yes
	Anchor   Fingerprint // the anchor that verifies, for Yes
}

// Unanchored tells that the verdict is No for want of the anchor alone: there
// is none of the issuer, or one of its name and another key.
func (c Cell) Unanchored() bool { return c.Reason == ReasonNoAnchor || c.Reason == ReasonOtherKey }

// Matrix is who trusts whom.
type Matrix struct {
	Nodes []Node
	Cells [][]Cell // [i][j]: does node j trust node i
}

// NewMatrix judges every pair of nodes at the time now. known are certificates
// that anchors' fingerprints may stand for; those of the nodes' chains do, too.
func NewMatrix(nodes []Node, known []Certificate, now time.Time) Matrix {
	known = slices.Clone(known)
	for _, node := range nodes {
		known = append(known, node.Chain...)
	}
	v := verifier{known: byFingerprint(known), now: now}
	m := Matrix{Nodes: nodes, Cells: make([][]Cell, len(nodes))}
	first := make([]int, len(nodes)) // of those that judge like this one: signatures take time, and most nodes trust the same
	for j, to := range nodes {
		first[j] = slices.IndexFunc(nodes, to.trustsLike)
	}
	for i, from := range nodes {
		m.Cells[i] = make([]Cell, len(nodes))
		for j, to := range nodes {
			cell := m.Cells[i][first[j]]
			if first[j] == j {
				cell = v.judge(from.Chain, to)
			}
			cell.From, cell.To = from.Name, to.Name
			m.Cells[i][j] = cell
		}
	}
	return m
}

// trustsLike tells that two nodes judge everybody alike.
func (n Node) trustsLike(other Node) bool {
	return (n.Anchors == nil) == (other.Anchors == nil) && slices.Equal(n.Anchors, other.Anchors) &&
		slices.Equal(n.Accepts, other.Accepts) && slices.Equal(n.Refuses, other.Refuses)
}

// Verified tells that every cell is Yes, of at least one.
func (m Matrix) Verified() bool { return len(m.Nodes) > 0 && len(m.Failures()) == 0 }

// Failures is the cells that aren't Yes, in the order of the nodes.
func (m Matrix) Failures() []Cell {
	return m.filter(func(c Cell) bool { return c.Verdict != Yes })
}

// Refusals is the cells that are No.
func (m Matrix) Refusals() []Cell {
	return m.filter(func(c Cell) bool { return c.Verdict == No })
}

func (m Matrix) filter(fits func(Cell) bool) []Cell {
	var cells []Cell
	for _, row := range m.Cells {
		for _, cell := range row {
			if fits(cell) {
				cells = append(cells, cell)
			}
		}
	}
	return cells
}

func byFingerprint(all []Certificate) map[Fingerprint]Certificate {
	found := make(map[Fingerprint]Certificate, len(all))
	for _, c := range all {
		if c.parsed != nil {
			found[c.Fingerprint] = c
		}
	}
	return found
}

// Fingerprints is the fingerprint of each certificate.
func Fingerprints(all []Certificate) []Fingerprint {
	fingerprints := make([]Fingerprint, 0, len(all))
	for _, c := range all {
		if !slices.Contains(fingerprints, c.Fingerprint) {
			fingerprints = append(fingerprints, c.Fingerprint)
		}
	}
	return fingerprints
}
