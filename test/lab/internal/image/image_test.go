package image_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/image"
)

// entries reads a tar by name.
func entries(t *testing.T, data []byte) (headers map[string]*tar.Header, contents map[string]string) {
	t.Helper()
	headers, contents = map[string]*tar.Header{}, map[string]string{}
	reader := tar.NewReader(bytes.NewReader(data))
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return headers, contents
		}
		require.NoError(t, err)
		content, err := io.ReadAll(reader)
		require.NoError(t, err)
		headers[header.Name], contents[header.Name] = header, string(content)
	}
}

func tree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "bin"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "bin", "run.sh"), []byte("#!/bin/sh\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "secret"), nil, 0o600))
	require.NoError(t, os.Symlink("bin/run.sh", filepath.Join(dir, "link")))
	return dir
}

func TestWriteLayer(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, image.WriteLayer(&out, image.Tree{
		FS: os.DirFS(tree(t)), To: "opt/nifi", Owner: 1000, Dirs: []string{"logs"},
		Mode: func(string) fs.FileMode { return 0o640 },
		Skip: func(name string, _ fs.DirEntry) bool { return name == "secret" },
	}))
	headers, contents := entries(t, out.Bytes())
	assert.Equal(t, "#!/bin/sh\n", contents["opt/nifi/bin/run.sh"])
	assert.NotContains(t, headers, "opt/nifi/secret")
	assert.Equal(t, "bin/run.sh", headers["opt/nifi/link"].Linkname)
	assert.EqualValues(t, 0o755, headers["opt/nifi/bin/"].Mode)
	assert.EqualValues(t, 0o640, headers["opt/nifi/bin/run.sh"].Mode)
	assert.Equal(t, byte(tar.TypeDir), headers["opt/nifi/logs/"].Typeflag)
	for name, header := range headers {
		assert.Equal(t, [2]int{1000, 1000}, [2]int{header.Uid, header.Gid}, name)
		assert.Empty(t, header.Uname, "names of this machine's users mean nothing in an image")
	}
}

func TestKeepOwnerAndMode(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, image.WriteLayer(&out, image.Tree{FS: os.DirFS(tree(t)), Owner: image.KeepOwner}))
	headers, _ := entries(t, out.Bytes())
	assert.Equal(t, os.Geteuid(), headers["bin/run.sh"].Uid)
	assert.EqualValues(t, 0o600, headers["bin/run.sh"].Mode)
	assert.NotContains(t, headers, "./", "the root folder belongs to the image below")
}

func TestWriteArchive(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	layer, file := filepath.Join(dir, "layer.tar"), filepath.Join(dir, "image.tar")
	require.NoError(t, image.CreateLayer(layer, image.Tree{FS: os.DirFS(tree(t)), Owner: 0}))
	config := image.Config{User: "nifi", Volumes: image.Set("/logs")}
	require.NoError(t, image.WriteArchive(file, []string{"docker.io/x/y:1"}, config, layer))

	data, err := os.ReadFile(file)
	require.NoError(t, err)
	_, contents := entries(t, data)
	var manifests []struct {
		Config   string
		RepoTags []string
		Layers   []string
	}
	require.NoError(t, json.Unmarshal([]byte(contents["manifest.json"]), &manifests))
	require.Len(t, manifests, 1)
	assert.Equal(t, []string{"docker.io/x/y:1"}, manifests[0].RepoTags)
	var written struct {
		Config image.Config
		Rootfs struct {
			DiffIDs []string `json:"diff_ids"`
		}
	}
	require.NoError(t, json.Unmarshal([]byte(contents[manifests[0].Config]), &written))
	assert.Equal(t, config, written.Config)
	sum := sha256.Sum256([]byte(contents[manifests[0].Layers[0]]))
	assert.Equal(t, []string{"sha256:" + hex.EncodeToString(sum[:])}, written.Rootfs.DiffIDs)
	assert.NoFileExists(t, file+".partial")
}

func TestPruneKeepsWhatIsCurrent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"nifi-1.tar", "nifi-2.tar", "pause-1.tar"} {
		require.NoError(t, os.WriteFile(path(name), nil, 0o600))
	}
	require.NoError(t, image.Prune(path("nifi-*"), path("nifi-2.tar")))
	assert.NoFileExists(t, path("nifi-1.tar"))
	assert.FileExists(t, path("nifi-2.tar"))
	assert.FileExists(t, path("pause-1.tar"))
}

func TestWriteFilesTellsTreesApart(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, files := range []fstest.MapFS{
		{"a": {Data: []byte("1")}},
		{"a": {Data: []byte("2")}},
		{"b": {Data: []byte("1")}},
		{"a": {Data: []byte("1")}, "b": {}},
		{"a/b": {Data: []byte("1")}},
	} {
		var sum bytes.Buffer
		require.NoError(t, image.WriteFiles(&sum, files))
		seen[sum.String()] = true
	}
	assert.Len(t, seen, 5)
}
