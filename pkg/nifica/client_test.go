package nifica_test

import (
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifica"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifica/nificatest"
)

const token = "token-of-the-tests"

func client(address string) nifica.Client {
	return nifica.Client{Dial: new(net.Dialer).DialContext, Address: address, Name: "prod-nifi-ca", Token: token}
}

func TestIssue(t *testing.T) {
	t.Parallel()
	s := nificatest.Start(t, "prod-nifi-ca", token)
	pair, err := client(s.Address()).Issue(t.Context(), nifica.Subject("prod-admin", "nifi"))
	require.NoError(t, err)
	assert.Equal(t, s.Root, pair.Root)
	assert.Equal(t, "CN=prod-admin,OU=NIFI,O=nifi", pair.Leaf.Subject.String(), "as an issuer of Certificates has it")
	assert.Equal(t, []string{"prod-admin"}, pair.Leaf.DNSNames)
	assert.True(t, pair.Key.PublicKey.Equal(pair.Leaf.PublicKey))
	roots := x509.NewCertPool()
	roots.AddCert(pair.Root)
	_, err = pair.Leaf.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	require.NoError(t, err)
}

func TestIssueRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		name string
		edit func(*nificatest.Server)
		want string
	}{
		"another token":       {"prod-nifi-ca", func(s *nificatest.Server) { s.Token = "another-token-of-16" }, "it refuses the token"},
		"an impostor":         {"prod-nifi-ca", func(s *nificatest.Server) { s.Says = "another-token-of-16" }, nifica.ErrImpostor.Error()},
		"another's authority": {"other-nifi-ca", func(*nificatest.Server) {}, `it serves a root of "other-nifi-ca", want "prod-nifi-ca"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := nificatest.Start(t, test.name, token)
			test.edit(s)
			_, err := client(s.Address()).Issue(t.Context(), nifica.Subject("prod-admin", "nifi"))
			require.ErrorContains(t, err, test.want)
			assert.NotContains(t, err.Error(), token)
		})
	}
}

// TestIssueNonsense: whatever an answer holds, it is an error of one line.
func TestIssueNonsense(t *testing.T) {
	t.Parallel()
	other := nificatest.Start(t, "prod-nifi-ca", token)
	leafOfOther := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: other.Root.Raw}))
	for name, body := range map[string]string{
		"no JSON": "<html>", "nothing": "{}", "empty": "", "no certificate": `{"hmac":"AAAA","pemEncodedCertificate":"x"}`, "no PEM": leafOfOther,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }))
			t.Cleanup(s.Close)
			c := client(s.Listener.Addr().String())
			c.Name = s.Certificate().Subject.CommonName
			_, err := c.Issue(t.Context(), nifica.Subject("prod-admin", "nifi"))
			require.Error(t, err)
			assert.NotContains(t, err.Error(), "\n")
		})
	}
}
