package nifi

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// install unpacks NiFi's files with a java that prints its arguments.
func install(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "nifi")
	own, err := fs.Sub(files, "files/nifi-current")
	require.NoError(t, err)
	require.NoError(t, os.CopyFS(dir, own))
	for _, name := range []string{"lib", "logs", "java/bin"} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, name), 0o755))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "lib", "a.jar"), nil, 0o600))
	java := "#!/bin/sh\necho \"cwd=$PWD\"\nprintf '%s\\n' \"$@\"\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "java", "bin", "java"), []byte(java), 0o700))
	return dir
}

func run(dir string, args ...string) (string, error) {
	cmd := exec.Command("sh", append([]string{filepath.Join(dir, "bin", "nifi.sh")}, args...)...)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=/usr/bin:/bin", "NIFI_HOME=" + dir, "NIFI_LOG_DIR=" + dir + "/logs", "JAVA_HOME=" + dir + "/java"}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// edit replaces text in a file of an installation.
func edit(t *testing.T, dir, name, from, to string) {
	t.Helper()
	path := filepath.Join(dir, "conf", name)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(data), from)
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(data), from, to, 1)), 0o600))
}

func TestRunBecomesJava(t *testing.T) {
	t.Parallel()
	dir := install(t)
	edit(t, dir, "bootstrap.conf", "java.arg.3=-Xmx1g", "java.arg.3=-Xmx512m\njava.arg.blank= \njava.arg.own=-Da=b")
	out, err := run(dir, "run")
	require.NoError(t, err, out)
	assert.Equal(t, []string{
		"cwd=" + dir,
		"--class-path", dir + "/conf:" + dir + "/lib/a.jar",
		"-Dorg.apache.nifi.bootstrap.config.log.dir=" + dir + "/logs",
		"-Dnifi.properties.file.path=" + dir + "/conf/nifi.properties",
		"-Dorg.apache.nifi.management.server.address=127.0.0.1:52020",
		"-Xms1g", "-Xmx512m",
		"-Dsun.net.http.allowRestrictedHeaders=true",
		"-Djava.protocol.handler.pkgs=sun.net.www.protocol",
		"-Dcurator-log-only-first-connection-issue-as-error-level=true",
		"-Djava.awt.headless=true",
		"-Da=b",
		"-Djavax.security.auth.useSubjectCredsOnly=true",
		"org.apache.nifi.NiFi",
	}, strings.Fields(out))
}

func TestRunTakesTheManagementAddress(t *testing.T) {
	t.Parallel()
	dir := install(t)
	edit(t, dir, "bootstrap.conf", "run.as=\n", "run.as=\nmanagement.server.address=http://127.0.0.1:52100\n")
	out, err := run(dir, "run")
	require.NoError(t, err, out)
	assert.Contains(t, strings.Fields(out), "-Dorg.apache.nifi.management.server.address=127.0.0.1:52100")
}

func TestRunRefusesLikeTheOfficialOne(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(t *testing.T, dir string){
		"no bootstrap.conf": func(t *testing.T, dir string) {
			t.Helper()
			require.NoError(t, os.Remove(filepath.Join(dir, "conf", "bootstrap.conf")))
		},
		"PEM beside default stores": func(t *testing.T, dir string) {
			t.Helper()
			edit(t, dir, "nifi.properties", "nifi.security.keystoreType=PKCS12", "nifi.security.keystoreType=PEM")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := install(t)
			prepare(t, dir)
			out, err := run(dir, "run")
			require.Error(t, err)
			assert.Equal(t, "Failed to get run command\n", out)
			log, err := os.ReadFile(filepath.Join(dir, "logs", "nifi-bootstrap.log"))
			require.NoError(t, err)
			assert.NotEmpty(t, log)
		})
	}
}

func TestOtherCommandsAreRefused(t *testing.T) {
	t.Parallel()
	out, err := run(install(t), "start")
	require.Error(t, err)
	assert.Contains(t, out, "knows no other command")
}
