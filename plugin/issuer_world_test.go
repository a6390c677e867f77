package plugin

import (
	"crypto/tls"
	"crypto/x509/pkix"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// issuerStage is a stage with a cert-manager, and a tls-sync in each pod that
// looks at its Secret when it is nudged.
type issuerStage struct {
	*stage
	certs   *certsWorld
	asked   []string                   // Certificates that were to be issued, in order
	pending map[string]tls.Certificate // issued, and not looked at yet, by pod
	refuse  map[string]string          // the Ready condition's reason of requests that aren't signed, by certificate
}

const (
	certificatesAPI = "apis/cert-manager.io/v1"
)

func newIssuerStage(t *testing.T) *issuerStage {
	t.Helper()
	s := &issuerStage{stage: newStage(t), pending: map[string]tls.Certificate{}, refuse: map[string]string{}}
	s.certs = newCertsWorldIn(t, s.world)
	for _, name := range []string{"prod-0-tls", "prod-1-tls", "prod-2-tls", "prod-admin-tls", "prod-healer-tls"} {
		s.storeCertificate(name, map[string]any{"notAfter": s.at(80 * 24 * time.Hour), "renewalTime": s.at(50 * 24 * time.Hour), "revision": 1})
	}
	s.storeCertificate("prod-ca", map[string]any{"notAfter": s.at(9 * 365 * 24 * time.Hour), "revision": 1})
	s.api.Set(s.path("api/v1", "secrets", s.names.Trust()), corev1.Secret{ObjectMeta: s.metadata(s.names.Trust(), nil)})
	for ordinal := range 3 {
		s.request(s.names.NodeSecret(ordinal), 1, s.certs.served[ordinal])
	}
	s.api.OnChange(func(method, path string) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.react(method, path)
	})
	return s
}

func (s *issuerStage) at(in time.Duration) string { return s.now.Add(in).UTC().Format(time.RFC3339) }

func (s *issuerStage) storeCertificate(name string, status map[string]any) {
	spec := map[string]any{"secretName": name, "duration": "2160h0m0s", "issuerRef": map[string]any{"name": "prod-ca"}}
	s.api.Set(s.path(certificatesAPI, "certificates", name), map[string]any{
		"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": s.metadata(name, nil), "spec": spec, "status": status,
	})
}

// request stores the CertificateRequest of a revision.
func (s *issuerStage) request(certificate string, revision int, leaf tls.Certificate) {
	status := map[string]any{"conditions": []any{map[string]any{"type": "Ready", "status": "False", "reason": s.refuse[certificate], "message": "the issuer said no"}}}
	if leaf.Leaf != nil {
		chain, _ := pemOf(s.t, leaf)
		status = map[string]any{"certificate": chain, "ca": s.nifi.CA.PEM()}
	}
	name := fmt.Sprintf("%s-%d", certificate, revision)
	metadata := s.metadata(name, nil)
	metadata.Annotations = map[string]string{"cert-manager.io/certificate-name": certificate, "cert-manager.io/certificate-revision": fmt.Sprint(revision)}
	s.api.Set(s.path(certificatesAPI, "certificaterequests", name), map[string]any{
		"apiVersion": "cert-manager.io/v1", "kind": "CertificateRequest", "metadata": metadata, "status": status,
	})
}

// react is what cert-manager and tls-sync do about a change.
func (s *issuerStage) react(method, path string) {
	_, object, _ := strings.Cut(path, "/namespaces/nifi/")
	switch parts := strings.Split(object, "/"); {
	case parts[0] == "certificates" && parts[2] == "status":
		s.asked = append(s.asked, parts[1])
		s.issue(parts[1])
	case parts[0] == "pods" && parts[2] == "status":
		s.sync(parts[1])
	default:
		s.follow(method, path)
	}
}

func (s *issuerStage) issue(name string) {
	var was struct {
		Status struct{ Revision int }
	}
	s.api.Read(s.t, s.path(certificatesAPI, "certificates", name), &was)
	revision := was.Status.Revision + 1
	switch reason := s.refuse[name]; {
	case reason == "Pending":
		s.request(name, revision, tls.Certificate{})
		return
	case reason != "":
		s.storeCertificate(name, map[string]any{"revision": 1, "failedIssuanceAttempts": 1, "conditions": []any{
			map[string]any{"type": "Issuing", "status": "False", "reason": reason, "message": "The certificate request has failed to complete and will be retried: the issuer said no"},
		}})
		return
	}
	pod := strings.TrimSuffix(name, "-tls")
	leaf := s.leaf(pod)
	s.request(name, revision, leaf)
	s.storeCertificate(name, map[string]any{"revision": revision, "notAfter": s.at(90 * 24 * time.Hour)})
	if s.names.Ordinal(pod) >= 0 {
		s.pending[pod] = leaf
	}
}

func (s *issuerStage) leaf(name string) tls.Certificate {
	leaf, err := s.nifi.CA.Issue(nifitest.Leaf{Subject: pkix.Name{CommonName: name}, DNSNames: []string{s.names.FQDN(name)}, NotAfter: s.now.AddDate(100, 0, 0)})
	require.NoError(s.t, err)
	s.certs.mask(trust.NewCertificate(leaf.Leaf), "ff")
	return leaf
}

// sync is a pod's look at its Secrets: its own certificate, and what is
// published.
func (s *issuerStage) sync(pod string) {
	ordinal := s.names.Ordinal(pod)
	if leaf, ok := s.pending[pod]; ok {
		s.nifi.Node(ordinal).Present(leaf)
		s.certs.served[ordinal] = leaf
		delete(s.pending, pod)
	}
	var secret corev1.Secret
	s.api.Read(s.t, s.path("api/v1", "secrets", s.names.Trust()), &secret)
	line := s.certs.publishes(ordinal, s.nifi.CA)
	for key := range secret.Data {
		line = strings.Replace(line, `"anchors":[`, `"anchors":["`+strings.TrimSuffix(key, ".crt")+`",`, 1)
	}
	s.certs.setLog(ordinal, line)
}

// expire makes a node serve a leaf that ran out yesterday.
func (s *issuerStage) expire(ordinal int) {
	s.certs.reissue(s.t, ordinal, s.nifi.CA, fmt.Sprintf("d%d", ordinal), nifitest.Leaf{NotAfter: s.now.Add(-26 * time.Hour)})
	s.certs.setLog(ordinal, s.certs.publishes(ordinal, s.nifi.CA))
	s.request(s.names.NodeSecret(ordinal), 1, s.certs.served[ordinal])
}
