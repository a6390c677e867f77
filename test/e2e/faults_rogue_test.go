//go:build e2e && faults

package e2e

import (
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// testRogue is what whoever owns a node could do: a root with the name of the
// cluster's in that pod's own files, served on the wire, and in a ConfigMap that
// looks like the cluster's. No other pod's truststore may take it, nor the
// Secret of published anchors.
func (d drifting) testRogue(t *testing.T) {
	d.signal(t, d.last, syncProcess, syscall.SIGSTOP) // else it puts its own files right
	t.Cleanup(func() { d.signal(t, d.last, syncProcess, syscall.SIGCONT) })
	root := d.plant(t)
	planted := time.Now()
	labels := map[string]string{topology.LabelName: "nifi", topology.LabelInstance: d.Cluster}
	_, err := d.client.CoreV1().ConfigMaps(d.Namespace).Create(t.Context(), &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: d.Trust(), Labels: labels}, Data: map[string]string{"ca.crt": root},
	}, metav1.CreateOptions{})
	require.NoError(t, err)
	eventually(t, 2*time.Minute, "the rogue's certificate on the wire", func(context.Context) error {
		r := run(t, d.plugin, "certs", d.Cluster, "-n", d.Namespace)
		if r.code != 1 || !strings.Contains(r.out, "✗") {
			return fmt.Errorf("exit code %d: %s", r.code, r.out)
		}
		return nil
	})
	for _, pod := range []string{d.coordinator, d.other} {
		eventually(t, 3*time.Minute, "tls-sync of "+pod+" to have looked at everything again", func(context.Context) error {
			newest := strings.TrimSpace(d.inSync(t, pod, "stat -c %Y /work/anchors/* | sort -n | tail -1"))
			if newest <= fmt.Sprint(planted.Unix()) {
				return fmt.Errorf("it last looked at %s", newest)
			}
			return nil
		})
		assert.NotContains(t, d.inSync(t, pod, "cat /etc/nifi/tls/ca.crt"), body(root), pod)
	}
	assert.Empty(t, d.secret(t, d.Trust()))
	d.signal(t, d.last, syncProcess, syscall.SIGCONT)
	eventually(t, 3*time.Minute, "the pod's own files put right", func(context.Context) error {
		if r := run(t, d.plugin, "certs", d.Cluster, "-n", d.Namespace); r.code != 0 {
			return fmt.Errorf("%s", r.out)
		}
		return nil
	})
	assert.NotContains(t, d.inSync(t, d.last, "cat /etc/nifi/tls/ca.crt"), body(root))
}

// plant puts a root of the cluster's name, and a certificate by it, into the
// pod's own files, and returns the root.
func (d drifting) plant(t *testing.T) (root string) {
	t.Helper()
	ca, err := nifitest.NewCA(d.CA(1))
	require.NoError(t, err)
	leaf, err := ca.Issue(nifitest.Leaf{
		Subject:  pkix.Name{CommonName: d.last, OrganizationalUnit: []string{"NIFI"}, Organization: []string{d.Namespace}},
		DNSNames: []string{d.FQDN(d.last), "localhost"},
	})
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(leaf.PrivateKey)
	require.NoError(t, err)
	for _, file := range []struct {
		name string
		text []byte
	}{
		{"ca.crt", ca.PEM()},
		{"tls.key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})},
		{"tls.crt", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Certificate[0]})},
	} {
		add := ">"
		if file.name == "ca.crt" {
			add = ">>" // it goes on trusting the others
		}
		d.inSync(t, d.last, fmt.Sprintf("cd /etc/nifi/tls && cat %[1]s >.planted && echo %[2]s | base64 -d %[3]s.planted && chmod 440 .planted && mv -f .planted %[1]s",
			file.name, base64.StdEncoding.EncodeToString(file.text), add))
	}
	return string(ca.PEM())
}

// inSync runs a script in the pod's tls-sync container.
func (d drifting) inSync(t *testing.T, pod, script string) string {
	t.Helper()
	return kubectl(t, "-n", d.Namespace, "exec", pod, "-c", "tls-sync", "--", "sh", "-c", script).out
}

// body is a certificate's base64 without its frame, in one line.
func body(certificate string) string {
	block, _ := pem.Decode([]byte(certificate))
	return base64.StdEncoding.EncodeToString(block.Bytes)[:60]
}
