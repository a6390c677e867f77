package operation

import (
	"slices"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// planHeal restarts the pods whose certificates or truststores are of another
// root than the wanted one, for stores that NiFi doesn't load again. A restarted
// pod may have nobody left who trusts it, so the next one goes as soon as it
// serves a chain of that root, and not when it is CONNECTED: that would never
// come to be. The coordinator goes last; those that are out go together.
func planHeal(j Journal, s State) ([]Step, error) {
	h := healing{j, s}
	if j.Abort {
		return h.giveUp(), nil
	}
	if err := h.fruitless(); err != nil {
		return nil, err
	}
	steps := h.outside()
	inside, err := h.inside()
	if err != nil {
		return nil, err
	}
	return h.whole(append(steps, inside...)), nil
}

// Next is the next step of a healing operation, for whoever carries it out a
// look at a time, and the journal to keep before the step is done. done tells
// that nothing is left.
func Next(j Journal, s State) (next Journal, step Step, done bool, err error) {
	next = j.heed(s)
	plan, err := planHeal(next, s)
	if err != nil || len(plan) == 0 {
		return next, Step{}, err == nil, err
	}
	if plan[0].Acts() {
		next = next.note(plan[0], s.Time)
	}
	return next, plan[0], false, nil
}

// healing is one plan to end at one root.
type healing struct {
	Journal
	s State
}

// strays tells that the node serves or trusts something else than the wanted
// root, as far as that is known.
func (h healing) strays(n Node) bool {
	return n.Anchor != "" && n.Anchor != h.Anchor || n.Anchors != nil && !slices.Contains(n.Anchors, h.Anchor)
}

// fresh tells that it is as wanted.
func (h healing) fresh(n Node) bool { return n.Anchor == h.Anchor && !h.strays(n) }

// ours is the nodes that there are to be and that no person took out.
func (h healing) ours(fits func(Node) bool) []Node {
	return inPods(h.s, func(n Node) bool { return !h.leaves(n) && fits(n) })
}

// leaves tells that a person took the node out: a restart would bring it back.
// While nobody says who is in, what was said last counts.
func (h healing) leaves(n Node) bool {
	if h.s.Blind != "" {
		return slices.Contains(h.Left, n.Pod)
	}
	return n.ByPerson && !slices.Contains(h.Taken, n.Pod)
}

// in tells that a node takes part. Without the coordinator's view its readiness
// says so, which is NiFi's own word.
func (h healing) in(n Node) bool {
	if h.s.Blind != "" {
		return n.Ready && n.UID != "" && !n.Leaving
	}
	return n.In()
}

// fruitless refuses to go on if a restart did not bring the wanted root: no pod
// is restarted twice.
func (h healing) fruitless() error {
	for _, n := range h.ours(h.strays) {
		if n.UID != "" && !n.Leaving && n.UID != h.Pods[n.Pod] {
			return refuse("see who signs for the pods when they start; take this back with kubectl nifi operations --abort, and begin again with kubectl nifi heal --trust",
				"%s has started since and %s", n.Pod, h.stray(n))
		}
	}
	return nil
}

// outside restarts the pods that are out of the cluster anyway: all at once, if
// some node shows already that restarts bring the wanted root, else one first.
func (h healing) outside() []Step {
	coming := h.ours(h.coming)
	odd := h.ours(func(n Node) bool { return h.goes(n) && !h.in(n) })
	slices.Reverse(odd) // highest ordinal first
	proven := slices.ContainsFunc(h.s.Nodes, h.fresh)
	var steps []Step
	if !proven && len(coming) == 0 && len(odd) > 0 {
		steps = append(steps, Step{Do: DoEvict, Pod: odd[0].Pod, UID: odd[0].UID}, h.served(odd[0]))
		odd = odd[1:]
	}
	if !proven {
		steps = append(steps, h.arrive(coming)...)
		coming = nil
	}
	for _, n := range odd {
		steps = append(steps, Step{Do: DoEvict, Pod: n.Pod, UID: n.UID})
	}
	return append(steps, h.arrive(append(coming, odd...))...)
}

// goes tells that a pod is to be restarted; it hasn't begun to end.
func (h healing) goes(n Node) bool { return n.UID != "" && !n.Leaving && h.strays(n) }

// coming tells that a pod is on its way, and gets its stores there.
func (h healing) coming(n Node) bool {
	restarted := n.UID != "" && n.UID != h.Pods[n.Pod]
	return n.UID == "" || n.Leaving || restarted && n.Anchor == "" || restarted && h.fresh(n) && !h.in(n) && h.joins()
}

// arrive waits for pods on their way: until they serve the wanted root and,
// where the coordinator trusts that, until they are back.
func (h healing) arrive(nodes []Node) []Step {
	var steps []Step
	for _, n := range nodes {
		if !h.fresh(n) {
			steps = append(steps, h.served(n))
		}
	}
	for _, n := range nodes {
		if h.joins() {
			steps = append(steps, Step{Do: AwaitConnected, Pod: n.Pod})
		}
	}
	return steps
}

func (h healing) served(n Node) Step { return Step{Do: AwaitServed, Pod: n.Pod, Anchor: h.Anchor} }

// joins tells that a node of the wanted root gets into the cluster: it and the
// coordinator trust each other.
func (h healing) joins() bool {
	return slices.ContainsFunc(h.s.Nodes, func(n Node) bool { return n.Coordinator && h.fresh(n) })
}

// inside restarts the nodes that take part, one after the other, the
// coordinator last, which is the one that is asked to disconnect the others. A
// disruption budget counts those that wait for it as disrupted, so where nobody
// can be disconnected first, the pod is deleted.
func (h healing) inside() ([]Step, error) {
	odd := h.ours(func(n Node) bool { return h.goes(n) && h.in(n) })
	slices.SortStableFunc(odd, func(a, b Node) int {
		if a.Coordinator != b.Coordinator {
			return map[bool]int{true: 1, false: -1}[a.Coordinator]
		}
		return b.Ordinal - a.Ordinal
	})
	left := len(h.ours(h.in))
	if h.joins() { // those that are out are back by then
		left += len(h.ours(func(n Node) bool { return !h.in(n) && (h.coming(n) || h.goes(n)) }))
	}
	disrupted := len(inPods(h.s, func(n Node) bool { return !n.Ready })) > 0
	var steps []Step
	for _, n := range odd {
		if h.Rolling && left-1 < quorum(h.s.Replicas) {
			return nil, refuse("without --rolling it passes through a minority, as it must: nodes of the new root find nobody who trusts them until the others have it, too",
				"restarting %s would leave %d of %d nodes %s, fewer than the quorum of %d", n.Pod, left-1, h.s.Replicas, nifi.Connected, quorum(h.s.Replicas))
		}
		end := Step{Do: DoEvict, Pod: n.Pod, UID: n.UID}
		switch {
		case h.s.Blind == "" && left > 1 && !n.Coordinator:
			steps = append(steps, Step{Do: DoDisconnect, Pod: n.Pod})
		case !h.Rolling && disrupted:
			end.Do = DoEnd
		}
		steps = append(steps, end)
		steps = append(steps, h.arrive([]Node{n})...)
		if !h.joins() {
			left, disrupted = left-1, true
		}
	}
	return steps, nil
}

// whole adds the end: everybody serves the wanted root, is in, and trusts
// everybody else.
func (h healing) whole(steps []Step) []Step {
	changes := len(steps) > 0
	for _, n := range h.ours(func(n Node) bool { return n.Anchor == "" && !h.coming(n) }) {
		steps = append(steps, h.served(n))
	}
	for _, n := range h.ours(func(n Node) bool { return !h.in(n) || changes && !h.joins() }) {
		if await := (Step{Do: AwaitConnected, Pod: n.Pod}); !slices.Contains(steps, await) {
			steps = append(steps, await)
		}
	}
	if changes || len(h.ours(h.refuses)) > 0 {
		steps = append(steps, Step{Do: AwaitTrust})
	}
	return steps
}

// refuses tells that a node is known to refuse what another one serves.
func (h healing) refuses(n Node) bool {
	return len(h.ours(func(other Node) bool { return slices.Contains(n.Refuses, other.Pod) })) > 0
}

// giveUp brings back what was disconnected for a restart that didn't come to
// pass. What has restarted stays as it is.
func (h healing) giveUp() []Step {
	var steps []Step
	for _, n := range h.ours(func(n Node) bool { return n.Status == nifi.Disconnected && !n.Leaving }) {
		mates := slices.ContainsFunc(h.s.Nodes, func(c Node) bool { return c.Coordinator && c.Anchor == n.Anchor })
		if slices.Contains(h.Taken, n.Pod) && n.UID == h.Pods[n.Pod] && mates {
			steps = append(steps, Step{Do: DoConnect, Pod: n.Pod}, Step{Do: AwaitConnected, Pod: n.Pod})
		}
	}
	return steps
}

// quorum is the least majority of a cluster.
func quorum(nodes int) int { return nodes/2 + 1 }

// short is the beginning of a fingerprint, for people.
func short(fingerprint string) string {
	if fingerprint == "" {
		return "unknown"
	}
	return fingerprint[:min(len(fingerprint), 12)]
}
