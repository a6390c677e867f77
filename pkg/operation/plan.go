package operation

import (
	"fmt"
	"slices"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// Plan is every step that is left of an operation in this state, the next one
// first; none means that it is done. The same journal gives the rest of the
// plan whoever asks, whatever was cut. An error is a Refusal.
func Plan(j Journal, s State) ([]Step, error) {
	switch j.Kind {
	case Scale:
		return planScale(j, s)
	case Rescue:
		return planRescue(j, s)
	case Restart:
		return planRestart(j, s)
	case Upgrade:
		return planUpgrade(j, s)
	case RotateCA:
		return planRotate(j, s)
	case Heal:
		return planHeal(j, s)
	case Disconnect, Reconnect, Offload, Remove:
		return planNodes(j, s)
	default:
		return nil, fmt.Errorf("planning operation %q: this version doesn't know it", j.Kind)
	}
}

// out is the steps that take a node out of the cluster without losing a
// FlowFile, as far as OFFLOADED if drain is set. NiFi offloads a DISCONNECTED
// node only (NodeClusterCoordinator.requestNodeOffload).
func out(n Node, drain bool) []Step {
	var steps []Step
	switch n.Status {
	case nifi.Connecting:
		steps = append(steps, Step{Do: AwaitConnected, Pod: n.Pod}, Step{Do: DoDisconnect, Pod: n.Pod})
	case nifi.Connected:
		steps = append(steps, Step{Do: DoDisconnect, Pod: n.Pod})
	case nifi.Offloading:
		return []Step{{Do: DoOffload, Pod: n.Pod, Begun: true}}
	case nifi.Offloaded:
		return nil
	}
	if drain {
		steps = append(steps, Step{Do: DoOffload, Pod: n.Pod})
	}
	return steps
}

// back is the steps that bring a node whose pod exists into the cluster. A
// node that the coordinator has forgotten stays out until its process starts
// again (AbstractHeartbeatMonitor asks only those who send heartbeats).
func back(j Journal, n Node) []Step {
	await := Step{Do: AwaitConnected, Pod: n.Pod}
	old, doomed := j.Pods[n.Pod]
	taken := slices.Contains(j.Taken, n.Pod) || doomed && old == n.UID
	switch {
	case n.In():
		return nil
	case n.Leaving:
		return []Step{{Do: AwaitGone, Pod: n.Pod}, await}
	case n.ID == "" && slices.Contains(j.Drained, n.Pod) && doomed && old == n.UID:
		return []Step{{Do: DoEvict, Pod: n.Pod, UID: n.UID}, await}
	case taken && n.draining():
		return []Step{{Do: DoEvict, Pod: n.Pod, UID: n.UID}, await}
	case taken && (n.Status == nifi.Disconnected || n.Status == nifi.Offloading || n.Status == nifi.Offloaded):
		return []Step{{Do: DoConnect, Pod: n.Pod}, await}
	default:
		return []Step{await}
	}
}
