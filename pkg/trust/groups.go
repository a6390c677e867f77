package trust

import (
	"cmp"
	"slices"
)

// Group is nodes that trust each other.
type Group struct {
	Nodes   []string
	Anchors []Fingerprint // all that any of them trusts
	Issuers []Fingerprint // the anchors that their chains lead to, as far as known
}

// Groups parts the nodes into those that trust each other, both ways and
// themselves: the largest first, then by order. Nodes whose cells are all
// unknown are in none.
func (m Matrix) Groups() []Group {
	var groups [][]int
	for i := range m.Nodes {
		if m.silent(i) {
			continue
		}
		fits := func(group []int) bool {
			return !slices.ContainsFunc(append(slices.Clone(group), i), func(j int) bool { return !m.mutual(i, j) })
		}
		if g := slices.IndexFunc(groups, fits); g >= 0 {
			groups[g] = append(groups[g], i)
		} else {
			groups = append(groups, []int{i})
		}
	}
	slices.SortStableFunc(groups, func(a, b []int) int { return cmp.Compare(len(b), len(a)) })
	all := make([]Group, 0, len(groups))
	for _, members := range groups {
		all = append(all, m.group(members))
	}
	return all
}

// OddOnes is the groups outside the majority; none if all agree, or if no group
// is larger than every other, for then nobody can say who is right.
func (m Matrix) OddOnes() []Group {
	groups := m.Groups()
	if len(groups) < 2 || len(groups[0].Nodes) == len(groups[1].Nodes) {
		return nil
	}
	return groups[1:]
}

// mutual tells that neither refuses the other.
func (m Matrix) mutual(i, j int) bool {
	return m.Cells[i][j].Verdict != No && m.Cells[j][i].Verdict != No
}

// silent tells that nothing is known of a node.
func (m Matrix) silent(i int) bool {
	for j := range m.Nodes {
		if m.Cells[i][j].Verdict != Unknown || m.Cells[j][i].Verdict != Unknown {
			return false
		}
	}
	return true
}

func (m Matrix) group(members []int) Group {
	var g Group
	for _, i := range members {
		g.Nodes = append(g.Nodes, m.Nodes[i].Name)
		g.Anchors = appendNew(g.Anchors, m.Nodes[i].Anchors...)
		for _, cell := range m.Cells[i] {
			if cell.Verdict == Yes {
				g.Issuers = appendNew(g.Issuers, cell.Anchor)
			}
		}
	}
	return g
}

func appendNew(to []Fingerprint, more ...Fingerprint) []Fingerprint {
	for _, f := range more {
		if !slices.Contains(to, f) {
			to = append(to, f)
		}
	}
	return to
}
