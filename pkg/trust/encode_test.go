package trust_test

import (
	"bytes"
	"crypto/x509"
	"testing"

	"github.com/pavlo-v-chernykh/keystore-go/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

const encodingPassword = "correct horse ~!"

func encodings() map[string]trust.Encoding {
	return map[string]trust.Encoding{
		"JKS":            {Format: trust.JKS, Password: encodingPassword, Created: now()},
		"PKCS12":         {Format: trust.PKCS12, Password: encodingPassword},
		"PKCS12, legacy": {Format: trust.PKCS12, Legacy: true, Password: encodingPassword},
	}
}

func TestEncodedStores(t *testing.T) {
	t.Parallel()
	ca, next := root(t, "CN=localhost"), root(t, "CN=localhost")
	leaf := ca.issue(t, "leaf")
	for name, how := range encodings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := trust.EncodeKeystore(leaf.key, chain(leaf, ca), how)
			require.NoError(t, err)
			keys, err := trust.ReadKeystore(data, how.Password)
			require.NoError(t, err)
			require.Len(t, keys, 1)
			assert.Equal(t, trust.Fingerprints(chain(leaf, ca)), trust.Fingerprints(keys[0].Chain))
			_, err = trust.ReadTruststore(data, how.Password)
			require.ErrorIs(t, err, trust.ErrWrongKind, "nobody takes the client for an anchor")
			_, err = trust.ReadKeystore(data, how.Password+"!")
			require.ErrorIs(t, err, trust.ErrPassword)

			data, err = trust.EncodeTruststore(chain(ca, next), how)
			require.NoError(t, err)
			anchors, err := trust.ReadTruststore(data, how.Password)
			require.NoError(t, err)
			assert.Equal(t, trust.Fingerprints(chain(ca, next)), trust.Fingerprints(trust.Certificates(anchors)), "both, though they bear one name")
			_, err = trust.ReadKeystore(data, how.Password)
			require.ErrorIs(t, err, trust.ErrWrongKind)
		})
	}
}

// TestEncodedKey holds that the key in a store is the one that was given, under
// the store's own password.
func TestEncodedKey(t *testing.T) {
	t.Parallel()
	leaf := root(t, "CN=root").issue(t, "leaf")
	all := encodings()
	for _, name := range []string{"PKCS12", "PKCS12, legacy"} {
		data, err := trust.EncodeKeystore(leaf.key, chain(leaf), all[name])
		require.NoError(t, err)
		key, _, _, err := pkcs12.DecodeChain(data, encodingPassword)
		require.NoError(t, err)
		assert.True(t, leaf.key.Equal(key), name)
	}
	data, err := trust.EncodeKeystore(leaf.key, chain(leaf), all["JKS"])
	require.NoError(t, err)
	store := keystore.New()
	require.NoError(t, store.Load(bytes.NewReader(data), []byte(encodingPassword)))
	entry, err := store.GetPrivateKeyEntry("nifi-key", []byte(encodingPassword))
	require.NoError(t, err)
	assert.True(t, entry.CreationTime.Equal(now()))
	key, err := x509.ParsePKCS8PrivateKey(entry.PrivateKey)
	require.NoError(t, err)
	assert.True(t, leaf.key.Equal(key))
}

func TestEncodingErrors(t *testing.T) {
	t.Parallel()
	leaf := root(t, "CN=root").issue(t, "leaf")
	facts := leaf.Certificate
	tests := map[string]struct {
		change func(*trust.Encoding)
		chain  []trust.Certificate
		want   string
	}{
		"PEM":            {func(e *trust.Encoding) { e.Format = trust.PEM }, chain(leaf), `no JVM could open such a store: format "PEM" is neither PKCS12 nor JKS`},
		"umlaut":         {func(e *trust.Encoding) { e.Password = "pässwörd" }, chain(leaf), "no JVM could open such a store: its password must be letters, digits and signs of ASCII"},
		"tab":            {func(e *trust.Encoding) { e.Password = "pass\tword" }, chain(leaf), "no JVM could open such a store: its password must be letters, digits and signs of ASCII"},
		"no certificate": {func(*trust.Encoding) {}, nil, "no JVM could open such a store: it has no certificate"},
		"facts alone":    {func(*trust.Encoding) {}, []trust.Certificate{{Fingerprint: facts.Fingerprint}}, "no JVM could open such a store: of a certificate only facts are known"},
	}
	for name, test := range tests {
		for kind, how := range encodings() {
			t.Run(name+", "+kind, func(t *testing.T) {
				t.Parallel()
				test.change(&how)
				_, err := trust.EncodeKeystore(leaf.key, test.chain, how)
				require.ErrorIs(t, err, trust.ErrEncoding)
				assert.EqualError(t, err, test.want)
				_, err = trust.EncodeTruststore(test.chain, how)
				assert.EqualError(t, err, test.want)
			})
		}
	}
}

func TestPathOf(t *testing.T) {
	t.Parallel()
	ca, namesake, beside := root(t, "CN=localhost"), root(t, "CN=localhost"), root(t, "CN=beside")
	between := ca.issue(t, "between", authorized)
	leaf := between.issue(t, "leaf")
	tests := map[string]struct{ given, want []trust.Certificate }{
		"whole":          {chain(leaf, between, ca), chain(leaf, between, ca)},
		"root of many":   {chain(leaf, between, beside, namesake, ca), chain(leaf, between, ca)},
		"root twice":     {chain(leaf, between, ca, ca), chain(leaf, between, ca)},
		"gap":            {chain(leaf, ca), chain(leaf)},
		"leaf alone":     {chain(leaf), chain(leaf)},
		"root by itself": {chain(ca, ca, beside), chain(ca)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, trust.PathOf(test.given))
		})
	}
}
