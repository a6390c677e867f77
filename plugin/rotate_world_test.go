package plugin

import (
	"crypto/tls"
	"crypto/x509/pkix"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
)

// rotateStage is a stage whose certificates somebody signs: a cert-manager with
// own roots and one of the company's, and a tls-sync in each pod, which looks at
// the Secrets when it is nudged.
type rotateStage struct {
	*stage
	certs   *certsWorld
	roots   map[string]*nifitest.CA
	signers map[string]string // who signed last, by certificate
}

func newRotateStage(t *testing.T) *rotateStage {
	t.Helper()
	s := &rotateStage{stage: newStage(t), signers: map[string]string{}}
	s.certs = newCertsWorldIn(t, s.world)
	company, err := nifitest.NewCA("company")
	require.NoError(t, err)
	s.roots = map[string]*nifitest.CA{"prod-ca": s.nifi.CA, "company": company}
	s.api.Set(s.path("api/v1", "secrets", s.names.Trust()), corev1.Secret{ObjectMeta: s.metadata(s.names.Trust(), nil)})
	for _, name := range []string{"prod-0-tls", "prod-1-tls", "prod-2-tls", "prod-3-tls", "prod-admin-tls", "prod-healer-tls"} {
		s.setSigner(name, "Issuer", "prod-ca")
		s.sign(name)
	}
	for _, pod := range []string{"prod-0", "prod-1", "prod-2"} {
		s.sync(pod)
	}
	s.api.OnChange(func(method, path string) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.react(method, path)
	})
	return s
}

func (s *rotateStage) certificate(name string) string {
	return s.path("apis/cert-manager.io/v1", "certificates", name)
}

func (s *rotateStage) setSigner(name, kind, issuer string) {
	s.api.Set(s.certificate(name), map[string]any{
		"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": s.metadata(name, nil),
		"spec": map[string]any{"secretName": name, "issuerRef": map[string]any{"kind": kind, "name": issuer}},
	})
}

// react is what cert-manager and tls-sync do about a change.
func (s *rotateStage) react(method, path string) {
	_, object, _ := strings.Cut(path, "/namespaces/nifi/")
	kind, name, _ := strings.Cut(object, "/")
	switch {
	case method == "POST" && kind == "issuers":
		s.makeRoots()
	case method == "POST" && kind == "certificates":
		s.sign(s.names.RotationSecret())
	case method == "PATCH" && kind == "certificates":
		s.changes = append(s.changes, method+" "+object)
		s.sign(name)
	case kind == "pods" && strings.HasSuffix(name, "/status"):
		s.sync(strings.TrimSuffix(name, "/status"))
	default:
		s.follow(method, path)
	}
}

// makeRoots gives every own root that is asked for its key.
func (s *rotateStage) makeRoots() {
	for generation := range 5 {
		name := s.names.CA(generation)
		if s.roots[name] != nil || !s.api.Has(s.certificate(name)) {
			continue
		}
		root, err := nifitest.NewCA(name)
		require.NoError(s.t, err)
		s.roots[name] = root
		ready := map[string]any{"conditions": []any{map[string]any{"type": "Ready", "status": "True"}}}
		for list, kind := range map[string]string{"certificates": "Certificate", "issuers": "Issuer"} {
			s.api.Set(s.path("apis/cert-manager.io/v1", list, name), map[string]any{
				"apiVersion": "cert-manager.io/v1", "kind": kind, "metadata": s.metadata(name, nil), "status": ready, "spec": map[string]any{"isCA": true},
			})
		}
	}
}

// sign issues a certificate into its Secret, if there is somebody who can.
func (s *rotateStage) sign(name string) {
	if !s.api.Has(s.certificate(name)) {
		return
	}
	var wanted struct {
		Spec struct {
			IssuerRef  struct{ Kind, Name string }
			CommonName string
		}
	}
	s.api.Read(s.t, s.certificate(name), &wanted)
	ref := wanted.Spec.IssuerRef
	root := s.roots[ref.Name]
	if root == nil {
		return
	}
	s.signers[name] = ref.Name
	leaf, err := root.Issue(nifitest.Leaf{
		Subject:  pkix.Name{CommonName: strings.TrimSuffix(name, "-tls"), OrganizationalUnit: []string{"NIFI"}, Organization: []string{s.names.Namespace}},
		DNSNames: []string{s.names.FQDN(strings.TrimSuffix(name, "-tls"))}, NotAfter: s.now.AddDate(100, 0, 0),
	})
	require.NoError(s.t, err)
	certificate, key := pemOf(s.t, leaf)
	metadata := s.metadata(name, nil)
	metadata.Annotations = map[string]string{"cert-manager.io/issuer-name": ref.Name, "cert-manager.io/issuer-kind": ref.Kind}
	s.api.Set(s.path("api/v1", "secrets", name), corev1.Secret{ObjectMeta: metadata, Data: map[string][]byte{
		"tls.crt": certificate, "tls.key": key, "ca.crt": root.PEM(),
	}})
	s.request(name, root)
}

// request stores the CertificateRequest, which tells of the authority.
func (s *rotateStage) request(name string, root *nifitest.CA) {
	metadata := s.metadata(name+"-"+root.Certificate.SerialNumber.String(), nil)
	metadata.Annotations = map[string]string{"cert-manager.io/certificate-name": name}
	s.api.Set(s.path("apis/cert-manager.io/v1", "certificaterequests", metadata.Name), map[string]any{
		"apiVersion": "cert-manager.io/v1", "kind": "CertificateRequest", "metadata": metadata, "status": map[string]any{"ca": root.PEM()},
	})
}

// sync is a pod's look at its Secrets: NiFi serves its certificate and trusts
// the roots of all nodes and those that are published.
func (s *rotateStage) sync(pod string) {
	ordinal := s.names.Ordinal(pod)
	var own, published corev1.Secret
	s.api.Read(s.t, s.path("api/v1", "secrets", s.names.NodeSecret(ordinal)), &own)
	leaf, err := tls.X509KeyPair(own.Data["tls.crt"], own.Data["tls.key"])
	require.NoError(s.t, err)
	s.nifi.Node(ordinal).Present(leaf)
	s.certs.served[ordinal] = leaf
	s.api.Read(s.t, s.path("api/v1", "secrets", s.names.Trust()), &published)
	var anchors []*nifitest.CA
	for name, root := range s.roots {
		given := false
		for _, anchor := range published.Data {
			given = given || strings.Contains(string(anchor), string(root.PEM()))
		}
		for i := range 4 {
			given = given || s.signers[s.names.NodeSecret(i)] == name
		}
		if given {
			anchors = append(anchors, root)
		}
	}
	s.nifi.Node(ordinal).Trust(anchors...)
	s.certs.setLog(ordinal, s.certs.publishes(ordinal, anchors...))
}

// served is who has signed what a node serves.
func (s *rotateStage) served(ordinal int) string {
	for name, root := range s.roots {
		if s.certs.served[ordinal].Leaf.CheckSignatureFrom(root.Certificate) == nil {
			return name
		}
	}
	return ""
}

// published is how many anchors are in the trust Secret.
func (s *rotateStage) published() int {
	var secret corev1.Secret
	s.api.Read(s.t, s.path("api/v1", "secrets", s.names.Trust()), &secret)
	return len(secret.Data)
}
