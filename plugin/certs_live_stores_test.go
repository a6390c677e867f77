package plugin

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view/certsv1"
)

func TestCertsOfStores(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		stage func(t *testing.T, w *certsWorld)
		code  int
	}{
		"stores-well":   {code: 0},
		"stores-remade": {code: 1, stage: func(t *testing.T, w *certsWorld) { w.remade(t) }},
		"stores-no-exec": {code: 1, stage: func(t *testing.T, w *certsWorld) {
			w.remade(t)
			for ordinal := range 3 {
				w.api.Deny(w.path("api/v1", "pods", w.names.Pod(ordinal)) + "/exec")
			}
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStoresWorld(t)
			if test.stage != nil {
				test.stage(t, w)
			}
			got := w.run(t, "certs", "prod")
			assert.Equal(t, test.code, got.code)
			assert.NotContains(t, got.stdout+got.stderr, storePassword)
			assertGolden(t, filepath.Join("certs", name+".golden"), w.masked(got))
		})
	}
}

func TestCertsStoresDocument(t *testing.T) {
	t.Parallel()
	w := newStoresWorld(t)
	other := w.remade(t)
	got := w.run(t, "certs", "prod", "-o", "json")
	assert.NotContains(t, got.stdout, storePassword)
	assert.NotContains(t, got.stdout, "PRIVATE KEY")
	var document certsv1.ClusterCertificates
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &document))
	odd := document.Pods[2]
	require.NotNil(t, odd.Stores)
	require.Len(t, odd.Stores.Keystore, 1)
	assert.Equal(t, trust.FingerprintOf(w.served[2].Leaf.Raw), odd.Stores.Keystore[0].Chain[0].SHA256)
	require.Len(t, odd.Stores.Truststore, 1)
	assert.Equal(t, trust.FingerprintOf(other.Certificate.Raw), odd.Stores.Truststore[0].Certificate.SHA256)
	assert.Equal(t, []string{"prod-2"}, document.Trust.OddOnes[0].Nodes)
}

func TestCertsReadsStoresBesideSyncOnlyIfAsked(t *testing.T) {
	t.Parallel()
	w := newCertsWorld(t)
	w.run(t, "certs", "prod")
	assert.Empty(t, w.api.Execs())
	w.run(t, "certs", "prod", "--stores")
	assert.Len(t, w.api.Execs(), 3, "where they are, each pod's nifi.properties says")
}
