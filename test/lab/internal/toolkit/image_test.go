package toolkit

import (
	"archive/tar"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/image"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/places"
)

func TestLayer(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "layer.tar")
	require.NoError(t, image.CreateLayer(file, trees(fstest.MapFS{"a.jar": {Data: []byte("jar")}})...))
	layer, err := os.Open(file)
	require.NoError(t, err)
	defer layer.Close()
	modes := map[string]int64{}
	for reader := tar.NewReader(layer); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		modes[header.Name] = header.Mode & 0o777
	}
	for name, mode := range map[string]int64{
		"opt/nifi-toolkit/nifi-toolkit-current/bin/tls-toolkit.sh": 0o755,
		"opt/nifi-toolkit/nifi-toolkit-current/lib/a.jar":          0o644,
		"usr/local/bin/keytool":                                    0o755,
	} {
		assert.Equal(t, mode, modes[name], name)
	}
}

func TestArchiveIsInTheCache(t *testing.T) {
	t.Parallel()
	b := Builder{Base: nifi.Builder{Places: places.Places{Cache: "/cache"}}}
	archive, err := b.Archive()
	require.NoError(t, err)
	assert.Regexp(t, `^/cache/images/toolkit-1\.8\.0-[0-9a-f]{8}\.tar$`, archive)
}

func TestConfigIsThatOfTheOfficialImage(t *testing.T) {
	t.Parallel()
	config := Config()
	assert.Equal(t, "nifi", config.User)
	assert.Contains(t, config.Env, "NIFI_TOOLKIT_HOME=/opt/nifi-toolkit/nifi-toolkit-current")
	assert.Contains(t, config.Env, "JAVA_HOME="+nifi.JavaHome)
}

// TestScript: a client's list of names becomes the text that this release
// reads; a server's configuration stays as it is.
func TestScript(t *testing.T) {
	t.Parallel()
	script, err := files.ReadFile("files/bin/tls-toolkit.sh")
	require.NoError(t, err)
	for _, mode := range []string{"client", "server"} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "java"), []byte("#!/bin/sh\necho \"$@\"\n"), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "tls-toolkit.sh"), script, 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "config.json"), []byte(`{"domainAlternativeNames":["a","b"]}`), 0o600))
		command := exec.CommandContext(t.Context(), "sh", "tls-toolkit.sh", mode, "-F", "-f", "config.json")
		command.Dir = dir
		command.Env = []string{"PATH=" + dir + ":/usr/bin:/bin", "NIFI_TOOLKIT_HOME=/home/x", "JAVA_OPTS=-Xmx64m -Da=b"}
		out, err := command.Output()
		require.NoError(t, err)
		assert.Equal(t, "-cp /home/x/lib/* -Xmx64m -Da=b org.apache.nifi.toolkit.tls.TlsToolkitMain "+mode+" -F -f config.json\n", string(out))
		config, err := os.ReadFile(filepath.Join(dir, "config.json"))
		require.NoError(t, err)
		if mode == "client" {
			assert.JSONEq(t, `{"domainAlternativeNames":"a,b"}`, string(config))
		} else {
			assert.JSONEq(t, `{"domainAlternativeNames":["a","b"]}`, string(config))
		}
	}
}
