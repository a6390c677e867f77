//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// namesake is a second root with the subject of the cluster's own, as a re-made
// one has, and an issuer that signs with it.
const namesake = `apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: namesake, namespace: %[2]s}
spec:
  secretName: namesake
  isCA: true
  commonName: %[1]s-ca
  subject: {organizations: [%[2]s], organizationalUnits: [NIFI]}
  privateKey: {algorithm: ECDSA, size: 256}
  usages: [cert sign, crl sign]
  issuerRef: {group: cert-manager.io, kind: Issuer, name: %[1]s-selfsigned}
---
apiVersion: cert-manager.io/v1
kind: Issuer
metadata: {name: namesake, namespace: %[2]s}
spec: {ca: {secretName: namesake}}
`

// roles names the coordinator's pod and the other one.
func (p patient) roles(t *testing.T) (coordinator, other string) {
	t.Helper()
	lease, err := p.client.CoordinationV1().Leases(p.Namespace).Get(t.Context(), p.CoordinatorLease(), metav1.GetOptions{})
	require.NoError(t, err)
	coordinator = nifi.Node{Address: *lease.Spec.HolderIdentity}.Pod()
	if coordinator == p.Pod(0) {
		return coordinator, p.Pod(1)
	}
	return coordinator, p.Pod(0)
}

// drift has the other node's certificate signed by a second root of the same
// name. The coordinator's tls-sync hangs meanwhile, so that it doesn't hand the
// new root to its node, as it would within a minute.
func (p patient) drift(t *testing.T, coordinator, other string) {
	t.Helper()
	p.signal(t, coordinator, syncProcess, syscall.SIGSTOP)
	p.create(t, fmt.Sprintf(namesake, p.Cluster, p.Namespace))
	before := p.secret(t, other+"-tls")["tls.crt"]
	p.patch(t, "certificate", other+"-tls", `{"spec":{"issuerRef":{"name":"namesake"}}}`)
	eventually(t, time.Minute, "a certificate of the second root", func(context.Context) error {
		if bytes.Equal(p.secret(t, other+"-tls")["tls.crt"], before) {
			return fmt.Errorf("still the old one")
		}
		return nil
	})
}

// unite does what the finding says: it publishes the second root to all.
func (p patient) unite(t *testing.T, coordinator string) {
	t.Helper()
	data, err := json.Marshal(map[string]any{"data": map[string][]byte{"namesake.crt": p.secret(t, "namesake")["tls.crt"]}})
	require.NoError(t, err)
	p.patch(t, "secret", p.Trust(), string(data))
	p.signal(t, coordinator, syncProcess, syscall.SIGCONT)
}

// connected demands that the coordinator has all nodes CONNECTED. The status
// itself fails: one node's certificate can't be verified.
func (p patient) connected(t *testing.T) {
	t.Helper()
	status := run(t, p.plugin, "status", p.Cluster, "-n", p.Namespace, "-o", "json")
	assert.Equal(t, 2, strings.Count(status.out, `"status": "CONNECTED"`), status.out)
}

// testRefused restarts the node that the coordinator doesn't trust. While its
// own files are fresh, that it is refused is the finding, then why it is.
func testRefused(t *testing.T, p patient, other string) {
	require.NoError(t, p.client.CoreV1().Pods(p.Namespace).Delete(t.Context(), other, metav1.DeleteOptions{}))
	p.finds(t, "NIFI-JOIN-007", other)
}

// testExpired gives a node a certificate that has run out, as a person does who
// brings certificates of their own: no Certificate object is left.
func testExpired(t *testing.T, p patient, other string) {
	kubectl(t, "-n", p.Namespace, "delete", "certificates", "-l", topology.LabelInstance+"="+p.Cluster)
	p.put(t, other, p.issue(t, other, time.Now().Add(-time.Hour)))
	p.finds(t, "NIFI-TLS-004", other)
}

// testUnpaired gives a node a key that isn't its certificate's. The lab's image
// has no openssl, so that tls-sync hands it to NiFi, which loads it.
func testUnpaired(t *testing.T, p patient, other string) {
	good := p.issue(t, other, time.Now().Add(30*24*time.Hour))
	bad := maps.Clone(good)
	bad["tls.key"] = p.issue(t, other, time.Now())["tls.key"]
	p.put(t, other, bad)
	p.finds(t, "NIFI-TLS-010", other)
	p.put(t, other, good)
}

// issue signs a pair for a pod with the cluster's own root.
func (p patient) issue(t *testing.T, pod string, until time.Time) map[string][]byte {
	t.Helper()
	data := p.secret(t, p.CA(1))
	root, err := tls.X509KeyPair(data["tls.crt"], data["tls.key"])
	require.NoError(t, err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: pod, OrganizationalUnit: []string{"NIFI"}, Organization: []string{p.Namespace}},
		DNSNames:     []string{p.FQDN(pod)}, NotBefore: until.Add(-60 * 24 * time.Hour), NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, root.Leaf, key.Public(), root.PrivateKey)
	require.NoError(t, err)
	return pairOf(t, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, data["tls.crt"])
}

// pairOf is a certificate, its key and its root as a Secret has them.
func pairOf(t *testing.T, leaf tls.Certificate, root []byte) map[string][]byte {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(leaf.PrivateKey)
	require.NoError(t, err)
	return map[string][]byte{
		"tls.crt": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Certificate[0]}),
		"tls.key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
		"ca.crt":  root,
	}
}

// put replaces the Secret of a pod's certificate, and has the kubelet look.
func (p patient) put(t *testing.T, pod string, data map[string][]byte) {
	t.Helper()
	patch, err := json.Marshal(map[string]any{"data": data})
	require.NoError(t, err)
	p.patch(t, "secret", pod+"-tls", string(patch))
	kubectl(t, "-n", p.Namespace, "annotate", "pod", pod, "--overwrite", "kubectl-nifi.dev/nudge="+fmt.Sprint(time.Now().Unix()))
}
