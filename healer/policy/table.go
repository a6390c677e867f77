package policy

import (
	"slices"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
)

// Row is a line of the table: what the healer does about a cause.
type Row struct {
	Findings []findings.ID
	Deed     Deed
	AtOnce   bool   // at the first look: what is done harms nobody even if it wasn't needed
	Tries    int    // of Deed, before Then; 0 if nothing is done
	Then     Deed   // what comes after: Escalate, or Restart, and then Escalate
	When     string // what a second source must say besides
	Why      string
}

// Table is what the healer does about each cause. Of several findings about a
// pod the first row that has one of them decides. What isn't in the table is
// left alone.
func Table() []Row {
	return []Row{
		{
			Findings: []findings.ID{findings.PersonDisconnected, findings.Decommissioned, findings.NodeOffloaded, findings.OffloadStuck},
			Deed:     Leave, Why: "a person took it out on purpose; a reconnection would undo that, and so would a restart, which always rejoins",
		},
		{
			Findings: []findings.ID{findings.TakenOut},
			Deed:     Leave, Why: "whoever took it out brings it back, or was cut, which a person must end",
		},
		{
			Findings: []findings.ID{findings.Firewalled},
			Deed:     Leave, Why: "the firewall file keeps it out on purpose",
		},
		{
			Findings: []findings.ID{findings.FlowMismatch, findings.BundleMissing},
			Deed:     Escalate, Why: "its flow isn't the cluster's; a connection that the cluster no longer has may hold data, so a person must decide",
		},
		{
			Findings: []findings.ID{findings.AuthorizerMismatch},
			Deed:     Restart, Tries: 1, Then: Escalate, When: "the node itself says it is out, or isn't ready",
			Why: "users or policies changed while it was out; a running node refuses them, a start takes them over",
		},
		{
			Findings: []findings.ID{findings.Hung},
			Deed:     Restart, Tries: 3, Then: Escalate, When: "no reason is known, its heartbeat is 60 s old, and it doesn't answer a TLS handshake",
			Why: "the process lives and does nothing; Kubernetes doesn't notice, since the kernel still accepts connections",
		},
		{
			Findings: []findings.ID{findings.RootsDiffer},
			Deed:     RestartForTrust, Tries: tries, Then: Escalate, When: "handshakes show the roots, and spec.healer.trustRestart allows it: rolling keeps a majority CONNECTED, full may pass through a minority",
			Why: "stores that NiFi loads at its start only; one pod after the other gets those of the root that the youngest pod has, the coordinator last, as kubectl nifi heal --trust does",
		},
		{
			Findings: []findings.ID{findings.ClientsBehind},
			Deed:     Escalate, Why: "NiFi lets the healer in with a certificate of the nodes' root only, and a person must have one issued",
		},
		{
			Findings: []findings.ID{findings.NotLoaded},
			Deed:     Nudge, Tries: 1, Then: Restart, When: "handshake and files differ",
			Why: "NiFi hasn't loaded a certificate that is in its files; a restart does, unless spec.healer.trustRestart is never",
		},
		{
			Findings: []findings.ID{findings.NotDelivered, findings.TrustDrift, findings.Distrust, findings.AnchorsDiffer, findings.TrustRefused},
			Deed:     Nudge, AtOnce: true, Tries: 3, Then: Escalate, When: "a pod's files lack an anchor or the certificate that was issued for it",
			Why: "it is in the Secrets and hasn't reached the pod; a nudge makes its kubelet look at them at once, with no restart",
		},
		{
			Findings: []findings.ID{findings.HeartbeatsLost, findings.NodeUnreachable, findings.JoinFailed},
			Deed:     Reconnect, Tries: 3, Then: Escalate, When: "the node answers, says it is out, and sends no heartbeat",
			Why: "after a failed reconnection a node lives and is silent for ever; as long as it sends heartbeats, the coordinator reconnects it by itself",
		},
		{
			Findings: []findings.ID{findings.ViewsDiffer},
			Deed:     Escalate, Why: "the coordinator and the node don't agree on whether it is in; nothing that helps for certain is known",
		},
		{
			Findings: []findings.ID{findings.DisconnectedUnknown},
			Deed:     Leave, Why: "nobody knows why it is out: a coordinator forgets that when it restarts, so it may have been a person",
		},
		{
			Findings: []findings.ID{
				findings.ShutDown, findings.NeverConnected, findings.StuckConnecting, findings.NotJoined,
				findings.NameUnknown, findings.PortUnreachable, findings.ReadTimeout,
			},
			Deed: Leave, Why: "it tries to join by itself, and will once what keeps it is gone",
		},
		{
			Findings: []findings.ID{findings.NoCoordinator},
			Deed:     Leave, Why: "NiFi elects a coordinator by itself; without one nobody can tell who is in",
		},
		{
			Findings: []findings.ID{findings.StaleNode, findings.OperationCut},
			Deed:     Leave, Why: "a person began it, and must end it",
		},
	}
}

// otherwise is the row of everything else.
func otherwise() Row {
	return Row{Deed: Leave, Why: "its cause lies outside of what a healer can mend; kubectl nifi diagnose says how"}
}

// rowOf is the row that decides on a pod, with the finding that does; false if
// there is none.
func rowOf(all []findings.Finding) (Row, findings.Finding) {
	for _, row := range Table() {
		for _, f := range all {
			if slices.Contains(row.Findings, f.ID) {
				return row, f
			}
		}
	}
	return otherwise(), all[0]
}

// listed tells that the table has a row for a finding.
func listed(id findings.ID) bool {
	return slices.ContainsFunc(Table(), func(r Row) bool { return slices.Contains(r.Findings, id) })
}

// total is how many deeds are done before a person is called.
func (r Row) total(trustRestart string) int {
	if r.Then == Restart && trustRestart != TrustRestartNever {
		return r.Tries + 1
	}
	return r.Tries
}

// deed is what is done at an attempt, counted from 1; Escalate after the last.
func (r Row) deed(attempt int, trustRestart string) Deed {
	switch {
	case r.Deed == Leave || r.Deed == Escalate || attempt <= r.Tries:
		return r.Deed
	case attempt <= r.total(trustRestart):
		return r.Then
	}
	return Escalate
}

// looks is how often in a row a finding must be seen.
func (r Row) looks(limits Limits) int {
	if r.AtOnce {
		return 1
	}
	return limits.Polls
}

// trust tells that the row is about certificates and anchors: whether it still
// holds, only handshakes can tell.
func (r Row) trust() bool {
	return r.Deed == Nudge || slices.Contains(r.Findings, findings.RootsDiffer)
}
