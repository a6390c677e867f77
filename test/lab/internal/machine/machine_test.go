package machine_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/machine"
)

func TestMissing(t *testing.T) {
	t.Parallel()
	requirements := []machine.Requirement{{"ip", "iproute2"}, {"runc", "runc"}, {"/usr/lib/cni/bridge", "containernetworking-plugins"}}
	for name, tc := range map[string]struct {
		has  map[string]bool
		want []string
	}{
		"all there": {map[string]bool{"ip": true, "runc": true, "/usr/lib/cni/bridge": true}, nil},
		"no runc":   {map[string]bool{"ip": true, "/usr/lib/cni/bridge": true}, []string{"runc"}},
		"nothing":   {nil, []string{"iproute2", "runc", "containernetworking-plugins"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tc.want, machine.Missing(requirements, func(p string) bool { return tc.has[p] }))
		})
	}
}

func TestRestoreRemovesOnlyWhatPrepareMade(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	kept, made, used := filepath.Join(root, "kept"), filepath.Join(root, "new", "deep"), filepath.Join(root, "used")
	require.NoError(t, os.Mkdir(kept, 0o700))
	file := filepath.Join(root, "changes.json")
	require.NoError(t, machine.Prepare(file, []string{kept, made, used}))
	require.DirExists(t, made)
	require.NoError(t, os.WriteFile(filepath.Join(used, "by-others"), nil, 0o600))

	require.NoError(t, machine.Restore(file))
	assert.DirExists(t, kept)
	assert.NoDirExists(t, filepath.Join(root, "new"))
	assert.FileExists(t, filepath.Join(used, "by-others"))
}

func TestRestoreWithoutPrepare(t *testing.T) {
	t.Parallel()
	require.NoError(t, machine.Restore(filepath.Join(t.TempDir(), "absent")))
}
