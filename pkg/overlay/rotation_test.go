package overlay

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRootIsWhatTheOverlayHas: else the next apply would change it.
func TestRootIsWhatTheOverlayHas(t *testing.T) {
	t.Parallel()
	cluster := clusterFrom(t, document("  tls: {caGeneration: 2}\n"))
	files, err := Render(cluster, fixedSecrets())
	require.NoError(t, err)
	stream, err := Build(files)
	require.NoError(t, err)
	whole := map[string]json.RawMessage{}
	manifests, err := objectsOf(stream)
	require.NoError(t, err)
	for _, manifest := range manifests {
		whole[key(t, manifest)] = manifest
	}

	made, err := Root(cluster.Names, 2)
	require.NoError(t, err)
	require.Len(t, made, 3)
	for _, manifest := range made {
		assert.JSONEq(t, string(whole[key(t, manifest)]), string(manifest))
	}
	assert.Contains(t, whole, "Issuer/prod-ca-2")
	assert.NotContains(t, whole, "Issuer/prod-ca")
}

func key(t *testing.T, manifest json.RawMessage) string {
	t.Helper()
	var object struct {
		Kind     string
		Metadata struct{ Name, Namespace string }
	}
	require.NoError(t, json.Unmarshal(manifest, &object))
	return object.Kind + "/" + object.Metadata.Name
}

// TestProbeIsNobody: its name is no NiFi user, and it can't serve.
func TestProbeIsNobody(t *testing.T) {
	t.Parallel()
	names := clusterFrom(t, document("")).Names
	manifest, err := Probe(names, "ClusterIssuer", "company")
	require.NoError(t, err)
	var probe struct {
		Metadata struct{ Name, Namespace string }
		Spec     struct {
			CommonName, SecretName string
			Usages                 []string
			IssuerRef              struct{ Kind, Name string }
		}
	}
	require.NoError(t, json.Unmarshal(manifest, &probe))
	assert.Equal(t, names.RotationSecret(), probe.Spec.SecretName)
	assert.Equal(t, names.Namespace, probe.Metadata.Namespace)
	assert.NotContains(t, probe.Spec.Usages, "server auth")
	assert.Equal(t, "ClusterIssuer/company", probe.Spec.IssuerRef.Kind+"/"+probe.Spec.IssuerRef.Name)
	files, err := Render(clusterFrom(t, document("")), fixedSecrets())
	require.NoError(t, err)
	for name, content := range files {
		assert.NotContains(t, string(content), probe.Spec.CommonName+",", name)
	}
}
