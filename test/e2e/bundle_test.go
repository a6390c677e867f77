//go:build e2e

package e2e

import (
	"archive/tar"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// testSupportBundle makes a bundle of a running cluster and looks in every
// byte of it for what is secret in the namespace's Secrets.
func testSupportBundle(t *testing.T, c cluster) {
	file := filepath.Join(t.TempDir(), "bundle.tar.gz")
	made := c.nifi(t, "support-bundle", c.Cluster, "-n", namespace, "--out", file)
	assert.Equal(t, file+"\n", made.out, "the path alone")
	info, err := os.Stat(file)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode())

	files := unpackBundle(t, file)
	for _, name := range []string{
		"index.md", "view.json", "findings.json", "versions.json", "objects/statefulsets.yaml", "objects/secrets.yaml",
		"objects/certificaterequests.yaml", "objects/leases.yaml", "objects/events.yaml",
		"logs/" + c.Pod(0) + "/nifi.log", "logs/" + c.Pod(0) + "/tls-sync.log", "diagnostics/" + c.Pod(0) + ".txt",
	} {
		assert.NotEmpty(t, files[name], name)
	}
	assert.Contains(t, files["index.md"], "Nothing is missing.", "a healthy cluster and an administrator")
	assert.Contains(t, files["logs/"+c.Pod(0)+"/nifi.log"], " INFO [main] ")

	needles := c.secretValues(t)
	require.Greater(t, len(needles), 40, "there are secrets to look for")
	for name, text := range files {
		for _, needle := range needles {
			assert.False(t, strings.Contains(text, needle), "%.12q… is in %s", needle, name)
		}
		for _, sign := range []string{"PRIVATE KEY", "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS", "nifi.sensitive.props.key="} {
			for _, after := range strings.Split(text, sign)[1:] {
				assert.True(t, strings.HasPrefix(after, "[redacted]") || strings.HasPrefix(after, "\n"), "%s in %s", sign, name)
			}
		}
	}
}

// secretValues is the private part of the namespace's Secrets: keys,
// passwords, the sensitive properties key, each of their lines, and all of it
// in base64.
func (c cluster) secretValues(t *testing.T) []string {
	t.Helper()
	list, err := c.client.CoreV1().Secrets(namespace).List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	var needles []string
	for _, secret := range list.Items {
		for _, key := range []string{"tls.key", "sensitive-props-key", "password", "login-identity-providers.xml"} {
			value := string(secret.Data[key])
			for line := range strings.Lines(value) {
				if line = strings.TrimSpace(line); len(line) >= 12 && !strings.HasPrefix(line, "-----") {
					needles = append(needles, line, base64.StdEncoding.EncodeToString([]byte(line)))
				}
			}
			if value != "" {
				needles = append(needles, value, base64.StdEncoding.EncodeToString([]byte(value)))
			}
		}
	}
	return needles
}

// unpackBundle is the files of a bundle by name, the folder cut off.
func unpackBundle(t *testing.T, file string) map[string]string {
	t.Helper()
	raw, err := os.Open(file)
	require.NoError(t, err)
	defer raw.Close()
	plain, err := gzip.NewReader(raw)
	require.NoError(t, err)
	files, reader := map[string]string{}, tar.NewReader(plain)
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		require.NoError(t, err)
		text, err := io.ReadAll(reader)
		require.NoError(t, err)
		_, name, _ := strings.Cut(header.Name, "/")
		files[name] = string(text)
	}
}
