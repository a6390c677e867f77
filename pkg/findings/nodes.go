package findings

import (
	"fmt"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// Bounds of heartbeats, which come every 5 s (nifi.cluster.protocol.heartbeat.interval).
const (
	heartbeatLate = 10 * time.Second // two are missing
	viewsBudget   = 2 * time.Minute  // from the start of NiFi until both views must agree
)

// nodes judges the nodes that the coordinator knows and a pod stands for.
func nodes(f facts) []Finding {
	var all []Finding
	for _, m := range f.Members() {
		if m.Pod == nil {
			continue
		}
		switch {
		case f.hung(m):
			all = append(all, f.hungNode(m))
		case m.Node == nil:
		case m.Node.Status == string(nifi.Offloaded), m.Node.Status == string(nifi.Offloading):
			all = append(all, f.offloaded(m)...)
		case m.Node.Status == string(nifi.Disconnected):
			all = append(all, f.disconnected(m)...)
		case m.Node.Status == view.StatusConnected:
			all = append(all, f.viewsDiffer(m)...)
		}
	}
	return all
}

// hung tells that a JVM lives and does nothing: its container runs, the kernel
// accepts connections for it, no question is answered and heartbeats stay away.
// Heartbeats are compared with each other: this machine's clock may be off. A
// new coordinator has none of a node that hung before; then readiness counts.
func (f facts) hung(m view.Member) bool {
	if f.running(m.Pod) < startBudget || !f.timedOut(m.Name) {
		return false
	}
	switch {
	case m.Node == nil:
		return f.NodesFrom == "" && !m.Pod.Ready && f.running(m.Pod) >= joinBudget
	case m.Node.Heartbeat.IsZero():
		return !m.Pod.Ready && m.Node.Status != string(nifi.Connecting)
	default:
		return f.late(m.Node) > heartbeatLate
	}
}

// late is how far a node's heartbeat is behind the newest one of the cluster.
func (f facts) late(node *view.Node) time.Duration {
	var newest time.Time
	for _, n := range f.Nodes {
		if n.Heartbeat.After(newest) {
			newest = n.Heartbeat
		}
	}
	return newest.Sub(node.Heartbeat)
}

// timedOut tells that a node left the question about itself without an answer.
func (f facts) timedOut(pod string) bool {
	for _, e := range f.Errors {
		if e.Source == view.SourceNode && e.Subject == pod {
			return e.Reason == view.ReasonTimeout
		}
	}
	return false
}

func (f facts) hungNode(m view.Member) Finding {
	evidence := []string{fmt.Sprintf("the container runs for %s, accepts connections and answers nothing", f.since(m.Pod.Running()))}
	if m.Node != nil {
		evidence = append(evidence, fmt.Sprintf("%s; the coordinator says %s", f.heartbeat(m.Node), m.Node.Status))
	}
	return find(Hung, m.Name, f.kubectl("delete pod %s --force --grace-period=0", m.Name)+" (a hung JVM doesn't end by itself; its queues are on its volume)", evidence...)
}

// heartbeat says how old a node's heartbeat is.
func (f facts) heartbeat(node *view.Node) string {
	if node.Heartbeat.IsZero() {
		return "no heartbeat is known"
	}
	return fmt.Sprintf("its last heartbeat is %.0f s behind the cluster's newest", f.late(node).Seconds())
}

// offloaded judges a node that was emptied, or is being.
func (f facts) offloaded(m view.Member) []Finding {
	_, event := WhyOut(*m.Node)
	evidence := []string{fmt.Sprintf("the coordinator says %s, %d FlowFiles queued", m.Node.Status, m.Node.FlowFiles), f.said(event)}
	if m.Node.Status == string(nifi.Offloaded) {
		return []Finding{find(NodeOffloaded, m.Name,
			"nothing, if you mean to remove it; else "+f.plugin("reconnect %s %s", f.Names.Cluster, m.Name), evidence...)}
	}
	if event.Time.IsZero() || f.Age(event.Time) < offloadBudget {
		return nil
	}
	return []Finding{find(OffloadStuck, m.Name,
		"see that port 6342 of the other nodes is reachable; "+f.plugin("reconnect %s %s", f.Names.Cluster, m.Name)+" calls the offload off", evidence...)}
}

// said quotes an event of the coordinator.
func (f facts) said(event view.NodeEvent) string {
	switch {
	case event.Message == "":
		return "the coordinator gives no reason"
	case event.Time.IsZero():
		return fmt.Sprintf("the coordinator's event: %s", event.Message)
	default:
		return fmt.Sprintf("the coordinator's event, %s ago: %s", f.since(event.Time), event.Message)
	}
}

// disconnected judges why a node is out. One whose NiFi has just started is on
// its way back by itself, unless a person took it out.
func (f facts) disconnected(m view.Member) []Finding {
	cause, event := WhyOut(*m.Node)
	evidence := []string{f.said(event), f.heartbeat(m.Node)}
	reconnect := f.plugin("reconnect %s %s", f.Names.Cluster, m.Name)
	if cause.Intended() {
		if by := TakenBy(f.Cluster, m); by != nil {
			return []Finding{f.takenOut(m.Name, *by, evidence...)}
		}
		id := map[Cause]ID{CausePerson: PersonDisconnected, CauseDecommission: Decommissioned, CauseOffload: PersonDisconnected}[cause]
		return []Finding{find(id, m.Name, "nothing, if it is meant to be out; else "+reconnect, evidence...)}
	}
	if f.young(m.Pod) {
		return nil
	}
	if cause == CauseHeartbeat {
		evidence = append(evidence, f.throttledText(m.Name)...)
	}
	id, known := causeIDs()[cause]
	remedy := map[ID]string{
		HeartbeatsLost:  "it comes back with its heartbeats; " + f.kubectl("logs %s -c nifi --tail=200", m.Name) + " tells what keeps them: long garbage collections, no CPU, no network, no trust",
		NodeUnreachable: "see that the ports 8443 and 11443 of " + m.Name + " are reachable, then " + reconnect,
		Firewalled:      "add it to the file that nifi.cluster.firewall.file names",
	}[id]
	switch {
	case !known:
		id, remedy = DisconnectedUnknown, "read "+f.kubectl("logs %s -c nifi", m.Name)+", then "+reconnect
	case id == FlowMismatch, id == BundleMissing, id == AuthorizerMismatch:
		remedy = f.remedyOf(id, m.Name)
	case remedy == "":
		remedy = reconnect
	}
	return []Finding{find(id, m.Name, remedy, evidence...)}
}

func causeIDs() map[Cause]ID {
	return map[Cause]ID{
		CauseHeartbeat: HeartbeatsLost, CauseUnreachable: NodeUnreachable, CauseFlow: FlowMismatch, CauseAuthorizer: AuthorizerMismatch,
		CauseBundle: BundleMissing, CauseStartup: JoinFailed, CauseShutdown: ShutDown, CauseFirewall: Firewalled, CauseNever: NeverConnected,
	}
}

// viewsDiffer judges a node that is in for the coordinator and out for itself.
func (f facts) viewsDiffer(m view.Member) []Finding {
	s := m.Summary
	if s == nil || s.Error != "" || s.Connected || f.running(m.Pod) < viewsBudget || m.Pod.Reason == "Terminating" {
		return nil
	}
	return []Finding{find(ViewsDiffer, m.Name, "look again in a minute; then "+f.kubectl("delete pod %s", m.Name),
		"the coordinator says CONNECTED, the node says it is not connected", f.heartbeat(m.Node))}
}
