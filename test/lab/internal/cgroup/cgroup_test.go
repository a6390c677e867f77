package cgroup

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	memory  = "30 25 0:26 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory\n"
	pids    = "31 25 0:27 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
	hybrid  = "32 25 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
	unified = "30 25 0:26 / /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
	other   = "22 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		mountinfo string
		want      Hierarchies
	}{
		"v1 and hybrid": {
			other + memory + pids + hybrid,
			Hierarchies{mounts: []string{"/sys/fs/cgroup/memory", "/sys/fs/cgroup/pids", "/sys/fs/cgroup/unified"}, tracker: "/sys/fs/cgroup/pids"},
		},
		"v2":                          {other + unified, Hierarchies{mounts: []string{"/sys/fs/cgroup"}, tracker: "/sys/fs/cgroup", unified: true}},
		"v2 and a named v1 (systemd)": {unified + strings.ReplaceAll(pids, "rw,pids", "rw,name=systemd"), Hierarchies{mounts: []string{"/sys/fs/cgroup"}, tracker: "/sys/fs/cgroup", unified: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := parse(strings.NewReader(tc.mountinfo))
			require.NoError(t, err)
			assert.Equal(t, tc.want, got)
		})
	}
	_, err := parse(strings.NewReader(other))
	require.ErrorIs(t, err, ErrNone)
}

func TestProcessesFindsThoseBelow(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for dir, procs := range map[string]string{"lab": "", "lab/a": "11\n12\n", "lab/a/b": "13\n", "other": "14\n"} {
		require.NoError(t, os.MkdirAll(filepath.Join(root, dir), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(root, dir, "cgroup.procs"), []byte(procs), 0o600))
	}
	h := Hierarchies{tracker: root}
	got, err := h.Processes("/lab")
	require.NoError(t, err)
	assert.ElementsMatch(t, []int{11, 12, 13}, got)
	got, err = h.Processes("/absent")
	require.NoError(t, err)
	assert.Empty(t, got)
}

func TestCreateAndRemove(t *testing.T) {
	t.Parallel()
	h := Hierarchies{mounts: []string{t.TempDir(), t.TempDir()}}
	require.NoError(t, h.Create("/lab/one"))
	require.NoError(t, h.Create("/lab/two"))
	require.NoError(t, h.Remove(t.Context(), "/lab"))
	for _, mount := range h.mounts {
		assert.NoDirExists(t, filepath.Join(mount, "lab"))
	}
	require.NoError(t, h.Remove(t.Context(), "/lab"), "removing twice is fine")
}

func TestAncestorsStartAtTheRoot(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"/", "/lab", "/lab/one"}, ancestors("/lab/one/pod"))
}

func TestCreateHandsControllersDown(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	h := Hierarchies{mounts: []string{root}, tracker: root, unified: true}
	require.NoError(t, h.Create("/lab/one"))
	for _, dir := range []string{".", "lab"} {
		assert.FileExists(t, filepath.Join(root, dir, "cgroup.subtree_control"))
	}
	assert.NoFileExists(t, filepath.Join(root, "lab", "one", "cgroup.subtree_control"), "the kubelet does this one")
}
