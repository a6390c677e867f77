package plugin

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// verdict is what a matrix comes down to: sentences for people.
type verdict struct {
	well     bool
	sentence string // who is the odd one out
	remedy   string // what to do; empty if all is well
}

// String is the verdict as one message.
func (v verdict) String() string { return strings.TrimSpace(v.sentence + " " + v.remedy) }

// clusterVerdict judges a live cluster.
func clusterVerdict(c view.Cluster) verdict {
	m := c.Trust()
	refusing := refusingPods(c)
	v := verdict{well: m.Verified() && len(refusing) == 0, sentence: sentenceOf(m)}
	switch {
	case m.Verified() && len(refusing) > 0:
		v.sentence = fmt.Sprintf("By their files all trust each other, but %s refused your client certificate: NiFi has not loaded its files.", strings.Join(refusing, ", "))
		v.remedy = fmt.Sprintf("A restart loads them: kubectl delete pod %s -n %s, one at a time and the coordinator last.", refusing[0], c.Names.Namespace)
	case len(m.Refusals()) > 0:
		if len(c.TLS) == c.Connected() {
			v.sentence += " All nodes are CONNECTED for all that, since TLS sessions resume; it breaks at the next restart."
		}
		v.remedy = clusterRemedy(c, m)
	case !m.Verified() && len(servedRoots(c)) > 1:
		v.sentence += " But they serve chains of different roots: " + strings.Join(servedRoots(c), "; ") + "."
		v.remedy = rootRemedy(c, m.Failures()[0])
	case !m.Verified():
		v.remedy = "Why is said above."
	}
	return v
}

// servedRoots is the roots that chains lead to where nobody knows what nodes
// trust, and the pods that serve them.
func servedRoots(c view.Cluster) []string {
	var roots []string
	by := map[string][]string{}
	for _, t := range c.TLS {
		root, ok := trust.RootOf(t.Served.Chain, c.Known())
		if !ok || t.Stores == nil {
			continue
		}
		text := "SHA-256 " + root.Fingerprint.String()
		if by[text] == nil {
			roots = append(roots, text)
		}
		by[text] = append(by[text], t.Pod)
	}
	for i, root := range roots {
		roots[i] = strings.Join(by[root], ", ") + " of " + root
	}
	return roots
}

// refusingPods names the pods that did not accept the client certificate,
// though the anchor it leads to is in their files.
func refusingPods(c view.Cluster) []string {
	var pods []string
	for _, t := range c.TLS {
		if slices.ContainsFunc(t.Accepts, func(a view.Acceptance) bool {
			return a.Verdict == trust.No && slices.Contains(t.Anchors(), a.Authority)
		}) {
			pods = append(pods, t.Pod)
		}
	}
	return pods
}

// clusterRemedy is what mends the first refusal.
func clusterRemedy(c view.Cluster, m trust.Matrix) string {
	cell := m.Refusals()[0]
	if odd := m.OddOnes(); len(odd) > 0 {
		cell = refusalOf(m, odd[0].Nodes[0])
	}
	secret := cell.From + "-tls"
	switch cell.Reason {
	case trust.ReasonExpired, trust.ReasonNotYetValid:
		return fmt.Sprintf("kubectl nifi certs renew %s %s -n %s has it issued anew; kubectl describe certificate %s -n %s says why cert-manager hasn't.",
			c.Names.Cluster, cell.From, c.Names.Namespace, secret, c.Names.Namespace)
	case trust.ReasonUsage:
		return fmt.Sprintf("Certificate %s must ask for the usages server auth and client auth, and its issuer grant them.", secret)
	case trust.ReasonBrokenChain:
		return fmt.Sprintf("tls.crt of Secret %s must hold the intermediate certificates after the leaf.", secret)
	default:
		return rootRemedy(c, cell)
	}
}

// rootRemedy is what mends an anchor that is missing.
func rootRemedy(c view.Cluster, cell trust.Cell) string {
	if !c.Synced() {
		return fmt.Sprintf("The root that the CA signs with now is the one to end at, and a pod gets it when it starts: kubectl nifi heal %s --trust -n %s restarts those that have another, in the right order; --dry-run shows which.",
			c.Names.Cluster, c.Names.Namespace)
	}
	fingerprint := ""
	if t := c.TLSOf(cell.From); t != nil {
		if anchor, ok := trust.AnchorOf(t.Served.Chain, c.Authorities); ok {
			fingerprint = "SHA-256 " + anchor.Fingerprint.String() + ", "
		}
	}
	return fmt.Sprintf("A renewal spreads by itself within two minutes. If this stays, %s lacks the root of %s (%sca.crt of Secret %s-tls): add it to Secret %s, from where each tls-sync hands it to its node, or have Certificate %s-tls name the issuer of the others. Restart nothing before every pair verifies.",
		cell.To, cell.From, fingerprint, cell.From, c.Names.Trust(), cell.From)
}

// refusalOf is the first refusal of what this node serves, else the first that
// it makes.
func refusalOf(m trust.Matrix, node string) trust.Cell {
	refusals := m.Refusals()
	for _, mine := range []func(trust.Cell) bool{
		func(c trust.Cell) bool { return c.From == node },
		func(c trust.Cell) bool { return c.To == node },
	} {
		if i := slices.IndexFunc(refusals, mine); i >= 0 {
			return refusals[i]
		}
	}
	return refusals[0]
}

// sentenceOf says who is the odd one out, with whole fingerprints.
func sentenceOf(m trust.Matrix) string {
	refusals, odd := m.Refusals(), m.OddOnes()
	switch {
	case len(m.Nodes) == 0:
		return "There is no node to ask."
	case m.Verified():
		return fmt.Sprintf("Every node trusts every other: %d of %d pairs verify.", len(m.Nodes)*len(m.Nodes), len(m.Nodes)*len(m.Nodes))
	case len(refusals) == 0:
		unknown := m.Failures()
		return fmt.Sprintf("No node is known to refuse another, but %d of %d pairs are unknown.", len(unknown), len(m.Nodes)*len(m.Nodes))
	case len(odd) == 0:
		var sides []string
		for _, g := range m.Groups() {
			sides = append(sides, groupText(g))
		}
		return "Nobody is in the majority: " + strings.Join(sides, "; ") + "."
	}
	var sides []string
	for _, g := range odd {
		sides = append(sides, oddText(m, g))
	}
	return strings.Join(sides, "; ") + ". The majority: " + groupText(m.Groups()[0]) + "."
}

// oddText says how a group outside the majority differs from it.
func oddText(m trust.Matrix, g trust.Group) string {
	is := " is the odd one out: it "
	if len(g.Nodes) > 1 {
		is = " are the odd ones out: each "
	}
	who := strings.Join(g.Nodes, ", ") + is
	if majority := m.Groups()[0]; sameAnchors(g.Anchors, majority.Anchors) {
		cell := refusalOf(m, g.Nodes[0])
		return who + fmt.Sprintf("trusts what the others do, but %s doesn't trust %s: %s", cell.To, cell.From, cell.Detail)
	}
	return who + "trusts" + claims(g)
}

func groupText(g trust.Group) string {
	verb := " trust"
	if len(g.Nodes) == 1 {
		verb = " trusts"
	}
	return strings.Join(g.Nodes, ", ") + verb + claims(g)
}

// claims is what a group trusts, and what its certificates come from.
func claims(g trust.Group) string {
	text := " SHA-256 " + fullList(g.Anchors)
	if len(g.Anchors) == 0 {
		text = " nothing that is known"
	}
	if len(g.Issuers) > 0 && !sameAnchors(g.Anchors, g.Issuers) {
		text += ", signed by " + fullList(g.Issuers)
	}
	return text
}

func fullList(all []trust.Fingerprint) string {
	var texts []string
	for _, f := range all {
		texts = append(texts, f.String())
	}
	return strings.Join(texts, " and ")
}

func sameAnchors(a, b []trust.Fingerprint) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(f trust.Fingerprint) bool { return !slices.Contains(b, f) })
}
