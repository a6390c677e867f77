package operation

import (
	"slices"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// planScale is the way to the wanted number of nodes, or back to the number
// there was.
func planScale(j Journal, s State) ([]Step, error) {
	want := j.Replicas
	if j.Abort {
		want = j.From
	}
	down, err := planDown(j, s, want)
	return append(planUp(j, s, want), down...), err
}

// planUp gives every ordinal below want its pod, and waits for the nodes that
// this operation has made or taken out. What a person took out before stays out.
func planUp(j Journal, s State, want int) []Step {
	var steps []Step
	if s.Replicas < want || s.Replicas == want && s.Candidates != want {
		steps = append(steps, Step{Do: DoResize, Count: want})
	}
	for _, node := range s.Nodes {
		_, ended := j.Pods[node.Pod]
		ours := node.Ordinal >= j.From || ended || slices.Contains(j.Taken, node.Pod)
		if ours && node.Ordinal < min(want, s.Replicas) {
			steps = append(steps, back(j, node)...)
		}
	}
	for ordinal := s.Replicas; ordinal < want; ordinal++ {
		steps = append(steps, Step{Do: AwaitConnected, Pod: s.Names.Pod(ordinal)})
	}
	return steps
}

// planDown drains the nodes from want up and takes them away, the highest
// ordinal first, as the StatefulSet's controller does.
func planDown(j Journal, s State, want int) ([]Step, error) {
	var steps []Step
	for _, node := range s.highestFirst() {
		if node.Ordinal < want {
			continue
		}
		leave, err := leave(j, s, node)
		if err != nil {
			return nil, err
		}
		steps = append(steps, leave...)
	}
	return steps, nil
}

// leave is the end of one node: DISCONNECTED, OFFLOADED, removed, and only then
// its pod, and its volumes if that is wanted.
func leave(j Journal, s State, n Node) ([]Step, error) {
	if err := mayLeave(j, n); err != nil {
		return nil, err
	}
	var steps []Step
	if n.ID != "" {
		steps = append(out(n, true), Step{Do: DoRemove, Pod: n.Pod, UID: n.UID})
	}
	if s.Replicas > n.Ordinal {
		steps = append(steps, Step{Do: DoResize, Count: n.Ordinal, Empty: n.ID != "" || slices.Contains(j.Drained, n.Pod)})
	}
	if n.UID != "" {
		steps = append(steps, Step{Do: AwaitGone, Pod: n.Pod, Begun: s.Replicas <= n.Ordinal})
	}
	if j.Volumes && !j.Abort && len(n.Claims) > 0 && (n.ID != "" || slices.Contains(j.Drained, n.Pod)) {
		steps = append(steps, Step{Do: DoDelete, Pod: n.Pod})
	}
	return steps, nil
}

// mayLeave refuses to lose FlowFiles: those of a pod that is gone, and those on
// the volume of a pod that is in no cluster.
func mayLeave(j Journal, n Node) error {
	empty := slices.Contains(j.Drained, n.Pod) || n.Virgin || j.Kind == Rescue && j.Abort
	switch {
	case n.Stale() && n.Status != nifi.Offloaded && !empty:
		return refuse("bring it back to drain it: kubectl nifi rescue",
			"node %s has no pod, and %s", n.Pod, n.left())
	case n.ID == "" && n.UID != "" && !n.Leaving && !empty:
		return refuse("wait until it is CONNECTED, or see kubectl nifi diagnose",
			"pod %s is in no cluster, and its volume may hold FlowFiles", n.Pod)
	}
	return nil
}
