package findings_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// TestCauseOf holds the parser to NiFi's own words, of NodeClusterCoordinator,
// AbstractHeartbeatMonitor and DisconnectionCode.
func TestCauseOf(t *testing.T) {
	t.Parallel()
	tests := map[string]findings.Cause{
		"Disconnection requested due to User CN=prod-admin, OU=NIFI requested that node be disconnected from cluster":                                              findings.CausePerson,
		"Node disconnected due to User CN=prod-admin, OU=NIFI requested that node be disconnected from cluster":                                                    findings.CausePerson,
		"Received heartbeat from node previously disconnected due to User Disconnected Node. Issuing disconnection request.":                                       findings.CausePerson,
		"Disconnection requested due to Node is being decommissioned":                                                                                              findings.CauseDecommission,
		"Offload requested due to User CN=prod-admin, OU=NIFI requested that node be offloaded":                                                                    findings.CauseOffload,
		"Node was offloaded due to User CN=prod-admin, OU=NIFI requested that node be offloaded":                                                                   findings.CauseOffload,
		"Node disconnected from cluster due to Have not received a heartbeat from node in 43 seconds":                                                              findings.CauseHeartbeat,
		"Received heartbeat from node previously disconnected due to Lack of Heartbeat. Issuing reconnection request.":                                             findings.CauseHeartbeat,
		"Disconnection requested due to Attempted to request that node reconnect to cluster but could not communicate with node":                                   findings.CauseUnreachable,
		"Received heartbeat from node previously disconnected due to Unable to Communicate with Node. Issuing reconnection request.":                               findings.CauseUnreachable,
		"Node Status changed from CONNECTED to DISCONNECTED due to Node was Shutdown":                                                                              findings.CauseShutdown,
		"Node Status changed from CONNECTING to DISCONNECTED due to org.apache.nifi.controller.UninheritableFlowException: Proposed Authorizer is not inheritable": findings.CauseAuthorizer,
		"Node Status changed from CONNECTING to DISCONNECTED due to org.apache.nifi.controller.UninheritableFlowException: Failed to connect node to cluster":      findings.CauseFlow,
		"Node Status changed from CONNECTING to DISCONNECTED due to Proposed flow is not inheritable by the flow controller":                                       findings.CauseFlow,
		"Node Status changed from CONNECTING to DISCONNECTED due to Attempted to inherit an empty flow, but this NiFi instance already has a flow loaded":          findings.CauseFlow,
		"Node Status changed from CONNECTING to DISCONNECTED due to Node's Flow did not Match Cluster Flow":                                                        findings.CauseFlow,
		"Node Status changed from CONNECTING to DISCONNECTED due to Node was missing bundle used by Cluster Flow":                                                  findings.CauseBundle,
		"Node Status changed from CONNECTING to DISCONNECTED due to Node Failed to Startup Properly":                                                               findings.CauseStartup,
		"Received heartbeat from node previously disconnected due to Has Not Yet Connected to Cluster. Issuing reconnection request.":                              findings.CauseNever,
		"Disconnection requested due to Blocked by Firewall":                                                                                                       findings.CauseFirewall,
		"Received first heartbeat from connecting node. Node connected.":                                                                                           findings.CauseUnknown,
		"Requesting that node connect to cluster on behalf of CN=prod-admin, OU=NIFI":                                                                              findings.CauseUnknown,
		"": findings.CauseUnknown,
	}
	for message, want := range tests {
		assert.Equal(t, want, findings.CauseOf(message), message)
	}
}

// TestWhyOutOfCapturedAnswers reads what a NiFi 2.3.0 really said.
func TestWhyOutOfCapturedAnswers(t *testing.T) {
	t.Parallel()
	tests := map[string]map[string]findings.Cause{ // the nodes that aren't CONNECTED, by pod
		"cluster-all-connected":     {},
		"cluster-lack-of-heartbeat": {"prod-2": findings.CauseUnknown}, // its reason comes late: the newest event is still the old connect
		"cluster-user-disconnected": {"prod-3": findings.CausePerson},
		"cluster-offloaded":         {"prod-3": findings.CauseOffload},
		"cluster-connecting":        {"prod-3": findings.CauseUnknown}, // asked for again
	}
	for file, want := range tests {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(filepath.Join("..", "nifi", "testdata", "nifi-2.3.0", file+".json"))
			require.NoError(t, err)
			var answer struct{ Cluster nifi.Cluster }
			require.NoError(t, json.Unmarshal(raw, &answer))
			got := map[string]findings.Cause{}
			for _, n := range answer.Cluster.Nodes {
				if n.Status == nifi.Connected {
					continue
				}
				var node view.Node
				for _, e := range n.Events {
					node.Events = append(node.Events, view.NodeEvent{Message: e.Message})
				}
				got[n.Pod()], _ = findings.WhyOut(node)
			}
			assert.Equal(t, want, got)
		})
	}
}

func TestWhyOut(t *testing.T) {
	t.Parallel()
	const (
		connected = "Received first heartbeat from connecting node. Node connected."
		asked     = "Requesting that node connect to cluster on behalf of CN=prod-admin, OU=NIFI"
		unfit     = "Node Status changed from CONNECTING to DISCONNECTED due to Proposed flow is not inheritable by the flow controller"
	)
	tests := map[string]struct {
		events []string // newest first
		want   findings.Cause
	}{
		"a person, then lost":  {[]string{lost, byPerson, connected}, findings.CausePerson},
		"lost, then tried":     {[]string{"Requesting that node connect to cluster", lost, connected}, findings.CauseHeartbeat},
		"a person, back since": {[]string{lost, connected, byPerson}, findings.CauseHeartbeat},
		"asked for, refused":   {[]string{unfit, asked, byPerson, connected}, findings.CauseFlow},
		"asked for":            {[]string{asked, byPerson, lost, connected}, findings.CauseHeartbeat},
		"asked for, out again": {[]string{byPerson, asked, lost, connected}, findings.CausePerson},
		"no events":            {nil, findings.CauseUnknown},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var node view.Node
			for _, message := range test.events {
				node.Events = append(node.Events, view.NodeEvent{Message: message})
			}
			got, _ := findings.WhyOut(node)
			assert.Equal(t, test.want, got)
		})
	}
}
