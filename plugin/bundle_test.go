package plugin

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube/kubetest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	v1 "github.com/kubectl-nifi/kubectl-nifi/pkg/view/v1"
)

// bundle makes a bundle and returns its files, the folder cut off.
func (w world) bundle(t *testing.T) (map[string]string, result) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "out.tar.gz")
	got := w.run(t, "support-bundle", "prod", "--out", file)
	require.Equal(t, exitWell, got.code, got.stderr)
	assert.Equal(t, file+"\n", got.stdout, "the path alone")
	info, err := os.Stat(file)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode())
	return unpack(t, file), got
}

func unpack(t *testing.T, file string) map[string]string {
	t.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	plain, err := gzip.NewReader(bytes.NewReader(raw))
	require.NoError(t, err)
	files, reader := map[string]string{}, tar.NewReader(plain)
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		require.NoError(t, err)
		root, name, _ := strings.Cut(path.Clean(header.Name), "/")
		assert.Equal(t, "prod-support-20261122T180500Z", root)
		text, err := io.ReadAll(reader)
		require.NoError(t, err)
		files[name] = string(text)
	}
}

func TestBundle(t *testing.T) {
	t.Parallel()
	w := newSecretiveWorld(t)
	files, got := w.bundle(t)
	assert.Contains(t, got.stderr, "secrets redacted")
	for _, name := range []string{
		"index.md", "view.json", "findings.json", "versions.json",
		"objects/statefulsets.yaml", "objects/pods.yaml", "objects/secrets.yaml", "objects/configmaps.yaml", "objects/leases.yaml",
		"objects/certificates.yaml", "objects/events.yaml",
		"logs/prod-0/nifi.log", "logs/prod-1/nifi.previous.log", "logs/prod-1/tls-sync.log", "diagnostics/prod-2.txt",
	} {
		assert.NotEmpty(t, files[name], name)
	}
	var status v1.ClusterStatus
	require.NoError(t, json.Unmarshal([]byte(files["view.json"]), &status))
	assert.Len(t, status.Nodes, 3)
	assert.Contains(t, files["objects/secrets.yaml"], "- tls.key (", "names, keys and sizes of Secrets")
	assert.NotContains(t, files["objects/configmaps.yaml"], "neighbour", "nothing of others")
	assert.Contains(t, files["diagnostics/prod-2.txt"], "Thread Dump\n")
	assert.Contains(t, files["logs/prod-0/nifi.log"], "could not start")
	counts := regexp.MustCompile(`\| \d+ \| \d+ \|`)
	assertGolden(t, "bundle/index.golden", counts.ReplaceAllString(files["index.md"], "| N | N |"))
}

// TestBundleHasNoSecrets reads every byte of a bundle of a cluster that gives
// its secrets away wherever it can.
func TestBundleHasNoSecrets(t *testing.T) {
	t.Parallel()
	w := newSecretiveWorld(t)
	files, _ := w.bundle(t)
	require.Greater(t, len(w.needles), 15)
	for name, text := range files {
		for _, needle := range w.needles {
			quoted, err := json.Marshal(needle)
			require.NoError(t, err)
			for _, form := range []string{
				needle, base64.StdEncoding.EncodeToString([]byte(needle)), base64.RawURLEncoding.EncodeToString([]byte(needle)),
				string(quoted[1 : len(quoted)-1]),
			} {
				assert.False(t, strings.Contains(name+"\n"+text, form), "%q in %s", form, name)
			}
		}
		assert.NotContains(t, text, "PRIVATE KEY", "in %s", name)
	}
	assert.Contains(t, files["logs/prod-1/nifi.log"], "plain [redacted]", "the log itself is there")
}

func TestBundleWithFewRights(t *testing.T) {
	t.Parallel()
	w := newSecretiveWorld(t)
	for _, path := range []string{
		"/api/v1/namespaces/nifi/secrets", "/api/v1/namespaces/nifi/configmaps", "/api/v1/namespaces/nifi/events",
		"/apis/cert-manager.io/v1/namespaces/nifi/certificates", "/version",
		w.path("api/v1", "secrets", w.names.AdminSecret()), w.path("api/v1", "pods", "prod-0") + "/log",
	} {
		w.api.Deny(path)
	}
	files, got := w.bundle(t)
	assert.Contains(t, got.stderr, "could not be had")
	index := files["index.md"]
	for _, gap := range []string{
		"- logs/prod-0/nifi.log: ", "- objects/configmaps: ", "- objects/secrets: ", "- list of Secrets, to take their values out: ", "- values of 1 Secrets, to take them out (prod-admin-tls): ",
		"- versions.json: ", "- view.json, credentials: ",
	} {
		assert.Contains(t, index, gap)
	}
	assert.NotContains(t, index, "prod-0-tls", "a Secret that was read one by one is no gap")
	for name, text := range files {
		for _, needle := range w.needles {
			assert.False(t, strings.Contains(text, needle), "%q in %s", needle, name)
		}
	}
}

func TestBundleWithNiFiDown(t *testing.T) {
	t.Parallel()
	w := newSecretiveWorld(t)
	w.api.SetForward(func(context.Context, string, int) (net.Conn, error) { return nil, errors.New("connection refused") })
	files, _ := w.bundle(t)
	assert.Contains(t, files["index.md"], "- diagnostics of prod-1: ")
	assert.Contains(t, files["index.md"], "connection refused")
	assert.NotEmpty(t, files["logs/prod-1/nifi.log"])
}

func TestBundleLeavesNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "out.tar.gz")
	config := kubetest.WriteKubeconfig(t, api.Cluster{Server: "https://127.0.0.1:1"}, "nifi")
	got := runWith(t, newWorld(t).now, "support-bundle", "prod", "--out", file, "--kubeconfig", config)
	assert.Equal(t, exitUnreachable, got.code)
	got = newWorld(t).run(t, "support-bundle", "nope", "--out", file)
	assert.Equal(t, exitFailed, got.code)
	assert.NoFileExists(t, file)

	require.NoError(t, os.WriteFile(file, []byte("mine"), 0o600))
	got = newWorld(t).run(t, "support-bundle", "prod", "--out", file)
	assert.Equal(t, result{stderr: "error: " + file + " exists already: choose another file with --out\n", code: exitFailed}, got)
	kept, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, "mine", string(kept))
	got = newWorld(t).run(t, "support-bundle", "prod", "--timeout", "0s")
	assert.Equal(t, exitUsage, got.code)
}

func TestBundleThatIsInterrupted(t *testing.T) {
	t.Parallel()
	w := newSecretiveWorld(t)
	file := filepath.Join(t.TempDir(), "out.tar.gz")
	w.api.SetForward(func(ctx context.Context, pod string, port int) (net.Conn, error) {
		if port == topology.PortManagement {
			client, _ := net.Pipe() // nobody answers
			return client, nil
		}
		return w.nifi.DialContext(ctx, "tcp", fmt.Sprintf("%s:%d", w.names.FQDN(pod), port))
	})
	s := w.start(t, "support-bundle", "prod", "--out", file)
	s.errOut.wait(t, "Collecting")
	assert.Equal(t, exitFailed, s.end(t))
	assert.NoFileExists(t, file)
}
