//go:build e2e && faults

package e2e

import (
	"crypto/tls"
	"crypto/x509/pkix"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// What testdata/adopted calls things.
const (
	foreignSet     = "dataflow-nifi"
	foreignDomain  = "dataflow-peers"
	foreignAdmin   = "dataflow-alice"
	foreignHealer  = "dataflow-healer"
	storesPassword = "a password of the stores"
)

// foreign is a cluster of hand-written YAML, which knows nothing of this project.
type foreign struct{ ward }

// makes makes it, as its owner does: with stores of a root, and passwords.
func (f foreign) makes(t *testing.T, root *nifitest.CA) {
	t.Helper()
	f.keep(t, "dataflow-passwords", map[string][]byte{"stores": []byte(storesPassword), "sensitive": []byte("a key of sensitive properties")})
	for ordinal := range 3 {
		f.stores(t, root, foreignPod(ordinal))
	}
	f.clients(t, root)
	kubectl(t, "-n", f.Namespace, "apply", "-f", "testdata/adopted")
	kubectl(t, "-n", f.Namespace, "rollout", "status", "statefulset", foreignSet, "--timeout", "8m")
}

// stores gives a node a keystore and a truststore of a root.
func (f foreign) stores(t *testing.T, root *nifitest.CA, pod string) {
	t.Helper()
	leaf := leafOf(t, root, pkix.Name{CommonName: pod, OrganizationalUnit: []string{"nodes"}}, pod+"."+foreignDomain+"."+f.Namespace+".svc."+f.Domain)
	chain := []trust.Certificate{trust.NewCertificate(leaf.Leaf), trust.NewCertificate(root.Certificate)}
	how := trust.Encoding{Format: trust.JKS, Password: storesPassword, Created: time.Now()}
	keystore, err := trust.EncodeKeystore(leaf.PrivateKey, chain, how)
	require.NoError(t, err)
	truststore, err := trust.EncodeTruststore(chain[1:], how)
	require.NoError(t, err)
	f.keep(t, pod+"-stores", map[string][]byte{"keystore.jks": keystore, "truststore.jks": truststore})
}

// clients issues the administrator's and the healer's certificates.
func (f foreign) clients(t *testing.T, root *nifitest.CA) {
	t.Helper()
	for secret, subject := range map[string]pkix.Name{
		foreignAdmin:  {CommonName: "alice", OrganizationalUnit: []string{"people"}},
		foreignHealer: {CommonName: "healer", OrganizationalUnit: []string{"machines"}},
	} {
		f.keep(t, secret, pairOf(t, leafOf(t, root, subject), root.PEM()))
	}
}

// leafOf is a certificate for a quarter of a year.
func leafOf(t *testing.T, root *nifitest.CA, subject pkix.Name, names ...string) tls.Certificate {
	t.Helper()
	now := time.Now()
	leaf, err := root.Issue(nifitest.Leaf{Subject: subject, DNSNames: names, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 3, 0)})
	require.NoError(t, err)
	return leaf
}

// keep makes a Secret, or gives it other content.
func (p patient) keep(t *testing.T, name string, data map[string][]byte) {
	t.Helper()
	secrets := p.client.CoreV1().Secrets(p.Namespace)
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}, Data: data}
	_, err := secrets.Update(t.Context(), secret, metav1.UpdateOptions{})
	if apierrors.IsNotFound(err) {
		_, err = secrets.Create(t.Context(), secret, metav1.CreateOptions{})
	}
	require.NoError(t, err)
}

// known is the cluster by the record that was made of it.
func (f foreign) known(t *testing.T) foreign {
	t.Helper()
	client, err := kube.NewClient(f.config)
	require.NoError(t, err)
	f.Names, err = client.Resolve(t.Context(), f.Names)
	require.NoError(t, err)
	require.True(t, f.Adopted())
	return f
}

func foreignPod(ordinal int) string { return foreignSet + "-" + fmt.Sprint(ordinal) }
