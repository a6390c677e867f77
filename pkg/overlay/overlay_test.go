package overlay

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// fixedSecrets are what a folder would hold; the hash is of the password.
func fixedSecrets() Secrets {
	return Secrets{
		SensitiveKey: "sensitive-key-of-the-tests",
		Password:     "password-of-the-tests",
		PasswordHash: "$2b$10$abcdefghijklmnopqrstuuGbCwOlDzZBhtMS2sKWzTBTZhTnSCzXG",
		HashOf:       "of-no-interest",
		CAToken:      "token-of-the-tests",
	}
}

func clusterFrom(t *testing.T, document string) topology.Cluster {
	t.Helper()
	file, err := topology.Parse("test.yaml", []byte(document))
	require.NoError(t, err)
	c, err := topology.Complete(file)
	require.NoError(t, err)
	return c
}

// document is a small cluster with more lines of spec.
func document(spec string) string {
	return `apiVersion: kubectl-nifi.dev/v1alpha1
kind: NiFiCluster
metadata: {name: prod, namespace: nifi}
spec:
  replicas: 3
  version: 2.3.0
` + spec
}

// TestGoldens holds every file of the overlay for each document in testdata;
// `go test ./pkg/overlay -update` writes them anew.
func TestGoldens(t *testing.T) {
	documents, err := filepath.Glob("testdata/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, documents)
	for _, name := range documents {
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(name)
			require.NoError(t, err)
			files, err := Render(clusterFrom(t, string(text)), fixedSecrets())
			require.NoError(t, err)
			got := archive(files)
			golden := strings.TrimSuffix(name, ".yaml") + ".golden"
			if *update {
				require.NoError(t, os.WriteFile(golden, got, 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			if !bytes.Equal(want, got) {
				t.Errorf("%s differs: run with -update and read the diff", golden)
			}
		})
	}
}

// archive writes the files one after the other, each under its name. Those
// that no document changes are only in the first golden's folder, kustomize/.
func archive(files Files) []byte {
	var out bytes.Buffer
	for _, name := range files.Paths() {
		switch filepath.Ext(name) {
		case ".sh", ".awk":
			continue
		}
		fmt.Fprintf(&out, "-- %s --\n%s", name, files[name])
	}
	return out.Bytes()
}

func TestRenderIsDeterministic(t *testing.T) {
	t.Parallel()
	c := clusterFrom(t, document("  overrides: {nifi.b: '1', nifi.a: '2'}"))
	first, err := Render(c, fixedSecrets())
	require.NoError(t, err)
	for range 5 {
		again, err := Render(c, fixedSecrets())
		require.NoError(t, err)
		require.Equal(t, first, again)
	}
}

func TestNoSecretOutsideSecrets(t *testing.T) {
	t.Parallel()
	s := fixedSecrets()
	for _, source := range topology.Sources() {
		files, err := Render(clusterFrom(t, document("  tls: {source: "+source+"}")), s)
		require.NoError(t, err)
		for name, data := range files {
			if strings.HasPrefix(name, "secrets/") {
				continue
			}
			for _, secret := range []string{s.SensitiveKey, s.Password, s.PasswordHash, s.CAToken} {
				assert.False(t, bytes.Contains(data, []byte(secret)), "%s holds a secret", name)
			}
		}
	}
}

func TestScalingRollsNothing(t *testing.T) {
	t.Parallel()
	three := podTemplate(t, "  maxReplicas: 5")
	five := podTemplate(t, "  maxReplicas: 9\n  config: {maxThreads: 20}")
	assert.True(t, three == five, "neither a seed nor the number of certificates is in the pod template")
	other := podTemplate(t, "  overrides: {nifi.bored.yield.duration: 20 millis}")
	assert.True(t, three != other, "a change of configuration rolls")
}

// podTemplate is the StatefulSet of the built stream from its pod template on,
// which is all that can make pods roll.
func podTemplate(t *testing.T, spec string) string {
	t.Helper()
	files, err := Render(clusterFrom(t, document(spec)), fixedSecrets())
	require.NoError(t, err)
	stream, err := Build(files)
	require.NoError(t, err)
	_, set, found := strings.Cut(string(stream), "kind: StatefulSet\n")
	require.True(t, found)
	set, _, _ = strings.Cut(set, "\n---\n")
	_, template, found := strings.Cut(set, "\n  template:\n")
	require.True(t, found)
	return template
}

func TestNamesThatYAMLWouldMisread(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"on", "yes", "null", "true", "e1"} {
		text := strings.Replace(document(""), "{name: prod, namespace: nifi}", `{name: "`+name+`", namespace: "123"}`, 1)
		files, err := Render(clusterFrom(t, text), fixedSecrets())
		require.NoError(t, err, name)
		stream, err := Build(files)
		require.NoError(t, err, name)
		quoted := strings.Count(string(stream), `namespace: "123"`)
		assert.Equal(t, strings.Count(string(stream), "\nkind: ")+2, quoted, "each object and the two RoleBindings' subjects")
	}
}

func TestEscapeProperty(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"plain":      "plain",
		`C:\temp`:    `C:\\temp`,
		"grün":       `gr\u00FCn`,
		"🦙":          `\uD83E\uDD99`,
		"a=b: c # d": "a=b: c # d",
	} {
		assert.Equal(t, want, escapeProperty(text))
	}
}
