package operation

import (
	"fmt"
	"slices"
	"strings"
)

// Youngest is the root that the pod has which started last: where pods get
// their stores when they start, whoever signs now signed those. It fails if that
// doesn't tell, with the reason.
func Youngest(s State) (anchor, pod string, err error) {
	known := slices.DeleteFunc(slices.Clone(s.Nodes), func(n Node) bool { return n.Anchor == "" || n.Leaving })
	if len(known) == 0 {
		return "", "", refuse("see kubectl nifi certs", "no node serves a chain whose root is known")
	}
	best := slices.MaxFunc(known, func(a, b Node) int { return a.Created.Compare(b.Created) })
	for _, n := range known {
		if n.Created.Equal(best.Created) && n.Anchor != best.Anchor {
			return "", "", refuse("say which one the CA signs with: --anchor SHA256",
				"%s and %s started in the same second, and have different roots, %s and %s", best.Pod, n.Pod, short(best.Anchor), short(n.Anchor))
		}
	}
	return best.Anchor, best.Pod, nil
}

// Reasons is a line for each node: what becomes of it in a healing operation,
// and why.
func Reasons(j Journal, s State) []string {
	h := healing{j.heed(s), s}
	var lines []string
	for _, n := range inPods(s, func(Node) bool { return true }) {
		lines = append(lines, n.Pod+": "+h.reason(n))
	}
	return lines
}

func (h healing) reason(n Node) string {
	switch {
	case h.leaves(n):
		return fmt.Sprintf("left alone, a person took it out; it serves root %s", short(n.Anchor))
	case n.UID == "" || n.Leaving:
		return "on its way"
	case h.strays(n):
		return "restart, " + h.stray(n)
	case n.Anchor == "":
		return "stays, what it serves is unknown"
	default:
		return fmt.Sprintf("stays, it serves root %s", short(n.Anchor))
	}
}

// stray is what is wrong with a node's stores.
func (h healing) stray(n Node) string {
	if n.Anchor != "" && n.Anchor != h.Anchor {
		return fmt.Sprintf("it serves root %s, not %s", short(n.Anchor), short(h.Anchor))
	}
	var held []string
	for _, anchor := range n.Anchors {
		held = append(held, short(anchor))
	}
	return fmt.Sprintf("its truststore holds %s, not %s", strings.Join(held, ", "), short(h.Anchor))
}

// preflightHeal says what restarts for trust cost.
func preflightHeal(i Intent, s State) (warnings []string, err error) {
	h := healing{Journal{Intent: i}.heed(s), s}
	if s.Blind != "" && s.Passing {
		return nil, refuse("try again in a moment", "the coordinator's view of the nodes is missing: %s", s.Blind)
	}
	plan, err := planHeal(Begin(i, s, ""), s)
	if err != nil {
		return nil, err
	}
	if len(h.ours(h.strays)) == 0 && len(plan) > 0 {
		return nil, refuse("see kubectl nifi diagnose", "no node has another root than %s, and yet not all is well: %s", short(i.Anchor), plan[0])
	}
	if len(plan) > 0 && !slices.ContainsFunc(s.Nodes, h.fresh) {
		warnings = append(warnings, fmt.Sprintf("no node has root %s yet: whether restarts bring it is seen by the first one", short(i.Anchor)))
	}
	if s.Blind != "" {
		warnings = append(warnings, "the coordinator's view is missing: "+s.Blind+". Readiness has to tell who takes part, nobody is disconnected first, and whether a person took a node out isn't known")
	}
	for _, n := range inPods(s, h.leaves) {
		warnings = append(warnings, n.Pod+" is left alone: a person took it out, and a restart would bring it back")
	}
	inside := len(h.ours(func(n Node) bool { return h.goes(n) && h.in(n) }))
	if left := len(h.ours(h.in)) - inside; inside > 0 && !h.joins() && left < quorum(s.Replicas) {
		warnings = append(warnings, fmt.Sprintf("for the time of the restarts no majority is CONNECTED: %d nodes that take part must restart, and nobody in the cluster trusts root %s until then", inside, short(i.Anchor)))
	}
	return warnings, nil
}
