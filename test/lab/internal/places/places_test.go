package places_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/places"
)

func checkout(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "test", "lab", "modules"), 0o755))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "pkg", "deep"), 0o755))
	return dir
}

func TestFindStateDir(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		env  map[string]string
		want string
		err  string
	}{
		"override":     {env: map[string]string{places.EnvDir: "/x/lab", "HOME": "/home/a"}, want: "/x/lab"},
		"xdg":          {env: map[string]string{"XDG_STATE_HOME": "/state", "HOME": "/home/a"}, want: "/state/kubectl-nifi-lab"},
		"relative xdg": {env: map[string]string{"XDG_STATE_HOME": "state", "HOME": "/home/a"}, want: "/home/a/.local/state/kubectl-nifi-lab"},
		"home":         {env: map[string]string{"HOME": "/home/a"}, want: "/home/a/.local/state/kubectl-nifi-lab"},
		"no home":      {err: "HOME is not set"},
		"too long":     {env: map[string]string{places.EnvDir: "/" + strings.Repeat("x", 80)}, err: "shorter"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := places.Find(func(key string) string { return tc.env[key] }, checkout(t))
			if tc.err != "" {
				require.ErrorContains(t, err, tc.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tc.want, got.Lab)
		})
	}
}

func TestFindCheckoutFromBelow(t *testing.T) {
	t.Parallel()
	root := checkout(t)
	got, err := places.Find(os.Getenv, filepath.Join(root, "pkg", "deep"))
	require.NoError(t, err)
	assert.Equal(t, root, got.Checkout)
	assert.Equal(t, filepath.Join(root, "test", "lab", "modules", "coredns"), got.Module("coredns"))
}

func TestFindOutsideCheckout(t *testing.T) {
	t.Parallel()
	_, err := places.Find(os.Getenv, t.TempDir())
	require.ErrorIs(t, err, places.ErrNoCheckout)
}
