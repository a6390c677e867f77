package operation

import (
	"slices"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// planRestart restarts the pods of the journal one after the other: those that
// are out anyway first, the coordinator last, each back before the next.
func planRestart(j Journal, s State) ([]Step, error) {
	if j.Abort {
		return planBack(j, s), nil
	}
	return roll(j, s, j.restarted), nil
}

// roll restarts the pods of the journal that aren't done yet.
func roll(j Journal, s State, done func(Node) bool) []Step {
	var steps []Step
	for _, node := range rollOrder(j, s, done) {
		if done(node) {
			steps = append(steps, back(j, node)...)
			continue
		}
		steps = append(steps, restart(j, s, node)...)
	}
	return steps
}

// restart takes one node out and ends its pod. It leaves the cluster before its
// process ends: a late heartbeat of a node that shuts down makes the
// coordinator of 2.3.0 chase it with requests to reconnect. The last CONNECTED
// node can't be disconnected (IllegalNodeDisconnectionException), only ended.
func restart(j Journal, s State, n Node) []Step {
	await := Step{Do: AwaitConnected, Pod: n.Pod}
	switch {
	case n.UID == "":
		return []Step{await}
	case n.Leaving:
		return []Step{{Do: AwaitGone, Pod: n.Pod, Begun: true}, await}
	}
	var steps []Step
	if n.Status == nifi.Connected && s.Connected() > 1 || n.Status == nifi.Offloading || slices.Contains(j.Taken, n.Pod) {
		steps = out(n, j.Drain)
	}
	return append(steps, Step{Do: DoEvict, Pod: n.Pod, UID: n.UID}, await)
}

// rollOrder is the nodes to restart. Those on their way back come before all
// others: nobody leaves before they have arrived.
func rollOrder(j Journal, s State, done func(Node) bool) []Node {
	rank := func(n Node) int {
		switch {
		case done(n) || n.UID == "" || n.Leaving:
			return 0
		case n.Status != nifi.Connected:
			return 1
		case n.Coordinator:
			return 3
		default:
			return 2
		}
	}
	nodes := slices.DeleteFunc(s.highestFirst(), func(n Node) bool { _, named := j.Pods[n.Pod]; return !named })
	slices.SortStableFunc(nodes, func(a, b Node) int { return rank(a) - rank(b) })
	return nodes
}

// planBack brings back what the operation took out.
func planBack(j Journal, s State) []Step {
	var steps []Step
	for _, node := range s.Nodes {
		_, named := j.Pods[node.Pod]
		if (named || slices.Contains(j.Taken, node.Pod)) && node.Ordinal < s.Replicas {
			steps = append(steps, back(j, node)...)
		}
	}
	return steps
}
