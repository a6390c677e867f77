// Package nificatest is a tls-toolkit's certificate authority for tests.
package nificatest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifica"
)

// Server answers as TlsCertificateAuthorityServiceHandler does.
type Server struct {
	Root  *x509.Certificate
	Token string
	Says  string // the token that its own answers are proven with

	key  *ecdsa.PrivateKey
	http *httptest.Server
}

// Start runs an authority of this name until the test ends.
func Start(t testing.TB, name, token string) *Server {
	t.Helper()
	s := &Server{Token: token, Says: token}
	var err error
	s.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	s.Root, err = s.sign(template, template, &s.key.PublicKey)
	require.NoError(t, err)
	s.http = httptest.NewUnstartedServer(s)
	s.http.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{s.Root.Raw}, PrivateKey: s.key}}}
	s.http.StartTLS()
	t.Cleanup(s.http.Close)
	return s
}

// Address is where it listens.
func (s *Server) Address() string { return s.http.Listener.Addr().String() }

func (s *Server) sign(template, parent *x509.Certificate, public any) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, s.key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// asked is a TlsCertificateAuthorityRequest.
type asked struct {
	HMAC []byte `json:"hmac"`
	CSR  string `json:"csr"`
}

// ServeHTTP signs what comes with the right token.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, status := s.decide(r)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that is gone
}

func (s *Server) decide(r *http.Request) (body map[string]any, status int) {
	failed := map[string]any{"error": "Server error"}
	var a asked
	if err := json.NewDecoder(r.Body).Decode(&a); err != nil {
		return failed, http.StatusInternalServerError
	}
	block, _ := pem.Decode([]byte(a.CSR))
	if block == nil {
		return failed, http.StatusBadRequest
	}
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return failed, http.StatusBadRequest
	}
	if proof, err := nifica.Proof(s.Token, csr.PublicKey); err != nil || !hmac.Equal(proof, a.HMAC) {
		return map[string]any{"error": "forbidden"}, http.StatusForbidden
	}
	leaf, err := s.sign(leafOf(csr), s.Root, csr.PublicKey)
	proof, proofErr := nifica.Proof(s.Says, s.Root.PublicKey)
	if err != nil || proofErr != nil {
		return failed, http.StatusInternalServerError
	}
	return map[string]any{"hmac": proof, "pemEncodedCertificate": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Raw}))}, http.StatusOK
}

func leafOf(csr *x509.CertificateRequest) *x509.Certificate {
	subject := slices.Clone(csr.Subject.Names)
	slices.Reverse(subject) // as the toolkit does
	return &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{ExtraNames: subject}, DNSNames: csr.DNSNames,
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
}
