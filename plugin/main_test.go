package plugin

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// update makes golden files be written anew. A flag can only be registered
// once, before the tests' flags are parsed.
var update = flag.Bool("update", false, "write the golden files anew")

// assertGolden compares got with a file under testdata;
// `go test ./plugin -update` writes it anew.
func assertGolden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), got, "run with -update and read the diff")
}
