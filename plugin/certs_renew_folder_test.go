package plugin

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// selfSignedWorld is a world with self-signed certificates, whose nodes serve
// what is in their Secrets, and the folder of its overlay.
func selfSignedWorld(t *testing.T) (world, string) {
	t.Helper()
	w := newWorld(t)
	dir := filepath.Join(t.TempDir(), "prod")
	document := filepath.Join(t.TempDir(), "prod.yaml")
	require.NoError(t, os.WriteFile(document, []byte("apiVersion: kubectl-nifi.dev/v1alpha1\nkind: NiFiCluster\nmetadata: {name: prod, namespace: nifi}\n"+
		"spec: {replicas: 3, maxReplicas: 4, version: 2.3.0, auth: {type: certificate}, tls: {source: self-signed}}\n"), 0o600))
	got := w.run(t, "init", "prod", "-f", document, "--dir", dir)
	require.Equal(t, exitWell, got.code, got.stderr)
	w.setStatefulSet(3, func(s *appsv1.StatefulSet) { s.Annotations[topology.AnnotationTLSSource] = topology.SourceSelfSigned })
	for ordinal := range 4 { // as the first apply has made them
		w.api.Set(w.path("api/v1", "secrets", w.names.NodeSecret(ordinal)), corev1.Secret{})
	}
	w.api.OnChange(func(_, path string) {
		pod, isNode := strings.CutSuffix(filepath.Base(path), "-tls")
		if !isNode || w.names.Ordinal(pod) < 0 || w.names.Ordinal(pod) > 2 {
			return
		}
		var secret corev1.Secret
		w.api.Read(t, path, &secret)
		pair, err := tls.X509KeyPair(secret.Data["tls.crt"], secret.Data["tls.key"])
		assert.NoError(t, err)
		w.nifi.Node(w.names.Ordinal(pod)).Present(pair)
	})
	return w, dir
}

func TestCertsRenewFromFolder(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args []string
		want []string // Secrets with a new certificate
	}{
		"all":     {nil, []string{"prod-0-tls", "prod-1-tls", "prod-2-tls", "prod-3-tls", "prod-admin-tls", "prod-healer-tls"}},
		"some":    {[]string{"1", "healer"}, []string{"prod-1-tls", "prod-healer-tls"}},
		"dry-run": {[]string{"--dry-run"}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, dir := selfSignedWorld(t)
			secrets := filepath.Join(dir, "secrets")
			before := map[string][]byte{}
			keys, err := filepath.Glob(filepath.Join(secrets, "*.key"))
			require.NoError(t, err)
			require.Len(t, keys, 7)
			for _, key := range keys {
				before[strings.TrimSuffix(filepath.Base(key), ".key")] = private(t, key)
			}
			got := w.run(t, append([]string{"certs", "renew", "prod", "--yes", "--dir", dir}, test.args...)...)
			require.Equal(t, exitWell, got.code, got.stderr)
			var renewed []string
			for name, key := range before {
				if string(private(t, filepath.Join(secrets, name+".key"))) != string(key) {
					renewed = append(renewed, name)
					var secret corev1.Secret
					w.api.Read(t, w.path("api/v1", "secrets", name), &secret)
					assert.Equal(t, private(t, filepath.Join(secrets, name+".crt")), secret.Data["tls.crt"])
					assert.Equal(t, private(t, filepath.Join(secrets, "ca.crt")), secret.Data["ca.crt"])
				}
			}
			assert.ElementsMatch(t, test.want, renewed, "and never the root")
		})
	}
}

func TestCertsRenewFromFolderRefused(t *testing.T) {
	t.Parallel()
	w, dir := selfSignedWorld(t)
	got := w.run(t, "certs", "renew", "prod", "--yes", "--dir", dir, "7")
	assert.Equal(t, exitUsage, got.code)
	assert.Contains(t, got.stderr, "there is no certificate of prod-7: raise spec.maxReplicas")
	got = w.run(t, "certs", "renew", "prod", "--yes", "--dir", t.TempDir())
	assert.Equal(t, exitUsage, got.code)
	assert.Contains(t, got.stderr, "holds no overlay of cluster")
	w.api.Deny(w.path("api/v1", "secrets", "prod-healer-tls"))
	got = w.run(t, "certs", "renew", "prod", "--yes", "--dir", dir, "healer")
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, got.stderr, "kubectl apply -k brings the rest")
}

func TestInitSelfSigned(t *testing.T) {
	t.Parallel()
	_, dir := selfSignedWorld(t)
	document := filepath.Join(dir, "nificluster.yaml")
	got := runWith(t, newWorld(t).now, "init", "prod", "-f", document, "--dir", filepath.Join(t.TempDir(), "other"), "-o", "yaml")
	assert.Equal(t, exitUsage, got.code)
	assert.Contains(t, got.stderr, "each run would make another root")
	again := runWith(t, newWorld(t).now, "init", "prod", "--dir", dir, "-o", "yaml")
	assert.Equal(t, exitWell, again.code, again.stderr)
	assert.Contains(t, again.stdout, "name: prod-3-tls")
}
