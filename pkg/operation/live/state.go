package live

import (
	"errors"
	"strings"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// madeTogether is how far apart a pod and its volume's claim may be made, and
// still be made for each other.
const madeTogether = time.Minute

// stateOf takes from a snapshot what plans depend on. Without the StatefulSet
// or the pods there is nothing to plan with; without the coordinator's view the
// state is blind.
func stateOf(c view.Cluster, claims []view.Claim, candidates int) (operation.State, error) {
	for _, source := range []view.Source{view.SourceStatefulSet, view.SourcePods} {
		if failed, ok := c.Failed(source); ok {
			return operation.State{}, errors.New(failed.Message)
		}
	}
	set := c.StatefulSet
	s := operation.State{
		Names: c.Names, Time: c.Time, Replicas: set.Desired, Candidates: candidates, Image: set.Image, Version: set.Version,
		Revision: set.UpdateRevision, Manual: set.OnDelete, Settled: set.Observed, Blind: blind(c),
	}
	s.Passing = s.Blind == Electing || s.Blind == Slow
	if candidates == 0 {
		s.Candidates = s.Replicas
	}
	for _, certificate := range c.Certificates {
		if pod, ok := strings.CutSuffix(certificate.Secret, "-tls"); ok && c.Names.Ordinal(pod) >= 0 {
			s.Certificates++
		}
	}
	for _, member := range c.Members() {
		if c.Names.Ordinal(member.Name) >= 0 {
			s.Nodes = append(s.Nodes, nodeOf(c, member, claims))
		}
	}
	for _, claim := range claims {
		if _, known := s.Node(claim.Pod); !known && c.Names.Ordinal(claim.Pod) >= 0 {
			s.Nodes = append(s.Nodes, nodeOf(c, view.Member{Name: claim.Pod}, claims))
		}
	}
	return s, nil
}

// Electing is why a state is blind while the role of the coordinator goes from
// one node to another: up to 20 s.
const Electing = "a coordinator is being elected"

// Slow is why a state is blind while nobody answers in time.
const Slow = "the coordinator doesn't answer in time"

// blind is why there is no word of the coordinator.
func blind(c view.Cluster) string {
	if c.NodesFrom != "" {
		return ""
	}
	for _, source := range []view.Source{view.SourceCredentials, view.SourceCoordinator} {
		failed, ok := c.Failed(source)
		switch {
		case !ok:
		case failed.Reason == view.ReasonNoLeader, failed.Reason == view.ReasonOut:
			return Electing
		case failed.Reason == view.ReasonTimeout && source == view.SourceCoordinator:
			return Slow
		default:
			return failed.Message
		}
	}
	return "no node answers for the cluster"
}

func nodeOf(c view.Cluster, m view.Member, claims []view.Claim) operation.Node {
	n := operation.Node{
		Pod: m.Name, Ordinal: c.Names.Ordinal(m.Name), Address: c.Names.FQDN(m.Name), Free: -1,
		Coordinator: m.Coordinator, Primary: m.Primary,
	}
	if m.Pod != nil {
		n.UID, n.Leaving, n.Ready, n.Revision = m.Pod.UID, m.Pod.Leaving, m.Pod.Ready, m.Pod.Revision
		n.Virgin = !m.Pod.WasReady && m.Node == nil
	}
	for _, claim := range claims {
		if claim.Pod == m.Name {
			n.Claims = append(n.Claims, claim.Name)
			n.Virgin = n.Virgin && m.Pod != nil && m.Pod.Created.Sub(claim.Created) < madeTogether
		}
	}
	if m.Node != nil {
		n.ID, n.Status, n.FlowFiles, n.Bytes = m.Node.ID, nifi.NodeStatus(m.Node.Status), m.Node.FlowFiles, m.Node.Bytes
		n.Mute = m.Node.Heartbeat.IsZero()
		n.ByPerson = findings.Intended(*m.Node) && !byHealer(c, m)
	}
	return n
}

// byHealer tells that nifi-healer took a node out. What the operation itself
// took out its journal says, and newer.
func byHealer(c view.Cluster, m view.Member) bool {
	by := findings.TakenBy(c, m)
	return by != nil && by.Healer
}
