package trust_test

import (
	"bytes"
	"crypto/sha1" // of the format
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

func FuzzKeystore(f *testing.F) { fuzzStore(f, trust.ReadKeystore) }

func FuzzTruststore(f *testing.F) { fuzzStore(f, trust.ReadTruststore) }

// fuzzStore feeds a reader of all formats. Whatever comes, it answers: with
// certificates that are whole, or with an error that says what is wrong.
func fuzzStore(f *testing.F, read func([]byte, string) ([]trust.Entry, error)) {
	for _, seed := range storeSeeds(f) {
		for _, data := range [][]byte{seed.data, seed.data[:len(seed.data)/3], seed.data[:len(seed.data)-1]} {
			f.Add(data, seed.password)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, password string) {
		for _, store := range []seed{{data, password}, {sealed(data), ""}} {
			entries, err := read(store.data, store.password)
			assert.Equal(t, err == nil, len(entries) > 0)
			if err != nil {
				assert.True(t, explained(err), "%v", err)
				assert.NotContains(t, err.Error(), "\n")
			}
			for _, entry := range entries {
				require.NotEmpty(t, entry.Chain)
				for _, c := range entry.Chain {
					require.NotNil(t, c.X509())
					require.Equal(t, trust.FingerprintOf(c.X509().Raw), c.Fingerprint)
				}
			}
		}
	})
}

// explained tells that an error is one of those that readers promise.
func explained(err error) bool {
	return slices.ContainsFunc([]error{
		trust.ErrTooLarge, trust.ErrFormat, trust.ErrUnsupported, trust.ErrPassword, trust.ErrDamaged, trust.ErrWrongKind,
	}, func(one error) bool { return errors.Is(err, one) })
}

// seed is a store and its password.
type seed struct {
	data     []byte
	password string
}

// storeSeeds are the stores of real tools, some without the digest or the
// encryption that would hide from the fuzzer what is behind it, and files whose
// lengths or numbers promise far more than there is.
func storeSeeds(f *testing.F) []seed {
	var seeds []seed
	for _, folder := range []string{"prod-0", "prod-2"} {
		keyPassword, trustPassword := passwords(f, folder)
		seeds = append(seeds, seed{file(f, folder+"/keystore.jks"), keyPassword}, seed{file(f, folder+"/truststore.jks"), trustPassword})
	}
	for _, name := range []string{"keystore.p12", "truststore.p12", "openssl-truststore.p12", "two-keys.p12", "ca.pem"} {
		seeds = append(seeds, seed{file(f, "keytool/"+name), "changeit"})
	}
	keyPassword, _ := passwords(f, "prod-3")
	seeds = append(seeds, seed{file(f, "prod-3/keystore.pkcs12"), keyPassword})

	ca := root(f, "CN=root")
	leaf := ca.issue(f, "leaf")
	naked, err := pkcs12.Passwordless.Encode(leaf.key, leaf.X509(), nil, "")
	require.NoError(f, err)
	nakedTrust, err := pkcs12.Passwordless.EncodeTrustStoreEntries([]pkcs12.TrustStoreEntry{{Cert: ca.X509(), FriendlyName: "ca"}, {Cert: ca.X509()}}, "")
	require.NoError(f, err)
	return append(seeds, seed{naked, ""}, seed{nakedTrust, ""},
		seed{p12Asking(f, pkcs12.Modern2026, 0), "changeit"},
		seed{[]byte("\xfe\xed\xfe\xed\x00\x00\x00\x02\xff\xff\xff\xff\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff"), ""},
		seed{append([]byte("\x30\x80"), bytes.Repeat([]byte("\x30\x80"), 64)...), ""},
	)
}

// sealed is a JKS file with the digest that goes with its content under an empty
// password, so that what is wrong inside isn't put down to the password.
func sealed(data []byte) []byte {
	if len(data) < sha1.Size || !bytes.HasPrefix(data, []byte{0xfe, 0xed, 0xfe, 0xed}) {
		return data
	}
	body := bytes.Clone(data[:len(data)-sha1.Size])
	digest := sha1.Sum(append([]byte("Mighty Aphrodite"), body...))
	return append(body, digest[:]...)
}
