package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube/kubetest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view/certsv1"
)

func TestCerts(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args  []string
		stage func(t *testing.T, w *certsWorld)
		code  int
	}{
		"all-well": {code: 0},
		"colour":   {code: 1, args: []string{"--color", "always"}, stage: func(t *testing.T, w *certsWorld) { w.drift(t, 1) }},
		"latent-drift": {code: 1, stage: func(t *testing.T, w *certsWorld) {
			w.drift(t, 1) // and status still shows three nodes CONNECTED
		}},
		"united": {code: 0, stage: func(t *testing.T, w *certsWorld) {
			other := w.namesake(t)
			w.reissue(t, 1, other, "ef", nifitest.Leaf{})
			w.setRequest(1, other)
			for ordinal := range 3 {
				w.nifi.Node(ordinal).Trust(w.nifi.CA, other)
				w.setLog(ordinal, w.publishes(ordinal, w.nifi.CA, other))
			}
		}},
		"expired": {code: 1, stage: func(t *testing.T, w *certsWorld) {
			w.reissue(t, 2, w.nifi.CA, "ee", nifitest.Leaf{NotAfter: w.now.Add(-26 * time.Hour)})
			w.setLog(2, w.publishes(2, w.nifi.CA))
		}},
		"not-loaded": {code: 0, stage: func(t *testing.T, w *certsWorld) {
			before := w.publishes(0, w.nifi.CA)
			w.reissue(t, 0, w.nifi.CA, "ee", nifitest.Leaf{})
			w.setLog(0, before, `{"time":"2026-11-22T18:04:00Z","event":"certificate-refused","reason":"key and certificate are of different pairs"}`)
		}},
		"hung-and-silent": {code: 1, args: []string{"--timeout", "3s"}, stage: func(_ *testing.T, w *certsWorld) {
			w.nifi.Node(0).Hang()
			w.api.SetLog(w.path("api/v1", "pods", "prod-1"), "tls-sync", new(kubetest.Log))
		}},
		"few-rights": {code: 1, stage: func(_ *testing.T, w *certsWorld) {
			w.api.Deny(w.path("api/v1", "secrets", w.names.AdminSecret()))
			w.api.Deny("/apis/cert-manager.io/v1/namespaces/nifi/certificaterequests")
			w.api.Deny(w.path("api/v1", "pods", "prod-0") + "/log")
		}},
		"nifi-down": {code: 1, stage: func(_ *testing.T, w *certsWorld) {
			w.api.SetForward(func(context.Context, string, int) (net.Conn, error) { return nil, errors.New("connection refused") })
		}},
		"absent": {code: 1, stage: func(_ *testing.T, w *certsWorld) { w.api.Delete(w.path("apis/apps/v1", "statefulsets", "prod")) }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newCertsWorld(t)
			if test.stage != nil {
				test.stage(t, w)
			}
			got := w.run(t, append([]string{"certs", "prod"}, test.args...)...)
			assert.Equal(t, test.code, got.code)
			assertGolden(t, filepath.Join("certs", name+".golden"), w.masked(got))
		})
	}
}

func TestCertsOfAnchorsNotLoaded(t *testing.T) {
	t.Parallel()
	w := newCertsWorld(t)
	w.nifi.Node(2).Trust(w.namesake(t)) // its files say otherwise
	got := w.run(t, "certs", "prod")
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, w.masked(got), "✗ cacacacacaca")
	assert.Contains(t, w.masked(got), "  prod-2: client certificate of cacacacacaca: tls: unknown certificate authority\n")
	assert.Contains(t, got.stdout, "By their files all trust each other, but prod-2 refused your client certificate")
	assert.Contains(t, got.stdout, "kubectl delete pod prod-2 -n nifi")
}

func TestCertsOfForeignIdentity(t *testing.T) {
	t.Parallel()
	w := newCertsWorld(t)
	other := w.namesake(t)
	mine, err := other.Issue(nifitest.Leaf{})
	require.NoError(t, err)
	certificate, key := pemOf(t, mine)
	dir := t.TempDir()
	for name, content := range map[string][]byte{"tls.crt": certificate, "tls.key": key, "ca.crt": append(w.nifi.CA.PEM(), other.PEM()...)} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o600))
	}
	got := w.run(t, "certs", "prod", "--nifi-client-certificate", filepath.Join(dir, "tls.crt"),
		"--nifi-client-key", filepath.Join(dir, "tls.key"), "--nifi-certificate-authority", filepath.Join(dir, "ca.crt"))
	assert.Contains(t, w.masked(got), "✗ cbcbcbcbcbcb")
	assert.Contains(t, got.stdout, "9 of 9 pairs verify")
	assert.Equal(t, exitWell, got.code, "nobody claims to trust whoever signed it")
}

func TestCertsDocument(t *testing.T) {
	t.Parallel()
	w := newCertsWorld(t)
	w.drift(t, 1)
	asJSON, asYAML := w.run(t, "certs", "prod", "-o", "json"), w.run(t, "certs", "prod", "-o", "yaml")
	converted, err := yaml.YAMLToJSON([]byte(asYAML.stdout))
	require.NoError(t, err)
	assert.JSONEq(t, asJSON.stdout, string(converted))
	assert.Equal(t, exitFailed, asJSON.code)

	var document certsv1.ClusterCertificates
	require.NoError(t, json.Unmarshal([]byte(asJSON.stdout), &document))
	assert.Equal(t, "certs.kubectl-nifi.dev/v1 ClusterCertificates prod nifi",
		document.APIVersion+" "+document.Kind+" "+document.Metadata.Name+" "+document.Metadata.Namespace)
	require.Len(t, document.Pods, 3)
	odd := document.Pods[1]
	assert.Equal(t, trust.FingerprintOf(w.served[1].Leaf.Raw), odd.Served.Chain[0].SHA256)
	assert.True(t, *odd.FilesServed)
	assert.Equal(t, []string{w.nifi.Node(1).FQDN()}, odd.Served.Chain[0].DNSNames)
	require.Len(t, document.Trust.OddOnes, 1)
	assert.Equal(t, []string{"prod-1"}, document.Trust.OddOnes[0].Nodes)
	assert.Equal(t, odd.Files.Anchors, document.Trust.OddOnes[0].Anchors)
	assert.Equal(t, *odd.Served.Anchor, odd.Files.Anchors[0])
	assert.Len(t, document.Trust.Cells, 9)
	assert.Equal(t, trust.ReasonOtherKey, document.Trust.Cells[1].Reason)
	assert.False(t, document.Well || document.Trust.Verified)
	require.Len(t, document.Errors, 1)
	assert.Equal(t, "node prod-1", document.Errors[0].Source+" "+document.Errors[0].Subject, "our own anchors don't verify it either")
}

func TestCertsWithoutAPIServer(t *testing.T) {
	t.Parallel()
	config := kubetest.WriteKubeconfig(t, api.Cluster{Server: "https://127.0.0.1:1"}, "nifi")
	got := runWith(t, time.Now(), "certs", "prod", "--kubeconfig", config)
	assert.Equal(t, exitUnreachable, got.code)
	assert.Equal(t, 1, got.lines())
}

func TestCertsUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"certs"}, {"certs", "prod", "-o", "wide"}, {"certs", "prod", "--timeout", "0s"}} {
		got := runWith(t, time.Now(), args...)
		assert.Equal(t, exitUsage, got.code, args)
		assert.Equal(t, 1, got.lines(), got.stderr)
	}
}
