package findings

import (
	"fmt"
	"regexp"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// connectingBudget is how long a node may be CONNECTING: loading a large flow
// takes its time, a refusal for trust about 80 s.
const connectingBudget = 2 * time.Minute

// joining judges pods whose NiFi runs and has not joined: by what it writes
// again and again, else by how long it takes.
func joining(f facts) []Finding {
	var all []Finding
	for _, m := range f.Members() {
		if m.Pod == nil || m.Pod.Ready || m.Pod.Running().IsZero() || m.Pod.Reason == "Terminating" {
			continue
		}
		if m.Node != nil && m.Node.Status == string(nifi.Connected) {
			continue // it has joined: its log speaks of others, its probe of a busy machine
		}
		if found := f.notJoined(m); found != nil {
			all = append(all, *found)
		}
	}
	return all
}

func (f facts) notJoined(m view.Member) *Finding {
	if refused := f.refusedByCoordinator(m); refused != nil {
		return refused
	}
	for _, s := range f.signsOf(*m.Pod) {
		remedy, joins := f.joinRemedies(m.Name)[s.id]
		if !joins || !s.lasting {
			continue
		}
		finding := find(s.id, m.Name, remedy, fmt.Sprintf("log, %d× in %.0f s: %s", s.count, s.last.Sub(s.first).Seconds(), s.line), f.status(m))
		return &finding
	}
	return f.tooLong(m)
}

// refusedByCoordinator judges by the coordinator's words that it doesn't trust
// a node (SocketProtocolListener). The node itself may never learn it: the alert
// is lost when the connection is closed while it still sends, "Broken pipe".
func (f facts) refusedByCoordinator(m view.Member) *Finding {
	pattern := regexp.MustCompile(`protocol message from ` + regexp.QuoteMeta(f.Names.FQDN(m.Name)) + ` due to (PKIX|.*certificate)`)
	for _, log := range f.detail.Logs {
		if log.Pod != f.Coordinator() || log.Pod == m.Name || log.Previous {
			continue
		}
		if s := lookFor(log, pattern); s.count > 0 && s.goesOn(log) {
			finding := find(TrustRefused, m.Name, f.joinRemedies(m.Name)[TrustRefused],
				fmt.Sprintf("log of the coordinator %s, %d× in %.0f s: %s", log.Pod, s.count, s.last.Sub(s.first).Seconds(), s.line), f.status(m))
			return &finding
		}
	}
	return nil
}

// joinRemedies is what mends the troubles that NiFi writes about while it tries.
func (f facts) joinRemedies(pod string) map[ID]string {
	return map[ID]string{
		DiskFull:        f.remedyOf(DiskFull, pod),
		TrustRefused:    fmt.Sprintf("kubectl nifi certs %s -n %s shows who trusts whom; see the findings of NIFI-TLS", f.Names.Cluster, f.Names.Namespace),
		NameUnknown:     "see that DNS answers: " + f.kubectl("exec %s -c nifi -- getent hosts %s", pod, f.Names.FQDN(pod)),
		LeaseRights:     f.leaseRemedy(),
		ReadTimeout:     "raise nifi.cluster.node.read.timeout in spec.overrides (the overlay has 30 sec), or make the flow smaller",
		PortUnreachable: "see that NetworkPolicies let the nodes reach each other's ports 8443, 11443 and 6342",
	}
}

// status is what the coordinator makes of a node.
func (f facts) status(m view.Member) string {
	switch {
	case m.Node == nil && f.NodesFrom == "":
		return fmt.Sprintf("NiFi runs for %s, no node tells what the coordinator says", f.since(m.Pod.Running()))
	case m.Node == nil:
		return fmt.Sprintf("NiFi runs for %s, the coordinator doesn't know the node", f.since(m.Pod.Running()))
	}
	return fmt.Sprintf("NiFi runs for %s, the coordinator says %s", f.since(m.Pod.Running()), m.Node.Status)
}

// tooLong judges a join for which nothing but its time speaks.
func (f facts) tooLong(m view.Member) *Finding {
	logs := "read " + f.kubectl("logs %s -c nifi --tail=200", m.Name)
	switch {
	case m.Node != nil && m.Node.Status == string(nifi.Connecting) && f.connectingFor(m) >= connectingBudget:
		finding := find(StuckConnecting, m.Name, logs, f.status(m)+fmt.Sprintf(" for %s", f.connectingFor(m).Round(time.Second)), f.said(newest(m.Node)))
		return &finding
	case f.young(m.Pod), m.Node != nil && m.Node.Status != string(nifi.Connecting):
		return nil
	case m.Node == nil && f.NodesFrom == "" && f.elsewhereUp():
		return nil
	}
	finding := find(NotJoined, m.Name, logs, f.status(m))
	return &finding
}

// elsewhereUp tells that other pods are ready, so that the coordinator's view
// should be there, and its absence is the finding.
func (f facts) elsewhereUp() bool {
	for _, p := range f.Pods {
		if p.Ready {
			return true
		}
	}
	return false
}

// connectingFor is how long a node has been CONNECTING, by its newest event;
// 0 if its time isn't known.
func (f facts) connectingFor(m view.Member) time.Duration { return f.Age(newest(m.Node).Time) }

func newest(node *view.Node) view.NodeEvent {
	if len(node.Events) == 0 {
		return view.NodeEvent{}
	}
	return node.Events[0]
}
