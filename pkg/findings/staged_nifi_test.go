package findings_test

import (
	"slices"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

func (p pki) stagedTLS() map[findings.ID]staged {
	notReady := func(request, message string) staged {
		return staged{[]change{
			certificate("prod-1-tls", func(c *view.Certificate) {
				c.Ready, c.Reason, c.Message, c.NotAfter = false, "DoesNotExist", "Issuing certificate as Secret does not exist", time.Time{}
			}),
			func(c *view.Cluster) {
				c.Detail.Requests = append(c.Detail.Requests, view.CertificateRequest{Name: "prod-1-tls-1", Certificate: "prod-1-tls", Reason: request, Message: message, Created: ago(10 * time.Minute)})
			},
		}, "prod-1"}
	}
	served := func(edit func(*trust.Certificate)) staged { return staged{[]change{leaf(1, edit)}, "prod-1"} }
	refused := func(event, reason string) staged {
		return staged{[]change{tls(1, func(t *view.TLS) {
			t.Files.Refusals = []view.Refusal{{Time: ago(time.Minute), Event: event, Reason: reason}}
		})}, "prod-1"}
	}
	return map[findings.ID]staged{
		findings.NotIssued:          notReady("Pending", "Waiting on certificate issuance"),
		findings.IssuerMissing:      notReady("Pending", `Referenced "Issuer" not found: issuer.cert-manager.io "prod-ca" not found`),
		findings.RequestRefused:     notReady("Denied", "the policy forbids it"),
		findings.Expired:            served(func(c *trust.Certificate) { c.NotAfter = ago(time.Hour) }),
		findings.Expiring:           served(func(c *trust.Certificate) { c.NotAfter = now().Add(time.Hour) }),
		findings.NotYetValid:        served(func(c *trust.Certificate) { c.NotBefore = now().Add(time.Hour) }),
		findings.NameMissing:        served(func(c *trust.Certificate) { c.DNSNames = []string{"prod-1.prod-nodes.other.svc.cluster.local"} }),
		findings.UsageMissing:       served(func(c *trust.Certificate) { c.Usages = []string{"serverAuth"} }),
		findings.SubjectRewritten:   served(func(c *trust.Certificate) { c.Subject = "CN=other,O=corp" }),
		findings.ChainBroken:        {[]change{crashing(1, 1, "Error"), wrote(1, "KeyStoreException: Certificate chain is not valid")}, "prod-1"},
		findings.PairBroken:         refused("certificate-refused", "key and certificate are of different pairs"),
		findings.KeyUnreadable:      refused("certificate-refused", "the key is neither PKCS#8 nor PKCS#1 (spec.privateKey.encoding)"),
		findings.CertificateRefused: refused("certificate-refused", "tls.crt holds no well-formed certificate"),
		findings.AnchorRefused:      refused("anchor-refused", "no well-formed certificate"),
		findings.NoAnchor: {[]change{func(c *view.Cluster) {
			c.Detail.Requests = []view.CertificateRequest{{Name: "prod-1-tls-1", Certificate: "prod-1-tls", Ready: true, Reason: "Issued", NoCA: true}}
		}}, "prod-1"},
		findings.NotLoaded:      {[]change{tls(1, func(t *view.TLS) { t.Files.Chain = []trust.Fingerprint{p.leaves[1][1].Fingerprint} })}, "prod-1"},
		findings.NotDelivered:   {[]change{certificate("prod-1-tls", func(c *view.Certificate) { c.NotBefore = ago(10 * time.Minute) })}, "prod-1"},
		findings.AnchorsDiffer:  {changes: []change{tls(1, func(t *view.TLS) { t.Files.Anchors = trust.Fingerprints(p.roots[:]) })}},
		findings.Distrust:       {[]change{p.drift(1)}, "prod-1"},
		findings.RootsDiffer:    {[]change{p.signedBy(0, 0, 1), status(2, "CONNECTING", existing)}, ""},
		findings.TrustDrift:     {[]change{p.drift(1), tls(1, func(t *view.TLS) { t.Files.Published = ago(time.Minute) })}, "prod-1"},
		findings.NoCertificate:  {[]change{func(c *view.Cluster) { c.Certificates = c.Certificates[:3] }}, "prod-2"},
		findings.RootNotKept:    authority(func(ca *view.NiFiCA) { ca.Kept = false }),
		findings.CABesideNodes:  authority(func(ca *view.NiFiCA) { ca.Pods[0].Host = "worker" }),
		findings.CADefaultToken: authority(func(ca *view.NiFiCA) { ca.Known = true }),
		findings.ClientsBehind:  {changes: []change{p.refusesUs()}},
		findings.CANotReady:     authority(func(ca *view.NiFiCA) { ca.Pods[0].Ready = false }),
	}
}

func stagedJoining() map[findings.ID]staged {
	service := func(edit func(*view.Service)) staged {
		return staged{changes: []change{down(2), started(2, 10*time.Minute), status(2, "CONNECTING", existing), func(c *view.Cluster) { edit(&c.Detail.Services[0]) }}}
	}
	joining := func(line string) staged {
		return staged{[]change{down(2), started(2, 2*time.Minute), status(2, "CONNECTING", existing), writes(2, line)}, "prod-2"}
	}
	return map[findings.ID]staged{
		findings.HeadlessMissing: service(func(s *view.Service) { s.Name = "other" }),
		findings.NotReadyHidden:  service(func(s *view.Service) { s.PublishNotReady = false }),
		findings.NotHeadless:     service(func(s *view.Service) { s.Headless = false }),
		findings.SelectorWrong:   {changes: []change{func(c *view.Cluster) { c.Detail.Endpoints = c.Detail.Endpoints[:1] }}},
		findings.NameUnknown:     joining("java.net.UnknownHostException: prod-0.prod-nodes.nifi.svc.cluster.local"),
		findings.SharedLeases:    {changes: []change{func(c *view.Cluster) { c.Leases[1].Holder = "other-0.other-nodes.nifi.svc.cluster.local:11443" }}},
		findings.TrustRefused:    joining("Caused by: javax.net.ssl.SSLHandshakeException: PKIX path building failed: unable to find valid certification path to requested target"),
		findings.PortUnreachable: joining("java.net.ConnectException: Connection refused"),
		findings.ReadTimeout:     joining("java.net.SocketTimeoutException: Read timed out"),
		findings.StuckConnecting: {[]change{down(2), started(2, 10*time.Minute), status(2, "CONNECTING", existing)}, "prod-2"},
		findings.NotJoined:       {[]change{down(2), started(2, 10*time.Minute), unknownTo(2)}, "prod-2"},
	}
}

func stagedElection() map[findings.ID]staged {
	candidates := func(n int) []change { return []change{func(c *view.Cluster) { c.Detail.Candidates = &n }} }
	noLeader := []change{
		failed(view.SourceCoordinator, "", view.ReasonNoLeader, "asked through prod-0: GET /controller/cluster: 503 Service Unavailable"),
		func(c *view.Cluster) {
			c.Nodes, c.NodesFrom = nil, ""
			c.Leases[0].Renewed = ago(time.Minute)
		},
	}
	voting := "INFO StandardFlowService Requested by cluster coordinator to retry connection in 5 seconds with explanation: Cluster is still voting on which Flow is the correct flow for the cluster."
	return map[findings.ID]staged{
		findings.TooManyCandidates: {changes: candidates(4)},
		findings.FewCandidates:     {changes: candidates(1)},
		findings.ElectionWaits: {changes: []change{down(0), down(1), down(2), started(0, 3*time.Minute), started(1, 3*time.Minute), started(2, 3*time.Minute), writes(0, voting),
			func(c *view.Cluster) { c.Nodes, c.NodesFrom = nil, "" }}},
		findings.NoCoordinator: {changes: noLeader},
		findings.LeasePartial:  {changes: append(slices.Clone(noLeader), func(c *view.Cluster) { c.Leases[0] = view.Lease{Name: "prod-cluster-coordinator", Partial: true} })},
	}
}

func stagedNodes() map[findings.ID]staged {
	out := func(message string) staged { return staged{[]change{status(2, "DISCONNECTED", message)}, "prod-2"} }
	hung := []change{status(2, "DISCONNECTED", lost), failed(view.SourceNode, "prod-2", view.ReasonTimeout, "context deadline exceeded"),
		func(c *view.Cluster) {
			c.Nodes[2].Heartbeat = ago(90 * time.Second)
			c.Summaries[2] = view.Summary{Pod: "prod-2", Error: "context deadline exceeded"}
		}}
	return map[findings.ID]staged{
		findings.PersonDisconnected:  out(byPerson),
		findings.Decommissioned:      out("Disconnection requested due to Node is being decommissioned"),
		findings.NodeOffloaded:       {[]change{status(2, "OFFLOADED", "Node Status changed from OFFLOADING to OFFLOADED")}, "prod-2"},
		findings.OffloadStuck:        {[]change{status(2, "OFFLOADING", "Offload requested due to User x requested that node be offloaded"), func(c *view.Cluster) { c.Nodes[2].Events[0].Time = ago(time.Hour) }}, "prod-2"},
		findings.Hung:                {hung, "prod-2"},
		findings.HeartbeatsLost:      out(lost),
		findings.NodeUnreachable:     out("Disconnection requested due to Attempted to request that node reconnect to cluster but could not communicate with node"),
		findings.FlowMismatch:        out("Node Status changed from CONNECTING to DISCONNECTED due to org.apache.nifi.controller.UninheritableFlowException: Proposed Flow does not contain all Connections"),
		findings.AuthorizerMismatch:  out("Node Status changed from CONNECTING to DISCONNECTED due to org.apache.nifi.controller.UninheritableFlowException: Proposed Authorizer is not inheritable"),
		findings.BundleMissing:       out("Node Status changed from CONNECTING to DISCONNECTED due to Node was missing bundle used by Cluster Flow"),
		findings.JoinFailed:          out("Node Status changed from CONNECTING to DISCONNECTED due to Node Failed to Startup Properly"),
		findings.ShutDown:            out("Node Status changed from CONNECTED to DISCONNECTED due to Node was Shutdown"),
		findings.Firewalled:          out("Node disconnected from cluster due to Blocked by Firewall"),
		findings.NeverConnected:      out("Node disconnected due to Has Not Yet Connected to Cluster"),
		findings.DisconnectedUnknown: out("something nobody has seen before"),
		findings.ViewsDiffer:         {[]change{func(c *view.Cluster) { c.Summaries[2].Connected = false }}, "prod-2"},
		findings.StaleNode: {[]change{func(c *view.Cluster) {
			c.StatefulSet.Desired, c.Pods, c.Nodes[2].Status = 2, c.Pods[:2], "DISCONNECTED"
		},
			func(c *view.Cluster) { n := 2; c.Detail.Candidates, c.TLS = &n, c.TLS[:2] }}, "prod-2"},
		findings.OperationCut: {changes: []change{func(c *view.Cluster) {
			c.Operation = &view.Operation{What: "scale --replicas 2", Step: "offload prod-2", Reason: "out of time"}
		}}},
		findings.TakenOut: {[]change{status(2, "DISCONNECTED", byPerson), taken(view.Taken{Pod: "prod-2", By: "nifi-healer", Healer: true, Since: ago(5 * time.Minute), Last: ago(4 * time.Minute)})}, "prod-2"},
	}
}

func stagedAccess() map[findings.ID]staged {
	return map[findings.ID]staged{
		findings.LeaseRights: {changes: []change{func(c *view.Cluster) { c.Detail.Rules = rules("get", "update") }}},
		findings.StateRights: {changes: []change{func(c *view.Cluster) { c.Detail.Rules = c.Detail.Rules[:2] }}},
		findings.NoRole:      {changes: []change{func(c *view.Cluster) { c.Detail.Rules = []view.Rule{} }}},
		findings.HealerRights: {changes: []change{func(c *view.Cluster) {
			c.Detail.Rules = append(c.Detail.Rules, healerRules("act")[:3]...)
		}}},
		findings.MissingRight:       {changes: []change{failed(view.SourceCredentials, "", view.ReasonForbidden, `reading Secret "prod-admin-tls": forbidden`)}},
		findings.MissingDetailRight: {changes: []change{failed(view.SourceEvents, "", view.ReasonForbidden, "listing events: forbidden")}},
		findings.NiFiRefuses:        {changes: []change{failed(view.SourceCoordinator, "", view.ReasonForbidden, "asked through prod-0: GET /controller/cluster: 403 Forbidden")}},
		findings.NoCredentials:      {changes: []change{failed(view.SourceCredentials, "", view.ReasonNotFound, `reading Secret "prod-admin-tls": not found`)}},
		findings.InvalidSNI:         {[]change{failed(view.SourceNode, "prod-1", view.ReasonOther, "GET /flow/cluster/summary: 400 Bad Request: Invalid SNI")}, "prod-1"},
		findings.Misdirected:        {[]change{failed(view.SourceNode, "prod-1", view.ReasonOther, "GET /flow/cluster/summary: 421 Misdirected Request: Invalid Port Requested")}, "prod-1"},
		findings.NoAnswer:           {[]change{failed(view.SourceNode, "prod-1", view.ReasonTimeout, "context deadline exceeded")}, "prod-1"},
		findings.NoCertManager: {changes: []change{failed(view.SourceCertificates, "", view.ReasonNotFound, "the API server has no cert-manager.io/v1"),
			func(c *view.Cluster) { c.Certificates = nil }}},
	}
}
