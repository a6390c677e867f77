package findings

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// trusted judges who trusts whom: never by who is connected, since sessions
// resume, and never by name, since a re-made root has the name of the old one.
func trusted(f facts) []Finding {
	if roots := f.rootsDiffer(); !f.Synced() && len(roots) > 0 {
		return roots
	}
	matrix := f.Trust()
	drifting := f.drifting(matrix)
	if f.spreading() {
		return drifting
	}
	var all []Finding
	judged := map[string]bool{}
	for _, node := range matrix.Nodes {
		own := f.brokenChain(matrix, node.Name)
		if own == nil {
			own = f.distrusted(matrix, node.Name)
		}
		if own != nil {
			all, judged[node.Name] = append(all, *own), true
		}
	}
	for _, drift := range drifting {
		if !judged[drift.Subject] {
			all = append(all, drift)
		}
	}
	return append(all, f.anchorsDiffer(matrix)...)
}

// spreading tells that a change of anchors or certificates is on its way: the
// kubelet brings a Secret's change to each pod in its own time.
func (f facts) spreading() bool {
	var newest time.Time
	for _, t := range f.TLS {
		if t.Files.Published.After(newest) {
			newest = t.Files.Published
		}
	}
	for _, c := range f.Certificates {
		if c.NotBefore.After(newest) && f.needed(c) {
			newest = c.NotBefore
		}
	}
	return !newest.IsZero() && f.Age(newest) < trustBudget
}

// drifting judges nodes of another root than the others', by what they serve
// and by what was issued for them, while the root may still reach everybody by
// itself: only what is certain, that an anchor is lacking.
func (f facts) drifting(m trust.Matrix) []Finding {
	coming := f.Coming()
	var all []Finding
	for _, node := range coming.Nodes {
		what, refusals := "serves", unanchored(m, node.Name)
		if len(refusals) == 0 {
			what, refusals = "is to serve", unanchored(coming, node.Name)
		}
		if len(refusals) == 0 {
			continue
		}
		var by []string
		for _, cell := range refusals {
			by = append(by, cell.To)
		}
		all = append(all, find(TrustDrift, node.Name,
			"wait: every node takes the anchors of all the cluster's Secrets by itself; "+f.plugin("certs %s", f.Names.Cluster)+" shows how far it is",
			fmt.Sprintf("%d of %d nodes don't trust what it %s yet: %s; a session that exists goes on, a new one is refused", len(by), len(coming.Nodes), what, strings.Join(by, ", ")),
			refusals[0].Detail))
	}
	return all
}

// unanchored is the refusals of a node's chain for want of its anchor.
func unanchored(m trust.Matrix, node string) []trust.Cell {
	return slices.DeleteFunc(m.Refusals(), func(c trust.Cell) bool { return c.From != node || !c.Unanchored() })
}

// brokenChain judges a node whose chain nobody can verify for a reason of its own.
func (f facts) brokenChain(m trust.Matrix, node string) *Finding {
	for _, cell := range m.Refusals() {
		if cell.From == node && cell.Reason == trust.ReasonBrokenChain {
			finding := find(ChainBroken, node, f.remedyOf(ChainBroken, node), cell.Detail)
			return &finding
		}
	}
	return nil
}

// distrusted judges a node that others don't trust for want of its anchor.
func (f facts) distrusted(m trust.Matrix, node string) *Finding {
	var by, evidence []string
	for _, cell := range m.Refusals() {
		if cell.From != node || cell.Reason != trust.ReasonNoAnchor && cell.Reason != trust.ReasonOtherKey && cell.Reason != trust.ReasonUnverified {
			continue
		}
		by = append(by, cell.To)
		if !slices.Contains(evidence, cell.Detail) {
			evidence = append(evidence, cell.Detail)
		}
	}
	if len(by) == 0 {
		return nil
	}
	finding := find(Distrust, node,
		fmt.Sprintf("publish the missing anchor to all nodes: put the ca.crt of Secret %s-tls into Secret %s; kubectl nifi certs %s -n %s shows the matrix",
			node, f.Names.Trust(), f.Names.Cluster, f.Names.Namespace),
		append([]string{fmt.Sprintf("%d of %d nodes don't trust what it serves: %s; it breaks at the next restart, even if all are connected now",
			len(by), len(m.Nodes), strings.Join(by, ", "))}, evidence...)...)
	return &finding
}

// anchorsDiffer judges truststores that are not the same everywhere, though all
// chains verify today.
func (f facts) anchorsDiffer(m trust.Matrix) []Finding {
	sets := map[string][]string{}
	for _, node := range m.Nodes {
		if len(node.Anchors) == 0 {
			continue
		}
		var set []string
		for _, anchor := range node.Anchors {
			set = append(set, anchor.Short())
		}
		slices.Sort(set)
		key := strings.Join(set, ", ")
		sets[key] = append(sets[key], node.Name)
	}
	if len(sets) < 2 {
		return nil
	}
	var evidence []string
	for set, nodes := range sets {
		evidence = append(evidence, fmt.Sprintf("%s: %s", strings.Join(nodes, ", "), set))
	}
	slices.Sort(evidence)
	return []Finding{find(AnchorsDiffer, "",
		fmt.Sprintf("see that every node mounts the same Secrets: kubectl nifi certs %s -n %s", f.Names.Cluster, f.Names.Namespace), evidence...)}
}
