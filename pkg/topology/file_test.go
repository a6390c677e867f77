package topology

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, want string }{
		"nothing":            {"", "prod.yaml: the file is empty"},
		"a list":             {"- a\n- b\n", "prod.yaml:1: is not a NiFiCluster document"},
		"another kind":       {"apiVersion: apps/v1\nkind: Deployment\nspec: {template: {}}\n", "prod.yaml:2: kind: must be NiFiCluster"},
		"another group":      {strings.Replace(minimal, "kubectl-nifi.dev", "example.com", 1), "prod.yaml:1: apiVersion: must be kubectl-nifi.dev/v1alpha1"},
		"two documents":      {minimal + "---\n" + minimal, "more than one YAML document"},
		"broken YAML":        {"apiVersion: [", "prod.yaml: line 1"},
		"misspelt field":     {minimal + "  storage: {sise: 1Gi}\n", `prod.yaml:7: spec.storage.sise: no such field; did you mean "size"?`},
		"far-off field":      {minimal + "  zookeeper: yes\n", "spec.zookeeper: no such field; known here: auth, clusterDomain"},
		"wrong type":         {strings.Replace(minimal, "replicas: 3", "replicas: three", 1), "prod.yaml: line 5: cannot"},
		"the same key twice": {minimal + "  replicas: 4\n", "prod.yaml: line 7: mapping key \"replicas\" already defined"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse("prod.yaml", []byte(test.text))
			require.ErrorContains(t, err, test.want)
			assert.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestEditsKeepComments(t *testing.T) {
	t.Parallel()
	file, err := Parse("prod.yaml", []byte(`# Ours.
apiVersion: kubectl-nifi.dev/v1alpha1
kind: NiFiCluster
metadata:
  name: prod
spec:
  replicas: 3 # odd numbers elect faster
  version: "2.3.0"
  config: {sensitivePropsKey: 0123456789ab, maxThreads: 5}
`))
	require.NoError(t, err)
	file.Set(5, "spec", "replicas")
	file.Set("nifi", "metadata", "namespace")
	file.Set("true", "metadata", "annotations", AnnotationCreateNamespace)
	file.Remove("spec.config", "sensitivePropsKey")
	file.Remove("spec.nothing", "here")
	require.NoError(t, file.Decode())

	text, err := file.Bytes()
	require.NoError(t, err)
	assert.Equal(t, `# Ours.
apiVersion: kubectl-nifi.dev/v1alpha1
kind: NiFiCluster
metadata:
  name: prod
  namespace: nifi
  annotations:
    kubectl-nifi.dev/create-namespace: "true"
spec:
  replicas: 5 # odd numbers elect faster
  version: 2.3.0
  config: {maxThreads: 5}
`, strings.Replace(string(text), `"2.3.0"`, "2.3.0", 1))
	assert.Equal(t, 5, *file.Document.Spec.Replicas)
	c, err := Complete(file)
	require.NoError(t, err)
	assert.True(t, c.CreateNamespace)
	assert.Nil(t, c.SensitiveKeyRef)
}

func TestNewFileRoundTrips(t *testing.T) {
	t.Parallel()
	file := NewFile("prod")
	file.Set("nifi", "metadata", "namespace")
	file.Set(3, "spec", "replicas")
	file.Set("2.3.0", "spec", "version")
	text, err := file.Bytes()
	require.NoError(t, err)
	again, err := Parse("prod.yaml", text)
	require.NoError(t, err)
	c, err := Complete(again)
	require.NoError(t, err)
	assert.Equal(t, "prod-1.prod-nodes.nifi.svc.cluster.local", c.FQDN(c.Pod(1)))
	assert.Equal(t, "CN=prod-admin, OU=NIFI, O=nifi", c.AdminIdentity())
	assert.Equal(t, "prod-ca-2", c.CA(2))
	assert.Equal(t, "prod-ca", c.CA(1))
}

// FuzzParse holds that no input makes the parser or the rules panic, and that
// what they accept can be written and read again.
func FuzzParse(f *testing.F) {
	f.Add([]byte(minimal))
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte(minimal + "  overrides: {nifi.a: 1}\n  storage: {content: {size: 1Gi}}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := Parse("fuzz.yaml", text)
		if err != nil {
			return
		}
		if _, err := Complete(file); err != nil {
			return
		}
		out, err := file.Bytes()
		require.NoError(t, err)
		_, err = Parse("again.yaml", out)
		require.NoError(t, err)
	})
}
