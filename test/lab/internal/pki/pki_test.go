package pki_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/keyutil"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/pki"
)

func at(t *testing.T) time.Time {
	t.Helper()
	return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
}

func leaf(t *testing.T, pair pki.Pair) *x509.Certificate {
	t.Helper()
	parsed, err := tls.X509KeyPair(pair.Cert, pair.Key)
	require.NoError(t, err, "certificate and key are a pair")
	cert, err := x509.ParseCertificate(parsed.Certificate[0])
	require.NoError(t, err)
	return cert
}

func TestIssue(t *testing.T) {
	t.Parallel()
	ca, err := pki.NewCA("lab", at(t))
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(ca.Cert))
	for name, tc := range map[string]struct {
		request pki.Request
		usage   x509.ExtKeyUsage
		host    string
		trusted bool
	}{
		"client as client": {pki.Request{CommonName: "a", Organizations: []string{"system:masters"}}, x509.ExtKeyUsageClientAuth, "", true},
		"client as server": {pki.Request{CommonName: "a"}, x509.ExtKeyUsageServerAuth, "", false},
		"server by IP":     {pki.Request{CommonName: "s", IPs: []net.IP{net.IPv4(10, 244, 0, 1)}}, x509.ExtKeyUsageServerAuth, "10.244.0.1", true},
		"server by name":   {pki.Request{CommonName: "s", DNSNames: []string{"kubernetes"}}, x509.ExtKeyUsageServerAuth, "kubernetes", true},
		"wrong name":       {pki.Request{CommonName: "s", DNSNames: []string{"kubernetes"}}, x509.ExtKeyUsageServerAuth, "other", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pair, err := ca.Issue(tc.request, at(t))
			require.NoError(t, err)
			cert := leaf(t, pair)
			_, err = cert.Verify(x509.VerifyOptions{
				Roots: roots, DNSName: tc.host, CurrentTime: at(t), KeyUsages: []x509.ExtKeyUsage{tc.usage},
			})
			assert.Equal(t, tc.trusted, err == nil, "%v", err)
			assert.Equal(t, tc.request.Organizations, cert.Subject.Organization)
		})
	}
}

func TestSerialsDiffer(t *testing.T) {
	t.Parallel()
	ca, err := pki.NewCA("lab", at(t))
	require.NoError(t, err)
	one, err := ca.Issue(pki.Request{CommonName: "a"}, at(t))
	require.NoError(t, err)
	two, err := ca.Issue(pki.Request{CommonName: "a"}, at(t))
	require.NoError(t, err)
	assert.NotEqual(t, leaf(t, one).SerialNumber, leaf(t, two).SerialNumber)
}

func TestKubeconfigLoads(t *testing.T) {
	t.Parallel()
	ca, err := pki.NewCA("lab", at(t))
	require.NoError(t, err)
	pair, err := ca.Issue(pki.Request{CommonName: "admin"}, at(t))
	require.NoError(t, err)
	data, err := pki.Kubeconfig("lab", "https://10.244.0.1:6443", ca.Cert, "admin", pair)
	require.NoError(t, err)
	config, err := clientcmd.RESTConfigFromKubeConfig(data)
	require.NoError(t, err)
	assert.Equal(t, "https://10.244.0.1:6443", config.Host)
	assert.Equal(t, pair.Cert, config.CertData)
	assert.False(t, config.Insecure)
}

func TestNewKeyGivesItsPublicKey(t *testing.T) {
	t.Parallel()
	key, err := pki.NewKey()
	require.NoError(t, err)
	public, err := keyutil.ParsePublicKeysPEM(key)
	require.NoError(t, err)
	assert.Len(t, public, 1)
}
