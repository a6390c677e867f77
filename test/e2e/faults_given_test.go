//go:build e2e && faults

package e2e

import (
	"context"
	"crypto/x509/pkix"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/kubectl-nifi/kubectl-nifi/pkg/findings/v1"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// TestFaultGiven runs nodes whose certificates cert-manager knows nothing of.
func TestFaultGiven(t *testing.T) {
	l := openLab(t)
	with := func(cluster string) patient {
		return patient{l, topology.Names{Cluster: cluster, Namespace: "e2e-given", Domain: "cluster.local"}}
	}
	with("trial").freshNamespace(t)
	then(t, "self-signed", func(t *testing.T) { testSelfSigned(t, with("trial")) })
	then(t, "Secrets", func(t *testing.T) { testGivenSecrets(t, with("given")) })
}

// testSelfSigned renews what init has signed, with no restart.
func testSelfSigned(t *testing.T, p patient) {
	began := time.Now()
	dir := p.apply(t, p.Cluster, 1, "", "  auth:", "  tls: {source: self-signed}\n  auth:")
	p.well(t, 6*time.Minute)
	t.Logf("figure: one node on certificates that init has signed: well after %s", seconds(began, time.Now()))
	w := ward{patient: p}
	lives, before := w.lives(t), p.secret(t, p.NodeSecret(0))
	began = time.Now()
	out := p.nifi(t, "certs", "renew", p.Cluster, "-n", p.Namespace, "--dir", dir, "-y")
	t.Logf("figure: four nodes', the administrator's and the healer's certificates renewed, and the node's served, after %s", seconds(began, time.Now()))
	t.Log(out.out + out.errOut)
	after := p.secret(t, p.NodeSecret(0))
	assert.NotEqual(t, before["tls.crt"], after["tls.crt"])
	assert.Equal(t, before["ca.crt"], after["ca.crt"])
	p.well(t, 2*time.Minute)
	assert.Equal(t, lives, w.lives(t), "nothing was restarted")
	kubectl(t, "delete", "-k", dir, "--wait=false")
}

// testGivenSecrets makes the Secrets after the overlay is applied, as an authority
// elsewhere may, and replaces the node's.
func testGivenSecrets(t *testing.T, p patient) {
	dir := p.apply(t, p.Cluster, 1, "", "  auth:", "  tls: {source: secrets}\n  auth:")
	p.lacks(t, p.Pod(0))
	root, err := nifitest.NewCA("an authority elsewhere")
	require.NoError(t, err)
	pair := func(name string, addresses ...string) map[string][]byte {
		subject := pkix.Name{CommonName: name, OrganizationalUnit: []string{"NIFI"}, Organization: []string{p.Namespace}}
		return pairOf(t, leafOf(t, root, subject, addresses...), root.PEM())
	}
	began := time.Now()
	p.keep(t, p.NodeSecret(0), pair(p.Pod(0), p.FQDN(p.Pod(0))))
	p.keep(t, p.AdminSecret(), pair(p.Cluster+"-admin"))
	p.keep(t, p.HealerSecret(), pair(p.Cluster+"-healer"))
	p.well(t, 6*time.Minute)
	t.Logf("figure: one node on Secrets that were made after the apply: well after %s", seconds(began, time.Now()))
	w := ward{patient: p}
	lives := w.lives(t)
	replacement := pair(p.Pod(0), p.FQDN(p.Pod(0)))
	began = time.Now()
	p.put(t, p.Pod(0), replacement)
	p.serves(t, p.Pod(0), replacement)
	t.Logf("figure: its Secret replaced by hand: served after %s", seconds(began, time.Now()))
	p.well(t, 2*time.Minute)
	assert.Equal(t, lives, w.lives(t), "nothing was restarted")
	kubectl(t, "delete", "-k", dir, "--wait=false")
}

// lacks waits until a pod's certificate is missed.
func (p patient) lacks(t *testing.T, pod string) {
	t.Helper()
	eventually(t, 2*time.Minute, "a certificate that isn't there", func(context.Context) error {
		_, found := p.diagnose(t)
		if !slices.ContainsFunc(found, func(f v1.Finding) bool { return f.ID == "NIFI-TLS-020" && f.Subject == pod }) {
			return fmt.Errorf("found %+v", found)
		}
		return nil
	})
}

// serves waits until a pod serves a Secret's certificate.
func (p patient) serves(t *testing.T, pod string, data map[string][]byte) {
	t.Helper()
	chain, err := trust.ParsePEM(data["tls.crt"])
	require.NoError(t, err)
	dialer, err := kube.NewPodDialer(p.config, p.Namespace)
	require.NoError(t, err)
	defer func() { _ = dialer.Close() }() // it never fails
	eventually(t, 2*time.Minute, pod+" with its new certificate", func(ctx context.Context) error {
		served := view.Handshake(ctx, dialer.DialContext, p.Endpoint(pod))
		if leaf, ok := served.Leaf(); !ok || leaf.Fingerprint != chain[0].Fingerprint {
			return fmt.Errorf("it serves %s %s", leaf.Fingerprint, served.Error)
		}
		return nil
	})
}
