package operation

import (
	"slices"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// planRescue brings nodes back whose pods were taken away with FlowFiles on
// their volumes, and then scales down as it should have been done.
func planRescue(j Journal, s State) ([]Step, error) {
	lost := j.lost(s)
	if j.Abort || len(lost) == 0 {
		return planDown(j, s, j.Replicas)
	}
	var steps []Step
	peak := max(lost[len(lost)-1].Ordinal+1, s.Replicas)
	if s.Replicas < peak {
		steps = append(steps, Step{Do: DoResize, Count: peak})
	}
	then := s
	then.Replicas, then.Nodes = peak, nil
	for _, node := range lost {
		steps = append(steps, Step{Do: AwaitConnected, Pod: node.Pod})
		node.ID, node.UID, node.Status, node.Leaving = "expected", "expected", nifi.Connected, false
		then.Nodes = append(then.Nodes, node)
	}
	down, err := planDown(j, then, j.Replicas)
	return append(steps, down...), err
}

// lost is the nodes that are still to be brought back, by ordinal.
func (j Journal) lost(s State) []Node {
	var lost []Node
	for _, pod := range j.Nodes {
		node, _ := s.Node(pod)
		node.Pod, node.Ordinal = pod, s.Names.Ordinal(pod)
		if !slices.Contains(j.Drained, pod) && !slices.Contains(j.Taken, pod) && !node.In() {
			lost = append(lost, node)
		}
	}
	slices.SortFunc(lost, func(a, b Node) int { return a.Ordinal - b.Ordinal })
	return lost
}
