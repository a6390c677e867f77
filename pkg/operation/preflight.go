package operation

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// reserve is the share of a volume's free bytes that a drain must leave.
const reserve = 0.1

// Preflight judges whether an operation may begin, before anything is changed:
// warnings, or a Refusal. It foresees what NiFi itself would refuse with 409.
func Preflight(i Intent, s State) (warnings []string, err error) {
	switch {
	case s.Blind != "" && i.Kind != Heal:
		return nil, refuse("see kubectl nifi diagnose", "the coordinator's view of the nodes is missing: %s", s.Blind)
	case !s.Settled:
		return nil, refuse("try again in a moment", "Kubernetes hasn't seen the last change of the StatefulSet yet")
	}
	if err := rollingOut(s); err != nil {
		return nil, err
	}
	switch i.Kind {
	case Scale:
		return preflightScale(i, s)
	case Restart, Upgrade:
		return preflightRestart(i, s)
	case Disconnect, Offload:
		return preflightOut(i, s)
	case Reconnect:
		return preflightBack(i, s)
	case Remove:
		return nil, preflightRemove(i, s)
	case Rescue:
		return nil, preflightRescue(i, s)
	case RotateCA:
		return preflightRotate(i, s)
	case Heal:
		return preflightHeal(i, s)
	}
	return nil, nil
}

// preflightBack says which pods must restart to come back.
func preflightBack(i Intent, s State) (warnings []string, err error) {
	for _, pod := range i.Nodes {
		if node, _ := s.Node(pod); node.draining() {
			warnings = append(warnings, fmt.Sprintf("%s is %s, and hears of a reconnection only once its queue is empty: its pod is restarted instead; %s", pod, node.Status, node.left()))
		}
	}
	return warnings, known(i, s)
}

func rollingOut(s State) error {
	var old []string
	for _, node := range s.Nodes {
		if node.UID != "" && node.Revision != s.Revision {
			old = append(old, node.Pod)
		}
	}
	if len(old) == 0 || s.Manual {
		return nil
	}
	return refuse("wait until kubectl rollout status is through", "Kubernetes is rolling out a change; still on the old revision: %s", strings.Join(old, ", "))
}

func preflightScale(i Intent, s State) (warnings []string, err error) {
	if i.Replicas > s.Replicas {
		return nil, preflightUp(i, s)
	}
	var leaving, staying []Node
	for _, node := range s.Nodes {
		if node.Ordinal >= i.Replicas {
			leaving = append(leaving, node)
		} else {
			staying = append(staying, node)
		}
	}
	if err := allIn(staying); err != nil && len(leaving) > 0 {
		return nil, err
	}
	for _, node := range leaving {
		if node.Coordinator {
			warnings = append(warnings, fmt.Sprintf("%s is the coordinator: for up to 20s nobody answers for the cluster while another is elected", node.Pod))
		}
		if node.Primary {
			warnings = append(warnings, fmt.Sprintf("%s is the primary node: processors that run on the primary node only move to another", node.Pod))
		}
	}
	return warnings, room(leaving, staying)
}

func preflightUp(i Intent, s State) error {
	if s.Certificates > 0 && i.Replicas > s.Certificates {
		return refuse("raise spec.maxReplicas, render and apply, then scale",
			"certificates exist for %d nodes, not for %d", s.Certificates, i.Replicas)
	}
	return nil
}

// allIn demands that those who stay can take what the others have.
func allIn(nodes []Node) error {
	for _, node := range nodes {
		if !node.In() {
			return refuse("see kubectl nifi diagnose; a node can be drained only into nodes that are CONNECTED",
				"%s, which is to stay, is %s", node.Pod, node.state())
		}
	}
	return nil
}

// state is what is to be said of a node that isn't in.
func (n Node) state() string {
	switch {
	case n.UID == "":
		return "without a pod"
	case n.ID == "":
		return "unknown to the coordinator"
	case n.Status == nifi.Connected:
		return "CONNECTED in a pod that isn't ready"
	default:
		return string(n.Status)
	}
}

// room demands that each node that stays has space for its share of what moves.
func room(leaving, staying []Node) error {
	var moving int64
	for _, node := range leaving {
		moving += node.Bytes
	}
	if moving == 0 || len(staying) == 0 {
		return nil
	}
	share := moving / int64(len(staying))
	for _, node := range staying {
		if usable := int64(float64(node.Free) * (1 - reserve)); node.Free >= 0 && usable < share {
			return refuse("enlarge its volume or let its queues drain first", "%s has %s left for content, and %s of FlowFiles would move to it",
				node.Pod, bytesText(node.Free), bytesText(share))
		}
	}
	return nil
}

func bytesText(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

func preflightRestart(i Intent, s State) (warnings []string, err error) {
	for _, pod := range i.Nodes {
		node, ok := s.Node(pod)
		if !ok || node.UID == "" {
			return nil, refuse("see kubectl nifi status", "there is no pod %s", pod)
		}
		if i.Drain && s.Connected() < 2 {
			return nil, refuse("leave out --drain: its queue stays on its volume", "%s can't be drained: no other node is CONNECTED", pod)
		}
	}
	if s.Connected() < 2 && len(i.Nodes) > 0 {
		warnings = append(warnings, "no other node is CONNECTED: the cluster is down until the pod is back")
	}
	return warnings, nil
}

func preflightOut(i Intent, s State) (warnings []string, err error) {
	var leaving, staying []Node
	for _, node := range s.Nodes {
		switch {
		case slices.Contains(i.Nodes, node.Pod):
			leaving = append(leaving, node)
		case node.In():
			staying = append(staying, node)
		}
	}
	if err := known(i, s); err != nil {
		return nil, err
	}
	if len(staying) == 0 {
		return nil, refuse("NiFi never lets the last CONNECTED node go", "no CONNECTED node would be left")
	}
	warnings = append(warnings, "a restart of its pod brings a node back into the cluster, whoever took it out")
	if i.Kind == Offload {
		return warnings, room(leaving, staying)
	}
	return warnings, nil
}

// known demands that the coordinator knows all nodes.
func known(i Intent, s State) error {
	for _, pod := range i.Nodes {
		if node, _ := s.Node(pod); node.ID == "" {
			return refuse("see kubectl nifi status", "the coordinator knows no node %s", pod)
		}
	}
	return nil
}

func preflightRemove(i Intent, s State) error {
	if err := known(i, s); err != nil {
		return err
	}
	for _, pod := range i.Nodes {
		node, _ := s.Node(pod)
		switch {
		case node.Status != nifi.Disconnected && node.Status != nifi.Offloaded:
			return refuse("first kubectl nifi offload", "%s is %s, and NiFi removes DISCONNECTED and OFFLOADED nodes only", pod, node.Status)
		case node.Status != nifi.Offloaded && node.Mute && !i.Lose:
			return refuse("bring it back with kubectl nifi reconnect or rescue and offload it; --lose-flowfiles gives up what it may hold", "nobody can say what is queued on %s", pod)
		case node.Status != nifi.Offloaded && node.FlowFiles > 0 && !i.Lose:
			return refuse("kubectl nifi offload or rescue brings them to other nodes; --lose-flowfiles gives them up",
				"%d FlowFiles were queued on %s when it was last heard of", node.FlowFiles, pod)
		}
	}
	return nil
}

func preflightRescue(i Intent, s State) error {
	if len(i.Nodes) == 0 {
		return refuse("", "there is nothing to rescue: every volume belongs to a node, or was drained")
	}
	for _, node := range s.Nodes {
		if node.Ordinal < s.Replicas && !node.In() {
			return refuse("see kubectl nifi diagnose", "%s is %s, and FlowFiles move to CONNECTED nodes only", node.Pod, node.state())
		}
	}
	return nil
}
