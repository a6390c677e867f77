package operation

import (
	"slices"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// Issuer is who signs certificates: a cert-manager Issuer or ClusterIssuer.
type Issuer struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

// Named is the issuer with its kind, which cert-manager takes for Issuer when it
// is left out.
func (i Issuer) Named() Issuer {
	if i.Kind == "" {
		i.Kind = "Issuer"
	}
	return i
}

// Trust is who signs a cluster's certificates, and what its nodes accept, as
// far as a rotation depends on it. Anchors are the SHA-256 of their DER, in
// hexadecimal digits.
type Trust struct {
	Certificates []Certificate
	RootMade     bool   // the next own root and its issuer exist
	RootReady    bool   // and can sign
	ProbeMade    bool   // the temporary client certificate is asked for
	Anchor       string // what that leads to, once it is there: the anchor to come
	Published    []string
	Ours         bool   // a rotation has published some of them
	OldRoot      bool   // the own root of before still exists
	Document     Issuer // that the overlay's document says; zero if nobody knows
	Distrust     []string
	Outside      []string // certificates by the old issuer that aren't the cluster's
}

// Certificate is one of the cluster's: a node's, there or yet to come, or a
// client's.
type Certificate struct {
	Name   string
	Node   bool
	Wanted Issuer // who is to sign it
	Issued Issuer // who has signed what its Secret holds
}

// Rotation is what a rotation remembers.
type Rotation struct {
	From       Issuer `json:"from"`                 // who signed before
	Nudged     bool   `json:"nudged,omitempty"`     // the pods look at what has changed last
	NoDocument bool   `json:"noDocument,omitempty"` // somebody else sees to the overlay's document
	Retiring   bool   `json:"retiring,omitempty"`   // the old root is being forgotten: there is no way back
}

// note is Journal.note for what concerns trust alone.
func (r *Rotation) note(step Step) *Rotation {
	if r == nil {
		return nil
	}
	next := *r
	switch step.Do {
	case DoPublish, DoSwitch:
		next.Nudged = false
	case DoNudge:
		next.Nudged = true
	case DoRetire:
		next.Retiring = true
	}
	return &next
}

// resumed forgets that pods were nudged: whoever noted that may have died
// before it was done, and a nudge too many harms nobody.
func (r *Rotation) resumed() *Rotation {
	if r == nil {
		return nil
	}
	next := *r
	next.Nudged = false
	return &next
}

// Generation is that of a cluster's own root, if the issuer is that one's; else 0.
func (i Issuer) Generation(names topology.Names) int {
	if i.Kind != "Issuer" {
		return 0
	}
	return names.Generation(i.Name)
}

// Signer is who is to sign the certificates of the nodes; zero if there are none.
func Signer(certificates []Certificate) Issuer {
	for _, c := range certificates {
		if c.Node {
			return c.Wanted
		}
	}
	return Issuer{}
}

// wanted tells that all certificates of nodes, or of clients, are to be signed
// by an issuer.
func (t Trust) wanted(nodes bool, by Issuer) bool {
	return !slices.ContainsFunc(t.Certificates, func(c Certificate) bool { return c.Node == nodes && c.Wanted != by })
}

// pending names the certificates of nodes, or of clients, that an issuer hasn't
// signed yet.
func (t Trust) pending(nodes bool, by Issuer) []string {
	var names []string
	for _, c := range t.Certificates {
		if c.Node == nodes && c.Issued != by {
			names = append(names, c.Name)
		}
	}
	return names
}

// published tells that every node is given the anchor to come, and those that
// nodes serve under now.
func (t Trust) published(nodes []Node) bool {
	if t.Anchor == "" || !slices.Contains(t.Published, t.Anchor) {
		return false
	}
	return !slices.ContainsFunc(nodes, func(n Node) bool { return n.Anchor != "" && !slices.Contains(t.Published, n.Anchor) })
}
