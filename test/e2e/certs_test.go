//go:build e2e

package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// testRenew has every certificate of the cluster issued anew: each pod serves
// another one afterwards, and none has restarted.
func testRenew(t *testing.T, c cluster) {
	before, serials := c.pods(t), map[string]*big.Int{}
	for pod := range before {
		serials[pod] = c.served(t, pod).SerialNumber
	}
	forecast := c.does(t, "certs", "renew", c.Cluster, "--dry-run")
	assert.Contains(t, forecast.out, "renew admin, then healer, then "+c.Pod(0))
	began := time.Now()
	r := c.does(t, "certs", "renew", c.Cluster, "-y")
	t.Logf("%d certificates renewed in %s\n%s", len(before)+2, time.Since(began).Round(time.Second), r.errOut)
	for pod, serial := range serials {
		assert.NotEqual(t, serial, c.served(t, pod).SerialNumber, pod)
	}
	c.unrestarted(t, before)
	c.waitConnected(t, len(before), time.Minute)
}

// unrestarted demands that pods are the ones they were, in the same run.
func (c cluster) unrestarted(t *testing.T, before map[string]corev1.Pod) {
	t.Helper()
	after := c.pods(t)
	for name, pod := range before {
		assert.Equal(t, pod.UID, after[name].UID, name)
		for i, status := range pod.Status.ContainerStatuses {
			assert.Equal(t, status.RestartCount, after[name].Status.ContainerStatuses[i].RestartCount, name)
		}
	}
}

// testTrustCommands publishes a second CA of the root's own name to all nodes,
// and takes it back.
func testTrustCommands(t *testing.T, c cluster) {
	before := c.pods(t)
	anchor := newRoot(t, c.CA(1))
	file := filepath.Join(t.TempDir(), "second.pem")
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: anchor}), 0o600))
	fingerprint := trust.FingerprintOf(anchor).String()

	began := time.Now()
	c.does(t, "certs", "trust", "add", c.Cluster, file, "--reason", "a test", "-y")
	t.Logf("in every truststore %s after it was asked for", time.Since(began).Round(time.Second))
	for pod := range before {
		assert.Contains(t, c.log(t, pod, "tls-sync"), fingerprint)
	}
	list := c.does(t, "certs", "trust", "list", c.Cluster).out
	assert.Regexp(t, fmt.Sprintf(`%s .* a test +(all %d|%s-0) +-`, fingerprint[:12], len(before), c.Cluster), list)

	key := filepath.Join(t.TempDir(), "tls.key")
	require.NoError(t, os.WriteFile(key, c.secret(t, c.AdminSecret())["tls.key"], 0o600))
	assert.Equal(t, 2, run(t, c.plugin, "certs", "trust", "add", c.Cluster, key, "-n", namespace, "-y").code, "a key is no anchor")
	c.does(t, "certs", "trust", "remove", c.Cluster, fingerprint[:8], "-y")
	assert.Contains(t, c.does(t, "certs", "trust", "list", c.Cluster).out, "No anchor is published")
	c.unrestarted(t, before)
}

// newRoot is the DER of a root that nobody holds the key of any more.
func newRoot(t *testing.T, name string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(24 * time.Hour),
		Subject: pkix.Name{CommonName: name, OrganizationalUnit: []string{"NIFI"}, Organization: []string{namespace}},
		IsCA:    true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return der
}

// testCredentials writes the administrator's certificate to files, which Java
// can read and NiFi lets in.
func testCredentials(t *testing.T, c cluster) {
	dir := t.TempDir()
	for _, how := range []string{"--legacy=false", "--legacy"} {
		p12, password := filepath.Join(dir, "admin"+how+".p12"), filepath.Join(dir, "password")
		c.does(t, "credentials", c.Cluster, "--p12", p12, "--password-file", password, how)
		listed := run(t, "keytool", "-list", "-v", "-keystore", p12, "-storepass:file", password)
		require.Zero(t, listed.code, listed.out+listed.errOut)
		assert.Contains(t, listed.out, "PrivateKeyEntry")
		assert.Contains(t, listed.out, "Owner: CN="+c.Cluster+"-admin")
	}
	c.does(t, "credentials", c.Cluster, "--pem", dir)
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key"))
	require.NoError(t, err)
	anchors, err := os.ReadFile(filepath.Join(dir, "ca.crt"))
	require.NoError(t, err)
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(anchors))
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{
		DialContext: c.dialer.DialContext, TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12},
	}}
	defer client.CloseIdleConnections()
	answer, err := client.Get(c.base(c.Pod(0)) + "/nifi-api/flow/current-user")
	require.NoError(t, err)
	defer answer.Body.Close()
	assert.Equal(t, http.StatusOK, answer.StatusCode)
}
