package trust_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/pavlo-v-chernykh/keystore-go/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// The roots of the files under testdata/tls-toolkit.
const (
	rootA = "63951f703c23b567af660b73c824578de87849e5e4a013c644db4d2edda0963f"
	rootB = "5698c42cba3476515e84185113eb823b9484b4259b72102a871ff50641798e5f"
)

func file(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata/tls-toolkit", path))
	require.NoError(t, err)
	return data
}

// passwords is what the toolkit wrote beside the stores.
func passwords(t testing.TB, folder string) (keystore, truststore string) {
	t.Helper()
	if folder == "keytool" {
		return "changeit", "changeit"
	}
	var config struct{ KeyStorePassword, TrustStorePassword string }
	require.NoError(t, json.Unmarshal(file(t, folder+"/config.json"), &config))
	return config.KeyStorePassword, config.TrustStorePassword
}

func TestStoresOfRealTools(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		folder, keystore, truststore string
		keystoreAlias, anchorAlias   string
		subject, root                string
	}{
		"toolkit JKS, root a":   {"prod-0", "keystore.jks", "truststore.jks", "nifi-key", "nifi-cert", "CN=prod-0,OU=NIFI", rootA},
		"toolkit JKS, root b":   {"prod-2", "keystore.jks", "truststore.jks", "nifi-key", "nifi-cert", "CN=prod-2,OU=NIFI", rootB},
		"toolkit PKCS12":        {"prod-3", "keystore.pkcs12", "truststore.jks", "nifi-key", "nifi-cert", "CN=prod-3,OU=NIFI", rootA},
		"keytool PKCS12":        {"keytool", "keystore.p12", "truststore.p12", "nifi-key", "", "CN=prod-0,OU=NIFI", rootA},
		"keytool PKCS12 by PEM": {"keytool", "keystore.p12", "ca.pem", "nifi-key", "", "CN=prod-0,OU=NIFI", rootA},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			keyPassword, trustPassword := passwords(t, test.folder)
			keys, err := trust.ReadKeystore(file(t, test.folder+"/"+test.keystore), keyPassword)
			require.NoError(t, err)
			require.Len(t, keys, 1)
			assert.Equal(t, test.keystoreAlias, keys[0].Alias)
			require.Len(t, keys[0].Chain, 2, "leaf and root")
			assert.Equal(t, test.subject, keys[0].Chain[0].Subject)
			assert.Equal(t, []string{"clientAuth", "serverAuth"}, keys[0].Chain[0].Usages)
			assert.Equal(t, "RSA 2048", keys[0].Chain[0].Key)
			assert.Equal(t, test.root, keys[0].Chain[1].Fingerprint.String())

			anchors, err := trust.ReadTruststore(file(t, test.folder+"/"+test.truststore), trustPassword)
			require.NoError(t, err)
			require.Len(t, anchors, 1)
			assert.Equal(t, test.anchorAlias, anchors[0].Alias)
			assert.Equal(t, test.root, anchors[0].Chain[0].Fingerprint.String())
			assert.Equal(t, "CN=localhost,OU=NIFI", anchors[0].Chain[0].Subject, "both roots bear one name")
		})
	}
}

func TestStoreErrors(t *testing.T) {
	t.Parallel()
	keyPassword, trustPassword := passwords(t, "prod-0")
	jks, p12, ca := file(t, "prod-0/keystore.jks"), file(t, "keytool/keystore.p12"), file(t, "keytool/ca.pem")
	cut := func(data []byte) []byte { return data[:len(data)/2] }
	flipped := bytes.Clone(jks)
	flipped[len(flipped)-1] ^= 1
	tests := map[string]struct {
		read     func([]byte, string) ([]trust.Entry, error)
		data     []byte
		password string
		is       error
		message  string
	}{
		"JKS, wrong password":         {trust.ReadKeystore, jks, "wrong", trust.ErrPassword, "wrong password, or the file is damaged"},
		"JKS, flipped bit":            {trust.ReadKeystore, flipped, keyPassword, trust.ErrPassword, "wrong password, or the file is damaged"},
		"JKS, truncated":              {trust.ReadKeystore, cut(jks), keyPassword, trust.ErrDamaged, ""},
		"JKS, magic only":             {trust.ReadKeystore, jks[:4], keyPassword, trust.ErrDamaged, "truncated or damaged"},
		"JKS keystore as trust":       {trust.ReadTruststore, jks, keyPassword, trust.ErrWrongKind, "not the kind of store that is wanted: it holds no trusted certificate; is it a keystore?"},
		"JKS truststore as key":       {trust.ReadKeystore, file(t, "prod-0/truststore.jks"), trustPassword, trust.ErrWrongKind, "not the kind of store that is wanted: it holds no private key; is it a truststore?"},
		"JCEKS":                       {trust.ReadKeystore, []byte{0xce, 0xce, 0xce, 0xce, 0}, "", trust.ErrFormat, ""},
		"PKCS12, wrong password":      {trust.ReadKeystore, p12, "wrong", trust.ErrPassword, "wrong password, or the file is damaged"},
		"PKCS12, wrong password2":     {trust.ReadTruststore, file(t, "keytool/truststore.p12"), "wrong", trust.ErrPassword, "wrong password, or the file is damaged"},
		"PKCS12, iterations of a MAC": {trust.ReadKeystore, p12Asking(t, pkcs12.Modern2023, 0), "changeit", trust.ErrDamaged, "truncated or damaged: it asks for more than 5000000 iterations"},
		"PKCS12, password of emoji":   {trust.ReadTruststore, file(t, "keytool/truststore.p12"), "🔑🔑🔑🔑", trust.ErrPassword, "wrong password, or the file is damaged"},
		"PKCS12, all of a file":       {trust.ReadTruststore, append(bytes.Clone(p12), 0), "changeit", trust.ErrDamaged, "truncated or damaged: error reading P12 data: pkcs12: trailing data found"},
		"PKCS12, truncated":           {trust.ReadKeystore, cut(p12), "changeit", trust.ErrDamaged, "truncated or damaged: no whole PKCS#12 structure"},
		"PKCS12 keystore as trust": {trust.ReadTruststore, p12, "changeit", trust.ErrWrongKind,
			"not the kind of store that is wanted: it holds a private key; of PKCS#12, trusted certificates are read from a file of their own"},
		"PKCS12 truststore as key": {trust.ReadKeystore, file(t, "keytool/truststore.p12"), "changeit", trust.ErrWrongKind,
			"not the kind of store that is wanted: it holds no private key; is it a truststore?"},
		"PKCS12 of openssl": {trust.ReadTruststore, file(t, "keytool/openssl-truststore.p12"), "changeit", trust.ErrWrongKind,
			"not the kind of store that is wanted: a certificate in it is not marked as trusted, so a JVM finds no anchor there; import it with keytool -importcert"},
		"PEM, truncated":  {trust.ReadTruststore, cut(ca), "", trust.ErrDamaged, "truncated or damaged: only 0 of 1 PEM certificates are whole"},
		"PEM, second cut": {trust.ReadTruststore, append(bytes.Clone(ca), cut(ca)...), "", trust.ErrDamaged, "truncated or damaged: only 1 of 2 PEM certificates are whole"},
		"PEM, key only":   {trust.ReadKeystore, []byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), "", trust.ErrWrongKind, "not the kind of store that is wanted: it holds no PEM certificate"},
		"PEM, nonsense":   {trust.ReadKeystore, []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "", trust.ErrDamaged, ""},
		"PKCS12, huge":    {trust.ReadTruststore, append([]byte{0x30, 0x84}, make([]byte, 2<<20)...), "", trust.ErrUnsupported, "unsupported PKCS#12: it is larger than 2 MiB"},
		"huge":            {trust.ReadKeystore, make([]byte, trust.MaxStore+1), "", trust.ErrTooLarge, "larger than 16 MiB, which no keystore is"},
		"text":            {trust.ReadTruststore, []byte("hello"), "", trust.ErrFormat, "neither PEM, PKCS#12 nor JKS"},
		"empty":           {trust.ReadTruststore, nil, "", trust.ErrFormat, "neither PEM, PKCS#12 nor JKS"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := test.read(test.data, test.password)
			require.ErrorIs(t, err, test.is)
			if test.message != "" {
				assert.Equal(t, test.message, err.Error())
			}
			assert.NotContains(t, err.Error(), "\n")
		})
	}
}

// TestAliasIsPrintable holds that an alias, which anybody who makes a store
// chooses, can't command a terminal.
func TestAliasIsPrintable(t *testing.T) {
	t.Parallel()
	store := keystore.New()
	content := keystore.Certificate{Type: "X.509", Content: root(t, "CN=root").X509().Raw}
	require.NoError(t, store.SetTrustedCertificateEntry("größer \x1b[31m\n\xff", keystore.TrustedCertificateEntry{CreationTime: now(), Certificate: content}))
	var out bytes.Buffer
	require.NoError(t, store.Store(&out, []byte("changeit")))
	anchors, err := trust.ReadTruststore(out.Bytes(), "changeit")
	require.NoError(t, err)
	assert.Equal(t, "größer \ufffd[31m\ufffd\ufffd", anchors[0].Alias)
}
