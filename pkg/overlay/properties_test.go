package overlay

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/kustomize"
)

// merge runs the script that lays our properties over the image's.
func merge(t *testing.T, files ...string) (string, error) {
	t.Helper()
	root := t.TempDir()
	script, err := kustomize.Files.ReadFile("base/start/merge-properties.awk")
	require.NoError(t, err)
	name := filepath.Join(root, "merge.awk")
	require.NoError(t, os.WriteFile(name, script, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(root, "key"), []byte("back\\slash&$1\r\nsecond line\n"), 0o600))
	arguments := []string{"-f", name}
	for i, text := range files {
		file := filepath.Join(root, string(rune('a'+i))+".properties")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		arguments = append(arguments, file)
	}
	command := exec.CommandContext(t.Context(), "awk", arguments...)
	command.Dir = root
	command.Env = append(os.Environ(), "POD_FQDN=prod-0.prod-nodes.nifi.svc.cluster.local")
	out, err := command.Output()
	return string(out), err
}

func TestMergeProperties(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		files []string
		want  string
	}{
		"last wins, first place":  {[]string{"a=1\nb=2\n", "c=3\na=4\n", "a=5\n"}, "a=5\nb=2\nc=3\n"},
		"comments and blanks":     {[]string{"# a\n\n! b\n  # c\na = 1\n"}, "a= 1\n"},
		"no key is left twice":    {[]string{"a=1\na=2\n", "a=\n"}, "a=\n"},
		"equals signs in a value": {[]string{"a=b=c\n"}, "a=b=c\n"},
		"the pod's name":          {[]string{"a=x${POD_FQDN}:${POD_FQDN}\n"}, "a=xprod-0.prod-nodes.nifi.svc.cluster.local:prod-0.prod-nodes.nifi.svc.cluster.local\n"},
		"a key from a file":       {[]string{"a=${file:key}\n"}, "a=back\\\\slash&$1\n"},
		"with text around":        {[]string{"a=<${file:key}>\n"}, "a=<back\\\\slash&$1>\n"},
		"an unknown placeholder":  {[]string{"a=${other}\n"}, "a=${other}\n"},
		"last line without end":   {[]string{"a=1", "b=2"}, "a=1\nb=2\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := merge(t, test.files...)
			require.NoError(t, err)
			assert.Equal(t, test.want, got)
		})
	}
}

func TestMergeFailsWithoutTheKey(t *testing.T) {
	t.Parallel()
	got, err := merge(t, "a=${file:absent}\n")
	require.Error(t, err)
	assert.Empty(t, got)
}
