package operation

import (
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// planNodes does one thing to each of the nodes that somebody named.
func planNodes(j Journal, s State) ([]Step, error) {
	if j.Abort {
		return planBack(j, s), nil
	}
	var steps []Step
	for _, pod := range j.Nodes {
		node, _ := s.Node(pod)
		if node.ID == "" && j.Kind != Remove {
			return nil, refuse("see kubectl nifi status", "the coordinator knows no node %s", pod)
		}
		steps = append(steps, one(j, node)...)
	}
	return steps, nil
}

func one(j Journal, n Node) []Step {
	switch j.Kind {
	case Disconnect:
		if n.Status == nifi.Connected || n.Status == nifi.Connecting {
			return out(n, false)
		}
	case Offload:
		return out(n, true)
	case Reconnect:
		return reconnect(j, n)
	case Remove:
		if n.ID != "" {
			return []Step{{Do: DoRemove, Pod: n.Pod}}
		}
	}
	return nil
}

// reconnect asks for a node that is out, and waits for one that is on its way.
// One that drains would not hear it, so its pod is restarted.
func reconnect(j Journal, n Node) []Step {
	await := Step{Do: AwaitConnected, Pod: n.Pod}
	_, ended := j.Pods[n.Pod]
	switch {
	case ended:
		return back(j, n)
	case n.Status == nifi.Connected:
		return nil
	case n.Status == nifi.Connecting:
		await.Begun = true
		return []Step{await}
	case n.draining():
		return []Step{{Do: DoEvict, Pod: n.Pod, UID: n.UID}, await}
	default:
		return []Step{{Do: DoConnect, Pod: n.Pod}, await}
	}
}
