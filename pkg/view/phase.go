package view

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Phase sums a cluster up in a word.
type Phase string

// The phases of a cluster. Unknown stands for a StatefulSet that can't be read.
const (
	PhaseCreating Phase = "Creating"
	PhaseRunning  Phase = "Running"
	PhaseScaling  Phase = "Scaling"
	PhaseUpdating Phase = "Updating"
	PhaseRotating Phase = "Rotating"
	PhaseError    Phase = "Error"
	PhaseUnknown  Phase = "Unknown"
)

// firstStart is how long a cluster may take to come up for the first time
// before a node that isn't there counts as an error.
const firstStart = 5 * time.Minute

// unschedulable is how long a pod may wait for a place or a volume before that
// counts as an error: a new volume takes its moment.
const unschedulable = time.Minute

// Phase judges a snapshot: the phase and a line that says why, with numbers.
func (c Cluster) Phase() (Phase, string) {
	s := c.StatefulSet
	switch {
	case c.Absent():
		return PhaseError, "there is no StatefulSet"
	case s == nil:
		return PhaseUnknown, "the StatefulSet can't be read"
	case len(c.failing()) > 0:
		return PhaseError, "failing: " + strings.Join(c.failing(), ", ")
	case c.leaderless() && c.formed():
		return PhaseError, "no cluster coordinator is elected"
	case !s.Observed, s.CurrentRevision != s.UpdateRevision && s.Updated < s.Desired:
		return PhaseUpdating, fmt.Sprintf("%d of %d pods run the new revision", s.Updated, s.Desired)
	case len(c.missing()) == 0 && c.podCount() == s.Desired && s.Desired > 0:
		return c.whole(), fmt.Sprintf("%d of %d nodes %s", s.Desired, s.Desired, c.upWord())
	default:
		return c.incomplete()
	}
}

// whole is the phase of a cluster that lacks nobody.
func (c Cluster) whole() Phase {
	if c.Operation != nil && strings.HasPrefix(c.Operation.What, "rotate-ca") {
		return PhaseRotating
	}
	return PhaseRunning
}

// incomplete is the phase of a cluster that isn't whole: it comes up, changes
// its size, or has lost nodes.
func (c Cluster) incomplete() (Phase, string) {
	s, missing := c.StatefulSet, c.missing()
	out, unready := c.split(missing)
	up := fmt.Sprintf("%d of %d nodes %s", s.Desired-len(out), s.Desired, c.upWord())
	switch {
	case c.Pods == nil && c.NodesFrom == "": // only the StatefulSet counts, and it names nobody
		return PhaseError, fmt.Sprintf("%d of %d nodes ready", s.Ready, s.Desired)
	case s.Desired == 0:
		return PhaseScaling, fmt.Sprintf("scaled to no nodes, %d pods left", c.podCount())
	case !c.formed(), c.Age(s.Created) < firstStart:
		return PhaseCreating, up
	case c.podCount() != s.Desired, len(missing) == len(c.joining()):
		return PhaseScaling, up
	default:
		return PhaseError, up + list(", not ", out) + list("; not ready: ", unready)
	}
}

// split parts the missing nodes into those that are out of the cluster and
// those that are CONNECTED in a pod that isn't ready.
func (c Cluster) split(missing []string) (out, unready []string) {
	for _, name := range missing {
		if node := c.member(name).Node; c.NodesFrom != "" && node != nil && node.Status == StatusConnected {
			unready = append(unready, name)
		} else {
			out = append(out, name)
		}
	}
	return out, unready
}

func list(before string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	return before + strings.Join(names, ", ")
}

// leaderless tells that NiFi itself says there is no coordinator. A Lease that
// looks expired is no proof: this machine's clock may be off.
func (c Cluster) leaderless() bool {
	e, failed := c.Failed(SourceCoordinator)
	return failed && e.Reason == ReasonNoLeader
}

// upWord is what missing judged by.
func (c Cluster) upWord() string {
	if c.NodesFrom == "" {
		return "ready"
	}
	return "connected"
}

// missing names the nodes below the desired count that don't take part: not
// CONNECTED for the coordinator, or not Ready where its view isn't to be had.
func (c Cluster) missing() []string {
	var missing []string
	for ordinal := range c.StatefulSet.Desired {
		member := c.member(c.Names.Pod(ordinal))
		if !c.takesPart(member) {
			missing = append(missing, member.Name)
		}
	}
	return missing
}

func (c Cluster) takesPart(m Member) bool {
	if c.NodesFrom != "" && (m.Node == nil || m.Node.Status != StatusConnected) {
		return false
	}
	if c.Pods == nil {
		return c.NodesFrom != "" || c.StatefulSet.Ready == c.StatefulSet.Desired
	}
	return m.Pod != nil && m.Pod.Ready
}

// joining names the missing nodes that are on their way in for the first time:
// the coordinator doesn't know them yet, or has just been asked by them
// (NodeClusterCoordinator.createConnectionResponse).
func (c Cluster) joining() []string {
	return slices.DeleteFunc(c.missing(), func(name string) bool {
		m := c.member(name)
		if c.NodesFrom == "" || m.Pod == nil || m.Pod.Restarts > 0 {
			return true
		}
		return m.Node != nil && !strings.HasPrefix(m.Node.Event, "Connection requested from new node")
	})
}

// failing names the pods that can't start, with the kubelet's reason.
func (c Cluster) failing() []string {
	var failing []string
	for _, pod := range c.Pods {
		if pod.Failing() && (pod.Reason != "Unschedulable" || c.Age(pod.Created) >= unschedulable) {
			failing = append(failing, fmt.Sprintf("%s (%s)", pod.Name, pod.Reason))
		}
	}
	return failing
}

// Failing tells that the pod will not come up by waiting alone.
func (p Pod) Failing() bool {
	switch p.Reason {
	case "", "ContainerCreating", "PodInitializing", "Terminating", "Completed":
		return p.Phase == "Failed"
	}
	return !p.Ready
}

func (c Cluster) podCount() int {
	if c.Pods == nil {
		return c.StatefulSet.Desired
	}
	return len(c.Pods)
}

// Well tells that nothing is left to wish for: Running, every node CONNECTED
// for the coordinator and for itself, no stale node, and every source read.
func (c Cluster) Well() bool {
	phase, _ := c.Phase()
	return phase == PhaseRunning && c.NodesFrom != "" && len(c.Stale()) == 0 &&
		!slices.ContainsFunc(c.Summaries, func(s Summary) bool { return !s.Connected })
}
