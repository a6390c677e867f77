package view_test

import (
	"context"
	"fmt"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// toolkitFiles is pods whose /certs hold what the tls-toolkit wrote.
type toolkitFiles struct {
	properties string
	deny       string // a file that nobody may read
	read       []string
}

func (f *toolkitFiles) ReadFile(_ context.Context, pod, container, file string) ([]byte, error) {
	f.read = append(f.read, container+":"+file)
	if file == f.deny {
		return nil, fmt.Errorf("reading %s in pod %q: %w", file, pod, view.ErrForbidden)
	}
	return os.ReadFile(path.Join("../trust/testdata/tls-toolkit", pod, path.Base(file)))
}

func (f *toolkitFiles) ReadLines(_ context.Context, _, container, file, prefix string) ([]byte, error) {
	f.read = append(f.read, container+":"+file+" "+prefix)
	return []byte(f.properties), nil
}

func toolkitStores() trust.Stores {
	at := func(file, key string) trust.Location {
		return trust.Location{Path: "/certs/" + file, Password: trust.Password{File: "/certs/config.json", Key: key}}
	}
	return trust.Stores{Container: "server", Keystore: at("keystore.jks", "keyStorePassword"), Truststore: at("truststore.jks", "trustStorePassword")}
}

const (
	rootA = "63951f703c23b567af660b73c824578de87849e5e4a013c644db4d2edda0963f"
	rootB = "5698c42cba3476515e84185113eb823b9484b4259b72102a871ff50641798e5f"
)

func TestReadStores(t *testing.T) {
	t.Parallel()
	for pod, root := range map[string]string{"prod-0": rootA, "prod-2": rootB} {
		files := &toolkitFiles{}
		s := view.ReadStores(t.Context(), files, toolkitStores(), pod, "nifi")
		require.Empty(t, s.Error)
		require.Len(t, s.Keystore, 1)
		assert.Equal(t, "nifi-key", s.Keystore[0].Alias)
		require.Len(t, s.Truststore, 1)
		assert.Equal(t, "nifi-cert", s.Truststore[0].Alias)
		assert.Equal(t, root, s.Truststore[0].Chain[0].Fingerprint.String())
		assert.Equal(t, []string{"server:/certs/keystore.jks", "server:/certs/config.json", "server:/certs/truststore.jks", "server:/certs/config.json"}, files.read)
	}
}

func TestReadStoresThatPropertiesName(t *testing.T) {
	t.Parallel()
	const store, passwords = "nifi.security.%[1]s=/certs/%[1]s.jks\nnifi.security.%[1]sPasswd=%[2]s\n", "../trust/testdata/tls-toolkit/prod-0/config.json"
	config, err := os.ReadFile(passwords)
	require.NoError(t, err)
	properties := ""
	for name, key := range map[string]string{"keystore": "keyStorePassword", "truststore": "trustStorePassword"} {
		password, err := trust.Password{File: passwords, Key: key}.In(config)
		require.NoError(t, err)
		properties += fmt.Sprintf(store, name, strings.ReplaceAll(password, `\`, `\\`))
	}
	files := &toolkitFiles{properties: properties}
	s := view.ReadStores(t.Context(), files, trust.Stores{}, "prod-0", "nifi")
	require.Empty(t, s.Error)
	assert.Equal(t, rootA, s.Truststore[0].Chain[0].Fingerprint.String())
	assert.Equal(t, "nifi:/opt/nifi/nifi-current/conf/nifi.properties nifi.security.", files.read[0])
	assert.NotContains(t, files.read, "nifi:/opt/nifi/nifi-current/conf/nifi.properties", "its other lines stay in the pod")
}

func TestReadStoresErrors(t *testing.T) {
	t.Parallel()
	wrong := toolkitStores()
	wrong.Keystore.Password.Key = "trustStorePassword"
	none := toolkitStores()
	none.Truststore.Password = trust.Password{}
	tests := map[string]struct {
		where trust.Stores
		deny  string
		want  string
		holds bool // its truststore is known
	}{
		"no right to exec":  {toolkitStores(), "/certs/keystore.jks", `reading /certs/keystore.jks in pod "prod-0": forbidden`, false},
		"wrong password":    {wrong, "", "reading /certs/keystore.jks: wrong password, or the file is damaged", true},
		"no password known": {none, "", "nobody has stated where the stores' passwords are", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := view.ReadStores(t.Context(), &toolkitFiles{deny: test.deny}, test.where, "prod-0", "nifi")
			assert.Equal(t, test.want, s.Error)
			assert.Equal(t, test.holds, s.Truststore != nil)
		})
	}
}

func TestStoresInTheMatrix(t *testing.T) {
	t.Parallel()
	var c view.Cluster
	for _, pod := range []string{"prod-0", "prod-1", "prod-2"} {
		s := view.ReadStores(t.Context(), &toolkitFiles{}, toolkitStores(), pod, "nifi")
		c.TLS = append(c.TLS, view.TLS{Pod: pod, Served: view.Served{Chain: s.Keystore[0].Chain}, Stores: &s})
	}
	c.Time = c.TLS[0].Served.Chain[0].NotBefore.AddDate(0, 1, 0)
	odd := c.Trust().OddOnes()
	require.Len(t, odd, 1, "%+v", c.Trust().Failures())
	assert.Equal(t, []string{"prod-2"}, odd[0].Nodes, "its root bears the others' name")
	assert.Equal(t, rootB, odd[0].Anchors[0].String())
	assert.False(t, c.TLS[0].Stale())
}
