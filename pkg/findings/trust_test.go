package findings_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// TestUnverifiedNodes: what a handshake with a node failed on, as crypto/tls
// words it.
func TestUnverifiedNodes(t *testing.T) {
	t.Parallel()
	const (
		unknown = "tls: failed to verify certificate: x509: certificate signed by unknown authority"
		forged  = "tls: invalid signature by the server certificate: ECDSA verification failure"
	)
	fresh := tls(2, func(t *view.TLS) { t.Files.Published = ago(time.Minute) })
	of := func(source view.Source, subject, message string) change {
		return failed(source, subject, view.ReasonOther, message)
	}
	p := newPKI(t)
	tests := map[string]struct {
		changes []change
		ids     []findings.ID
	}{
		"a root we lack":                  {[]change{of(view.SourceNode, "prod-1", unknown)}, []findings.ID{findings.NoAnswer}},
		"a root on its way":               {[]change{of(view.SourceNode, "prod-1", unknown), fresh}, nil},
		"a root that others lack":         {[]change{of(view.SourceNode, "prod-1", unknown), p.drift(1)}, []findings.ID{findings.Distrust}},
		"another key":                     {[]change{of(view.SourceNode, "prod-1", forged)}, []findings.ID{findings.PairBroken}},
		"another key, and it is the only": {[]change{of(view.SourceNode, "prod-1", forged), of(view.SourceCoordinator, "", forged)}, []findings.ID{findings.PairBroken}},
		"another key, not joined":         {[]change{down(1), of(view.SourceNode, "prod-1", forged), status(1, "CONNECTING", existing)}, []findings.ID{findings.PairBroken}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.ids, roots(findings.Judge(p.well(test.changes...))))
		})
	}
}

// TestDriftIsFoundBeforeItIsServed: a certificate of another root is a finding as
// soon as it is in its Secret, one of the same root never is.
func TestDriftIsFoundBeforeItIsServed(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	issued := func(by int, edit func(*view.CertificateRequest)) change {
		return func(c *view.Cluster) {
			leaf := p.leaves[by][1]
			certificate("prod-1-tls", func(one *view.Certificate) { one.NotBefore = leaf.NotBefore })(c)
			request := view.CertificateRequest{Certificate: "prod-1-tls", Ready: true, Chain: []trust.Certificate{leaf}}
			edit(&request)
			c.Detail.Requests = append(c.Detail.Requests, request)
		}
	}
	as := func(*view.CertificateRequest) {}
	union := func(c *view.Cluster) {
		for i := range c.TLS {
			c.TLS[i].Files.Anchors = trust.Fingerprints(p.roots[:])
		}
	}
	tests := map[string]struct {
		changes []change
		ids     []findings.ID
	}{
		"another root":            {[]change{issued(1, as)}, []findings.ID{findings.TrustDrift}},
		"another root, no pod":    {[]change{issued(1, as), func(c *view.Cluster) { c.TLS = append(c.TLS[:1:1], c.TLS[2:]...) }}, []findings.ID{findings.TrustDrift}},
		"the same root":           {[]change{issued(0, as)}, nil},
		"a root that was brought": {[]change{issued(1, as), union}, nil},
		"not signed yet":          {[]change{issued(1, func(r *view.CertificateRequest) { r.Ready = false })}, nil},
		"not in its Secret yet": {[]change{issued(1, as), certificate("prod-1-tls", func(one *view.Certificate) {
			one.NotBefore = ago(2 * time.Hour)
		})}, nil},
		"nobody needs it": {[]change{issued(1, func(r *view.CertificateRequest) { r.Certificate = "prod-3-tls" })}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := findings.Judge(p.well(test.changes...))
			assert.Equal(t, test.ids, roots(all))
			if len(test.ids) > 0 {
				assert.Equal(t, "prod-1", all[0].Subject)
				assert.Regexp(t, `^[23] of 3 nodes don't trust what it is to serve yet: prod-0, (prod-1, )?prod-2;`, all[0].Evidence[0])
			}
		})
	}
}

// TestRefusedByCoordinator: a node whose own log has only "Broken pipe" is
// refused for trust when the coordinator says so, of this node, and still does.
func TestRefusedByCoordinator(t *testing.T) {
	t.Parallel()
	const refusal = "WARN SocketProtocolListener Failed processing protocol message from prod-2.prod-nodes.nifi.svc.cluster.local due to PKIX path validation failed: java.security.cert.CertPathValidatorException"
	joining := []change{down(2), started(2, 2*time.Minute), status(2, "CONNECTING", existing), writes(2, "Caused by: java.net.SocketException: Broken pipe")}
	p := newPKI(t)
	tests := map[string]struct {
		log change
		ids []findings.ID
	}{
		"of this node": {writes(0, refusal), []findings.ID{findings.TrustRefused}},
		"of another":   {writes(0, "Failed processing protocol message from prod-20.prod-nodes.nifi.svc.cluster.local due to PKIX path validation failed"), []findings.ID{findings.StuckConnecting}},
		"of a pipe":    {writes(0, "Failed processing protocol message from prod-2.prod-nodes.nifi.svc.cluster.local due to Broken pipe"), []findings.ID{findings.StuckConnecting}},
		"no more": {func(c *view.Cluster) {
			writes(0, refusal)(c)
			log := &c.Detail.Logs[len(c.Detail.Logs)-1]
			log.Lines = append(log.Lines, view.LogLine{Time: now().Add(time.Minute), Text: "INFO Node connected."})
		}, []findings.ID{findings.StuckConnecting}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.ids, roots(findings.Judge(p.well(append(joining, test.log)...))))
		})
	}
}

// TestOneIssuer: an issuer that is missing is one finding, however many
// certificates wait for it, and explains what every pod waits for.
func TestOneIssuer(t *testing.T) {
	t.Parallel()
	all := findings.Judge(newPKI(t).well(
		failed(view.SourceCredentials, "", view.ReasonNotFound, `reading Secret "prod-admin-tls": not found`),
		func(c *view.Cluster) {
			for i := range c.Certificates {
				one := &c.Certificates[i]
				*one = view.Certificate{Name: one.Name, Secret: one.Secret, Reason: "DoesNotExist", Message: `Referenced "Issuer" not found`, Failures: 1}
			}
		}))
	assert.Equal(t, []findings.ID{findings.IssuerMissing}, roots(all))
	assert.Empty(t, all[0].Subject)
	assert.Equal(t, "4 certificates wait: prod-admin-tls, prod-0, prod-1, prod-2", all[0].Evidence[0])
}

// roots is what nothing else explains.
func roots(all []findings.Finding) []findings.ID {
	var ids []findings.ID
	for _, f := range all {
		if f.HiddenBy == "" {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

// TestOldMountTrouble: a pod whose tls-sync runs has its volumes, though the
// kubelet once had to wait for one.
func TestOldMountTrouble(t *testing.T) {
	t.Parallel()
	all := findings.Judge(newPKI(t).well(
		event("prod-1", "FailedMount", `MountVolume.SetUp failed for volume "start" : failed to sync secret cache: timed out waiting for the condition`),
		pod(1, func(p *view.Pod) {
			p.Phase, p.Ready, p.Created = "Pending", false, ago(3*time.Minute)
			p.Containers = []view.Container{{Name: "tls-sync", Init: true, Started: ago(time.Minute)}, {Name: "nifi", Waiting: "PodInitializing"}}
		})))
	assert.NotContains(t, roots(all), findings.MountFailed)
}
