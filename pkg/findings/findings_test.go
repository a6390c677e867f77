package findings_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

const (
	lost     = "Node disconnected from cluster due to Have not received a heartbeat from node in 43 seconds"
	newNode  = "Connection requested from new node. Setting status to connecting."
	existing = "Connection requested from existing node. Setting status to connecting."
	byPerson = "Disconnection requested due to User CN=prod-admin, OU=NIFI requested that node be disconnected from cluster"
)

// staged is a snapshot and the one finding that must be left of it when what
// follows from others is hidden.
type staged struct {
	changes []change
	subject string
}

func (p pki) staged() map[findings.ID]staged {
	all := map[findings.ID]staged{}
	for _, part := range []map[findings.ID]staged{
		stagedKubernetes(), stagedPods(), stagedStorage(), p.stagedTLS(), stagedJoining(), stagedElection(), stagedNodes(), stagedAccess(),
	} {
		for id, s := range part {
			all[id] = s
		}
	}
	return all
}

// TestEveryFinding stages each kind of finding: it must be found, with its
// subject, evidence and remedy, and nothing else of its rank or above it.
func TestEveryFinding(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	stagings := p.staged()
	for _, d := range findings.Catalogue() {
		t.Run(string(d.ID), func(t *testing.T) {
			t.Parallel()
			s, ok := stagings[d.ID]
			if !assert.True(t, ok, "no staging of %s (%s)", d.ID, d.Title) {
				return
			}
			all := findings.Judge(p.well(s.changes...))
			var visible []findings.ID
			for _, f := range all {
				if f.HiddenBy == "" && (f.Severity().Rank() <= d.Severity.Rank() || f.ID == d.ID) {
					visible = append(visible, f.ID)
				}
			}
			if !assert.Equal(t, []findings.ID{d.ID}, visible, "%+v", all) {
				return
			}
			found := all[slices.IndexFunc(all, func(f findings.Finding) bool { return f.ID == d.ID })]
			assert.Equal(t, s.subject, found.Subject)
			assert.NotEmpty(t, found.Remedy)
			assert.NotEmpty(t, found.Evidence)
			assert.NotContains(t, found.Evidence, "")
		})
	}
	assert.Len(t, stagings, len(findings.Catalogue()), "a staging of what is in no catalogue")
}

func stagedKubernetes() map[findings.ID]staged {
	refused := func(message string) []change {
		return []change{func(c *view.Cluster) { c.Pods, c.Nodes = c.Pods[:2], c.Nodes[:2] }, event("StatefulSet/prod", "FailedCreate", message)}
	}
	return map[findings.ID]staged{
		findings.NoStatefulSet: {changes: []change{
			failed(view.SourceStatefulSet, "", view.ReasonNotFound, "not found"),
			func(c *view.Cluster) { c.StatefulSet, c.Pods, c.Nodes = nil, nil, nil },
		}},
		findings.OrderedPods:   {changes: []change{func(c *view.Cluster) { c.StatefulSet.Parallel = false }}},
		findings.NoSidecar:     {changes: []change{func(c *view.Cluster) { c.StatefulSet.NoSidecar = true }}},
		findings.QuotaExceeded: {changes: refused(`create Pod prod-2 in StatefulSet prod failed error: pods "prod-2" is forbidden: exceeded quota: small, requested: memory=2Gi, used: memory=4Gi, limited: memory=5Gi`)},
		findings.PodSecurity:   {changes: refused(`create Pod prod-2 in StatefulSet prod failed error: pods "prod-2" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false`)},
		findings.PodsRefused:   {changes: refused(`create Pod prod-2 in StatefulSet prod failed error: pods "prod-2" is forbidden: error looking up service account nifi/prod: serviceaccount "prod" not found`)},
		findings.NoClaims:      {changes: refused(`create Claim state-prod-2 for Pod prod-2 in StatefulSet prod failed error: admission webhook "x" denied the request`)},
		findings.StorageQuota:  {changes: refused(`create Claim state-prod-2 for Pod prod-2 in StatefulSet prod failed error: persistentvolumeclaims "state-prod-2" is forbidden: exceeded quota: small`)},
		findings.WrongDomain:   {changes: []change{func(c *view.Cluster) { c.StatefulSet.NodesDomain = "prod-nodes.other.svc.cluster.local" }}},
	}
}

func stagedPods() map[findings.ID]staged {
	ended := func(code int, lines ...string) staged {
		return staged{[]change{crashing(1, code, "Error"), wrote(1, lines...)}, "prod-1"}
	}
	waiting := func(reason, message string) staged {
		return staged{[]change{down(1), unknownTo(1), pod(1, func(p *view.Pod) {
			p.Phase, p.Reason, p.Containers[1] = "Pending", reason, view.Container{Name: "nifi", Waiting: reason, Message: message}
		})}, "prod-1"}
	}
	mount := waiting("ContainerCreating", "")
	mount.changes = append(mount.changes, event("prod-1", "FailedMount", `MountVolume.SetUp failed for volume "keys" : secret "prod-keys" not found`))
	attach := waiting("ContainerCreating", "")
	attach.changes = append(attach.changes, event("prod-1", "FailedAttachVolume", `Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) other-0`))
	heap := func(heap string) change { return pod(0, func(p *view.Pod) { p.Heap = heap }) }
	return map[findings.ID]staged{
		findings.HeapOverLimit:      {changes: []change{heap("5g"), crashing(0, 137, "OOMKilled")}},
		findings.HeapTight:          {changes: []change{heap("3500m")}},
		findings.OOMKilled:          {[]change{crashing(1, 137, "OOMKilled")}, "prod-1"},
		findings.HeapExhausted:      ended(3, "Terminating due to java.lang.OutOfMemoryError: Java heap space"),
		findings.KeyWrong:           ended(1, "Caused by: org.apache.nifi.encrypt.EncryptionException: Decryption Failed with Algorithm [AES/GCM/NoPadding]"),
		findings.KeyMissing:         ended(0, "SensitivePropertyProtectionException: Sensitive Properties Key [nifi.sensitive.props.key] not found"),
		findings.SecretMissing:      mount,
		findings.ProtocolNotSecure:  ended(0, "java.lang.RuntimeException: nifi.web.http.port must be specified if running in a cluster with nifi.cluster.protocol.is.secure set to false"),
		findings.DuplicateProperty:  ended(0, "IllegalArgumentException: Duplicate property keys with different values were detected in the properties file: nifi.web.https.port"),
		findings.StartFailed:        {[]change{crashing(1, 0, "Completed"), wrote(1, "ERROR [main] org.apache.nifi.runtime.Application Start Server failed")}, "prod-1"},
		findings.ConfEmpty:          ended(1, "kubectl-nifi: conf/nifi.properties is missing or read-only: the container engine mounted an empty volume over the image's conf/"),
		findings.VolumeUnwritable:   ended(1, "kubectl-nifi: the state volume can't be written by uid 1000: its driver ignores fsGroup"),
		findings.NARMissing:         ended(1, "java.lang.ClassNotFoundException: org.apache.nifi.kubernetes.leader.election.KubernetesLeaderElectionManager"),
		findings.AccessFilesInvalid: ended(1, "Caused by: org.apache.nifi.authorization.exception.AuthorizerCreationException: cvc-complex-type.2.4.a: Invalid content"),
		findings.LogInMissing:       ended(1, "java.lang.Exception: The specified login identity provider 'ldap' could not be found."),
		findings.ImageUnavailable:   waiting("ImagePullBackOff", `Back-off pulling image "apache/nifi:9.9.9"`),
		findings.ContainerRefused:   waiting("CreateContainerConfigError", "container has runAsNonRoot and image has non-numeric user (nifi)"),
		findings.MountFailed:        attach,
		findings.Unschedulable: {[]change{down(1), unknownTo(1), pod(1, func(p *view.Pod) {
			p.Phase, p.Reason, p.Host, p.Containers, p.Message = "Pending", "Unschedulable", "", nil, "0/3 nodes are available: 3 Insufficient memory."
		})}, "prod-1"},
		findings.Evicted: {[]change{down(1), unknownTo(1), pod(1, func(p *view.Pod) {
			p.Phase, p.Reason, p.Containers, p.Message = "Failed", "Evicted", nil, "The node was low on resource: ephemeral-storage."
		})}, "prod-1"},
		findings.KilledByProbe: {[]change{crashing(1, 143, "Error"), event("prod-1", "Killing", "Container nifi failed liveness probe, will be restarted")}, "prod-1"},
		findings.CrashLoop:     {[]change{crashing(1, 1, "Error"), wrote(1, "INFO nothing that is known")}, "prod-1"},
	}
}

func stagedStorage() map[findings.ID]staged {
	pending := func(class string, more ...change) staged {
		return staged{append([]change{down(2), unknownTo(2),
			pod(2, func(p *view.Pod) {
				p.Phase, p.Reason, p.Host, p.Containers = "Pending", "Unschedulable", "", nil
				p.Message = "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims."
			}),
			func(c *view.Cluster) {
				c.Detail.Claims[2] = view.Claim{Name: "state-prod-2", Pod: "prod-2", Phase: "Pending", Class: class, Size: "10Gi", Created: ago(5 * time.Minute)}
			},
		}, more...), "prod-2"}
	}
	elsewhere := pending("fast", func(c *view.Cluster) { c.Detail.Claims[2].Phase = "Bound" },
		pod(2, func(p *view.Pod) { p.Message = "0/3 nodes are available: 3 node(s) had volume node affinity conflict." }))
	return map[findings.ID]staged{
		findings.ClassMissing:       pending("slow"),
		findings.NoDefaultClass:     pending("", func(c *view.Cluster) { c.Detail.Classes[0].Default = false }),
		findings.ProvisioningFailed: pending("fast", event("PersistentVolumeClaim/state-prod-2", "ProvisioningFailed", "failed to provision volume: out of space")),
		findings.ClaimPending:       pending("fast"),
		findings.VolumeElsewhere:    elsewhere,
		findings.ClaimLost:          {[]change{func(c *view.Cluster) { c.Detail.Claims[2].Phase = "Lost" }}, "prod-2"},
		findings.DiskFull:           {[]change{down(1), writes(1, "java.io.IOException: No space left on device"), status(1, "DISCONNECTED", lost)}, "prod-1"},
	}
}

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
		findings.NotLoaded:     {[]change{tls(1, func(t *view.TLS) { t.Files.Chain = []trust.Fingerprint{p.leaves[1][1].Fingerprint} })}, "prod-1"},
		findings.NotDelivered:  {[]change{certificate("prod-1-tls", func(c *view.Certificate) { c.NotBefore = ago(10 * time.Minute) })}, "prod-1"},
		findings.AnchorsDiffer: {changes: []change{tls(1, func(t *view.TLS) { t.Files.Anchors = trust.Fingerprints(p.roots[:]) })}},
		findings.Distrust:      {[]change{p.drift(1)}, "prod-1"},
		findings.NoCertificate: {[]change{func(c *view.Cluster) { c.Certificates = c.Certificates[:3] }}, "prod-2"},
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
		findings.FewCandidates:     {changes: candidates(2)},
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
	}
}

func stagedAccess() map[findings.ID]staged {
	return map[findings.ID]staged{
		findings.LeaseRights:        {changes: []change{func(c *view.Cluster) { c.Detail.Rules = rules("get", "update") }}},
		findings.StateRights:        {changes: []change{func(c *view.Cluster) { c.Detail.Rules = c.Detail.Rules[:2] }}},
		findings.NoRole:             {changes: []change{func(c *view.Cluster) { c.Detail.Rules = []view.Rule{} }}},
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

// TestHungCoordinator: the coordinator that follows a hung one has no heartbeat
// of it, and while there is none nobody says anything.
func TestHungCoordinator(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	silent := []change{down(2), func(c *view.Cluster) { c.Errors[0].Reason = view.ReasonTimeout }}
	tests := map[string][]change{
		"followed": {func(c *view.Cluster) { c.Nodes[2].Heartbeat = time.Time{} }},
		"dropped":  {status(2, "DISCONNECTED", "Requesting that node connect to cluster"), func(c *view.Cluster) { c.Nodes[2].Heartbeat = time.Time{} }},
		"alone":    {func(c *view.Cluster) { c.Nodes, c.NodesFrom = nil, "" }},
	}
	for name, changes := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := findings.Judge(p.well(append(slices.Clone(silent), changes...)...))
			assert.NotEmpty(t, all)
			assert.Equal(t, findings.Hung, all[0].ID, "%+v", all)
			for _, f := range all[1:] {
				assert.NotEmpty(t, f.HiddenBy, "%+v", f)
			}
		})
	}
}
