package overlay

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
)

func selfSigned(t *testing.T) (Files, Secrets) {
	t.Helper()
	c := clusterFrom(t, document("  tls: {source: self-signed}"))
	s, err := fixedSecrets().WithCertificates(c, time.Now())
	require.NoError(t, err)
	files, err := Render(c, s)
	require.NoError(t, err)
	return files, s
}

func TestSelfSignedSecrets(t *testing.T) {
	t.Parallel()
	files, s := selfSigned(t)
	stream, err := Build(files)
	require.NoError(t, err)
	assert.NotContains(t, string(stream), "cert-manager.io/v1")
	assert.Len(t, s.Pairs, 7, "five nodes and two clients")
	for name := range s.Pairs {
		assert.Contains(t, string(stream), "\n  name: "+name+"\n")
	}
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(s.Root.Certificate))
	verify := func(secret, name string, usage x509.ExtKeyUsage) error {
		pair, err := tls.X509KeyPair(s.Pairs[secret].Certificate, s.Pairs[secret].Key)
		require.NoError(t, err)
		_, err = pair.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name, KeyUsages: []x509.ExtKeyUsage{usage}})
		return err
	}
	require.NoError(t, verify("prod-4-tls", "prod-4.prod-nodes.nifi.svc.cluster.local", x509.ExtKeyUsageServerAuth))
	require.NoError(t, verify("prod-0-tls", "prod-ui.nifi.svc", x509.ExtKeyUsageClientAuth))
	require.NoError(t, verify("prod-admin-tls", "", x509.ExtKeyUsageClientAuth))
	require.Error(t, verify("prod-admin-tls", "", x509.ExtKeyUsageServerAuth), "an administrator is no node")
}

func TestSelfSignedShape(t *testing.T) {
	t.Parallel()
	files, s := selfSigned(t)
	stream, err := Build(files)
	require.NoError(t, err)
	objects, err := objectsOf(stream)
	require.NoError(t, err)
	found := false
	for _, object := range objects {
		assert.NotContains(t, string(object), string(s.Root.Key), "the root's key stays in the folder")
		if !strings.Contains(string(object), `"name":"prod-1-tls"`) || !strings.Contains(string(object), `"kind":"Secret"`) {
			continue
		}
		found = true
		var secret corev1.Secret
		manifests{"it": object}.read(t, "it", &secret)
		assert.Equal(t, corev1.SecretTypeTLS, secret.Type)
		assert.Equal(t, s.Pairs["prod-1-tls"].Key, secret.Data["tls.key"])
		assert.Equal(t, s.Root.Certificate, secret.Data["ca.crt"])
		assert.Equal(t, "prod", secret.Labels["app.kubernetes.io/instance"])

		sync := newSyncer(t)
		for key, data := range secret.Data {
			sync.put("prod-1/"+key, data)
			sync.put("prod-0/"+key, data) // the pod's own
		}
		sync.once()
		assert.Equal(t, string(secret.Data["tls.crt"]), sync.published("tls.crt"))
		assert.Equal(t, string(secret.Data["ca.crt"]), sync.published("ca.crt"))
	}
	assert.True(t, found)
}

func TestSelfSignedIsKept(t *testing.T) {
	t.Parallel()
	files, s := selfSigned(t)
	folder := Folder{Path: t.TempDir()}
	require.NoError(t, folder.Write(files, []byte("kind: NiFiCluster\n")))
	info, err := os.Stat(filepath.Join(folder.Path, "secrets", "ca.key"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode())

	read, err := folder.Secrets()
	require.NoError(t, err)
	more, err := read.WithCertificates(clusterFrom(t, document("  maxReplicas: 6\n  tls: {source: self-signed}")), time.Now())
	require.NoError(t, err)
	assert.Equal(t, s.Root, more.Root)
	assert.Equal(t, s.Pairs["prod-0-tls"], more.Pairs["prod-0-tls"])
	assert.Contains(t, more.Pairs, "prod-5-tls")
	assert.NotContains(t, read.Pairs, "prod-5-tls", "what was read stays as it was")

	require.NoError(t, os.Remove(filepath.Join(folder.Path, "secrets", "ca.crt")))
	_, err = folder.Secrets()
	require.ErrorContains(t, err, "a key without its certificate: delete ca.key")
}

func TestSelfSignedWithABrokenRoot(t *testing.T) {
	t.Parallel()
	c := clusterFrom(t, document("  tls: {source: self-signed}"))
	for name, root := range map[string]Pair{"no PEM": {[]byte("x"), []byte("y")}, "a key of no kind": {[]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), []byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")}} {
		_, err := Secrets{Root: root}.WithCertificates(c, time.Now())
		require.ErrorContains(t, err, "reading the root in secrets", name)
	}
}
