package trust_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// TestPKCS12Effort holds that no part of a file can have us hash a password for
// minutes, whatever its tag says, and that what tools ask for is allowed.
func TestPKCS12Effort(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		encoder *pkcs12.Encoder
		parts   int
	}{
		"PBES2":            {pkcs12.Modern2023, 3},
		"PBES2 and PBMAC1": {pkcs12.Modern2026, 3},
		"triple DES":       {pkcs12.LegacyDES, 3},
		"RC2":              {pkcs12.LegacyRC2, 3},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := trust.ReadKeystore(p12Of(t, test.encoder.WithIterations(modest)), "changeit")
			require.NoError(t, err)
			for part := range test.parts {
				for _, read := range []func([]byte, string) ([]trust.Entry, error){trust.ReadKeystore, trust.ReadTruststore} {
					_, err := read(p12Asking(t, test.encoder, part), "changeit")
					require.ErrorIs(t, err, trust.ErrDamaged)
					assert.EqualError(t, err, "truncated or damaged: it asks for more than 5000000 iterations")
				}
			}
		})
	}
}

// modest is a number of iterations with three bytes in DER, as hours of them have.
const modest = 0x011170

// p12Of is a keystore with one key and its root.
func p12Of(t testing.TB, encoder *pkcs12.Encoder) []byte {
	t.Helper()
	ca := root(t, "CN=root")
	leaf := ca.issue(t, "leaf")
	data, err := encoder.Encode(leaf.key, leaf.X509(), []*x509.Certificate{ca.X509()}, "changeit")
	require.NoError(t, err)
	return data
}

// p12Asking is one whose part, the certificates, the key or the MAC, asks for
// more iterations than are allowed.
func p12Asking(t testing.TB, encoder *pkcs12.Encoder, part int) []byte {
	t.Helper()
	data := p12Of(t, encoder.WithIterations(modest))
	number := []byte{0x02, 0x03, modest >> 16, modest >> 8 & 0xff, modest & 0xff}
	at := 0
	for range part + 1 {
		found := bytes.Index(data[at:], number)
		require.NotEqual(t, -1, found, "a number of iterations in the file")
		at += found + len(number)
	}
	data[at-3] = 0x7f
	return data
}

// TestPKCS12Leaf holds that the leaf is the key's, wherever in the file it is.
func TestPKCS12Leaf(t *testing.T) {
	t.Parallel()
	ca := root(t, "CN=root")
	between := ca.issue(t, "between", authorized)
	leaf := between.issue(t, "leaf")
	beside := root(t, "CN=beside")
	for name, certificates := range map[string][]*x509.Certificate{
		"in order":      {leaf.X509(), between.X509(), ca.X509()},
		"root first":    {ca.X509(), between.X509(), leaf.X509()},
		"one too many":  {beside.X509(), leaf.X509(), ca.X509(), between.X509()},
		"leaf repeated": {leaf.X509(), between.X509(), leaf.X509(), ca.X509()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := pkcs12.Passwordless.Encode(leaf.key, certificates[0], certificates[1:], "")
			require.NoError(t, err)
			keys, err := trust.ReadKeystore(data, "")
			require.NoError(t, err)
			require.Len(t, keys, 1)
			assert.Equal(t, trust.Fingerprints(chain(leaf, between, ca)), trust.Fingerprints(keys[0].Chain))
		})
	}
}

// TestPKCS12OfAnUnluckyKey holds that a key whose bytes read like a salt and a huge
// number of iterations is a key.
func TestPKCS12OfAnUnluckyKey(t *testing.T) {
	t.Parallel()
	scalar := append([]byte{asn1.TagOctetString, 1, 0, asn1.TagInteger, 5}, bytes.Repeat([]byte{0x7f}, 27)...)
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "unlucky"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	data, err := pkcs12.Passwordless.Encode(key, certificate, nil, "")
	require.NoError(t, err)
	keys, err := trust.ReadKeystore(data, "")
	require.NoError(t, err)
	require.Len(t, keys, 1)
	assert.Equal(t, "CN=unlucky", keys[0].Chain[0].Subject)
}

func TestPKCS12OfSeveralKeys(t *testing.T) {
	t.Parallel()
	data := file(t, "keytool/two-keys.p12")
	keys, err := trust.ReadKeystore(data, "changeit")
	require.NoError(t, err)
	subjects := map[string]string{}
	for _, key := range keys {
		require.Len(t, key.Chain, 1)
		subjects[key.Alias] = key.Chain[0].Subject
	}
	assert.Equal(t, map[string]string{"nifi-key": "CN=one", "ключ": "CN=two"}, subjects)
	_, err = trust.ReadTruststore(data, "changeit")
	require.ErrorIs(t, err, trust.ErrWrongKind)
}
