package policy

import (
	"slices"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// state is what the plan of restarts for trust depends on. Without a right to
// exec, it has the roots that nodes serve, and what they let in.
func (j *judging) state() operation.State {
	set := j.look.StatefulSet
	s := operation.State{
		Names: j.look.Names, Time: j.now, Replicas: set.Desired, Revision: set.UpdateRevision, Settled: set.Observed,
		Blind: j.look.blind(),
	}
	refusals := j.look.Trust().Refusals()
	for ordinal := range set.Desired {
		m := j.look.members[j.look.Names.Pod(ordinal)]
		n := j.nodeOf(m)
		n.Pod, n.Ordinal = j.look.Names.Pod(ordinal), ordinal
		for _, cell := range refusals {
			if cell.To == n.Pod {
				n.Refuses = append(n.Refuses, cell.From)
			}
		}
		s.Nodes = append(s.Nodes, n)
	}
	return s
}

// nodeOf is one node. Whom a person took out the memory knows, too, when the
// coordinator has forgotten why, or the node itself; whom the restarts took out,
// their journal.
func (j *judging) nodeOf(m view.Member) operation.Node {
	n := operation.Node{Coordinator: m.Coordinator, Primary: m.Primary}
	if m.Pod != nil {
		n.UID, n.Leaving, n.Ready, n.Created, n.Revision = m.Pod.UID, m.Pod.Leaving, m.Pod.Ready, m.Pod.Created, m.Pod.Revision
	}
	if m.Node != nil {
		n.ID, n.Status = m.Node.ID, nifi.NodeStatus(m.Node.Status)
	}
	n.ByPerson = n.Status != nifi.Connected && (takenOut(m.Node) || slices.Contains(j.memory.Out, m.Name))
	if t := j.look.TLSOf(m.Name); t != nil {
		if root, ok := trust.RootOf(t.Served.Chain, j.look.Known()); ok {
			n.Anchor = root.Fingerprint.String()
		}
		for _, anchor := range t.Anchors() {
			n.Anchors = append(n.Anchors, anchor.String())
		}
	}
	return n
}
