package findings

import (
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// Cause is why a node left the cluster, as far as its events tell: NiFi's
// DisconnectionCode, which no field of its API holds.
type Cause string

// The causes. CauseUnknown stands for events that don't tell, as after a
// restart of the coordinator, which keeps them in memory.
const (
	CauseUnknown      Cause = ""
	CausePerson       Cause = "a person"
	CauseDecommission Cause = "decommissioning"
	CauseOffload      Cause = "an offload"
	CauseHeartbeat    Cause = "lost heartbeats"
	CauseUnreachable  Cause = "no communication"
	CauseFlow         Cause = "another flow"
	CauseAuthorizer   Cause = "other users and policies"
	CauseBundle       Cause = "a missing bundle"
	CauseStartup      Cause = "a failed start"
	CauseShutdown     Cause = "a shutdown"
	CauseFirewall     Cause = "the firewall file"
	CauseNever        Cause = "it never connected"
)

// causeTexts is what NiFi writes for each cause, in messages of
// NodeClusterCoordinator and AbstractHeartbeatMonitor and in
// DisconnectionCode.toString. Order decides: the reason of a mismatch is an
// exception's text, which may hold others.
func causeTexts() []struct {
	text  string
	cause Cause
} {
	return []struct {
		text  string
		cause Cause
	}{
		{"Node is being decommissioned", CauseDecommission},
		{"requested that node be offloaded", CauseOffload},
		{"Offload requested due to", CauseOffload},
		{"requested that node be disconnected", CausePerson},
		{"User Disconnected Node", CausePerson},
		{"Proposed Authorizer is not inheritable", CauseAuthorizer},
		{"Node was missing bundle", CauseBundle},
		{"MissingBundleException", CauseBundle},
		{"UninheritableFlowException", CauseFlow},
		{"Proposed flow is not inheritable", CauseFlow},
		{"Attempted to inherit an empty flow", CauseFlow},
		{"Flow did not Match Cluster Flow", CauseFlow},
		{"FlowSynchronizationException", CauseFlow},
		{"could not communicate with node", CauseUnreachable},
		{"Unable to Communicate with Node", CauseUnreachable},
		{"Have not received a heartbeat", CauseHeartbeat},
		{"Lack of Heartbeat", CauseHeartbeat},
		{"Node was Shutdown", CauseShutdown},
		{"Blocked by Firewall", CauseFirewall},
		{"blocked by firewall", CauseFirewall},
		{"Node Failed to Startup Properly", CauseStartup},
		{"Has Not Yet Connected to Cluster", CauseNever},
	}
}

// CauseOf reads a message of the coordinator about a node.
func CauseOf(message string) Cause {
	for _, t := range causeTexts() {
		if strings.Contains(message, t.text) {
			return t.cause
		}
	}
	return CauseUnknown
}

// WhyOut is why a node is out: the newest event since it was last connected
// that says so, and that event. What a person asked for counts more than what
// NiFi noticed later, since nothing may undo it, until somebody asks for the
// node back or it starts anew, which NiFi takes for the same.
func WhyOut(node view.Node) (Cause, view.NodeEvent) {
	var cause Cause
	var event view.NodeEvent
	wanted := false // back, by a later event
	for _, e := range node.Events {
		if strings.Contains(e.Message, "Node connected.") {
			break
		}
		wanted = wanted || strings.Contains(e.Message, "Requesting that node connect to cluster on behalf of") ||
			strings.Contains(e.Message, "Connection requested from") // its process has started anew
		found := CauseOf(e.Message)
		switch {
		case found.Intended() && !wanted:
			return found, e
		case cause == CauseUnknown && !found.Intended():
			cause, event = found, e
		}
	}
	return cause, event
}

// Intended tells that a person wanted it.
func (c Cause) Intended() bool {
	return c == CausePerson || c == CauseDecommission || c == CauseOffload
}
