package policy

import (
	"slices"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// look is a snapshot with what the rules ask of it again and again.
type look struct {
	view.Cluster
	members  map[string]view.Member
	interval time.Duration // of NiFi's heartbeats
}

func newLook(c view.Cluster, interval time.Duration) look {
	l := look{Cluster: c, members: map[string]view.Member{}, interval: interval}
	for _, m := range c.Members() {
		l.members[m.Name] = m
	}
	return l
}

// blind says why the snapshot doesn't show who is in, empty if it does.
func (l look) blind() string {
	switch {
	case l.StatefulSet == nil:
		return "the StatefulSet can't be read"
	case l.Pods == nil:
		return "the pods can't be listed"
	case l.NodesFrom == "":
		return "no coordinator says who is in the cluster"
	}
	return ""
}

// wanted tells that the pod should be.
func (l look) wanted(pod string) bool {
	ordinal := l.Names.Ordinal(pod)
	return l.StatefulSet != nil && ordinal >= 0 && ordinal < l.StatefulSet.Desired
}

func (l look) connected(pod string) bool {
	node := l.members[pod].Node
	return node != nil && node.Status == view.StatusConnected
}

// missed is how many heartbeats a node that gives no answer may miss until it
// counts as silent.
const missed = 4

// sound tells that the node is in, and not for the coordinator alone. Of several
// that hang, NiFi puts out one after the other, a minute apart: those to come
// give no answer and are silent, and CONNECTED.
func (l look) sound(pod string) bool {
	if !l.connected(pod) {
		return false
	}
	m := l.members[pod]
	if m.Summary == nil || m.Summary.Error == "" {
		return true
	}
	behind, known := l.silence(m.Node)
	return !known || behind < missed*l.interval
}

// takenOut tells that somebody took the node out, by what the coordinator says
// now. What it said before, the memory has: a coordinator forgets.
func takenOut(node *view.Node) bool { return node != nil && findings.Intended(*node) }

// byPerson tells that it was a person, and no operation.
func (l look) byPerson(m view.Member) bool {
	return takenOut(m.Node) && findings.TakenBy(l.Cluster, m) == nil
}

// unwell names the pods whose nodes aren't in and that nobody took out, as far
// as is known now. What is remembered of a person counts only while nothing
// else is said.
func (l look) unwell(out []string) []string {
	var names []string
	for ordinal := range l.StatefulSet.Desired {
		pod := l.Names.Pod(ordinal)
		if !l.sound(pod) && !l.meant(pod, out) {
			names = append(names, pod)
		}
	}
	return names
}

// meant tells that somebody wants the node out, for all that is known.
func (l look) meant(pod string, out []string) bool {
	node := l.members[pod].Node
	if node == nil || takenOut(node) {
		return node != nil
	}
	cause, _ := findings.WhyOut(*node)
	return cause == findings.CauseUnknown && slices.Contains(out, pod)
}

// others counts the nodes besides one that should be in and are.
func (l look) others(besides string) int {
	count := 0
	for ordinal := range l.StatefulSet.Desired {
		if pod := l.Names.Pod(ordinal); pod != besides && l.sound(pod) {
			count++
		}
	}
	return count
}

// silence is how far a node's heartbeat is behind the newest one of the
// cluster, and whether that is known. Clocks of two machines aren't compared.
func (l look) silence(node *view.Node) (behind time.Duration, known bool) {
	var newest time.Time
	for _, n := range l.Nodes {
		if n.Heartbeat.After(newest) {
			newest = n.Heartbeat
		}
	}
	if node.Heartbeat.IsZero() || newest.IsZero() {
		return 0, false
	}
	return newest.Sub(node.Heartbeat), true
}
