package nifi

import (
	"archive/zip"
	"encoding/xml"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/places"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/versions"
)

// nar writes a NAR with the named jars.
func nar(t *testing.T, path string, jars ...string) {
	t.Helper()
	file, err := os.Create(path)
	require.NoError(t, err)
	defer file.Close()
	writer := zip.NewWriter(file)
	for _, jar := range jars {
		_, err := writer.Create(bundled + jar)
		require.NoError(t, err)
	}
	require.NoError(t, writer.Close())
}

func touch(t *testing.T, dir string, names ...string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o755))
	for _, name := range names {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600))
	}
}

func TestPackStandardNARLeavesOutWhatItsParentsBring(t *testing.T) {
	t.Parallel()
	lib, jars := filepath.Join(t.TempDir(), "lib"), filepath.Join(t.TempDir(), "standard")
	touch(t, lib, "nifi-api-2.3.0.jar")
	nar(t, filepath.Join(lib, "nifi-standard-shared-nar-"+versions.NiFi+".nar"), "shared.jar")
	nar(t, filepath.Join(lib, "nifi-standard-services-api-nar-"+versions.NiFi+".nar"), "services.jar")
	touch(t, jars, "nifi-api-2.3.0.jar", "shared.jar", "services.jar", "nifi-standard-processors.jar")
	require.NoError(t, packStandardNAR(lib, jars))

	packed, err := zip.OpenReader(filepath.Join(lib, "nifi-standard-nar-"+versions.NiFi+".nar"))
	require.NoError(t, err)
	defer packed.Close()
	names := []string{}
	for _, entry := range packed.File {
		names = append(names, entry.Name)
	}
	assert.Equal(t, []string{"META-INF/", bundled, "META-INF/MANIFEST.MF", bundled + "nifi-standard-processors.jar"}, names)
	manifest, err := packed.Open("META-INF/MANIFEST.MF")
	require.NoError(t, err)
	text, err := io.ReadAll(manifest)
	require.NoError(t, err)
	assert.Contains(t, string(text), "Nar-Dependency-Id: nifi-standard-shared-nar\r\n")
}

func TestPackStandardNARWithoutJars(t *testing.T) {
	t.Parallel()
	err := packStandardNAR(t.TempDir(), t.TempDir())
	require.Error(t, err)
}

func TestConfigIsThatOfTheOfficialImage(t *testing.T) {
	t.Parallel()
	config := Config()
	assert.Equal(t, "nifi", config.User)
	assert.Equal(t, "/opt/nifi/nifi-current", config.WorkingDir)
	assert.Len(t, config.Volumes, 9)
	assert.Contains(t, config.Volumes, "/opt/nifi/nifi-current/state")
	for _, name := range []string{"NIFI_BASE_DIR", "NIFI_HOME", "NIFI_TOOLKIT_HOME", "NIFI_PID_DIR", "NIFI_LOG_DIR", "JAVA_HOME", "PATH"} {
		assert.Contains(t, strings.Join(config.Env, "\n"), name+"=/")
	}
}

func TestXMLFilesAreWellFormed(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(files, "files/nifi-current/conf/*.xml")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		data, err := files.ReadFile(name)
		require.NoError(t, err)
		assert.NoError(t, xml.Unmarshal(data, new(struct{})), name)
	}
}

func TestLogbackHasTheOfficialAppenders(t *testing.T) {
	t.Parallel()
	data, err := files.ReadFile("files/nifi-current/conf/logback.xml")
	require.NoError(t, err)
	for _, name := range []string{"APP_FILE", "USER_FILE", "REQUEST_FILE", "BOOTSTRAP_FILE", "DEPRECATION_FILE", "CONSOLE"} {
		assert.Contains(t, string(data), `<appender name="`+name+`"`)
	}
}

func TestPropertiesNameNoKeyTwice(t *testing.T) {
	t.Parallel()
	data, err := files.ReadFile("files/nifi-current/conf/nifi.properties")
	require.NoError(t, err)
	seen := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		key, _, found := strings.Cut(line, "=")
		if !found || strings.HasPrefix(line, "#") {
			continue
		}
		assert.False(t, seen[key], "NiFi refuses to start with %q twice", key)
		seen[key] = true
	}
	assert.Greater(t, len(seen), 100)
	assert.Contains(t, string(data), "\n#nifi.python.command=python3\n")
}

func TestJavaMode(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]fs.FileMode{"bin/java": 0o755, "lib/jspawnhelper": 0o755, "lib/modules": 0o644} {
		assert.Equal(t, want, javaMode(name), name)
	}
}

func TestArchiveNameIsStable(t *testing.T) {
	t.Parallel()
	b := Builder{Places: places.Places{Cache: "/cache"}}
	one, err := b.Archive()
	require.NoError(t, err)
	two, err := b.Archive()
	require.NoError(t, err)
	assert.Equal(t, one, two)
	assert.True(t, strings.HasPrefix(one, "/cache/images/nifi-"+versions.NiFi+"-"), one)
}
