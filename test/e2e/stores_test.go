//go:build e2e

package e2e

import (
	"crypto"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// TestStoresInAJVM needs no cluster: what we write, this machine's keytool
// opens, and what it writes, we read.
func TestStoresInAJVM(t *testing.T) {
	_, err := exec.LookPath("keytool")
	require.NoError(t, err, "keytool is missing: install a JRE (Debian: default-jre-headless) and try again")
	t.Run("ours", testOurStores)
	t.Run("keytool's", testStoresOfKeytool)
}

func testOurStores(t *testing.T) {
	const password = "correct horse ~!"
	for name, how := range map[string]trust.Encoding{
		"JKS":            {Format: trust.JKS, Password: password, Created: time.Now()},
		"PKCS12":         {Format: trust.PKCS12, Password: password},
		"PKCS12, legacy": {Format: trust.PKCS12, Password: password, Legacy: true},
	} {
		for kind, newKey := range map[string]func(*testing.T) crypto.Signer{"RSA": newRSA, "EC": newEC} {
			t.Run(name+", "+kind, func(t *testing.T) {
				k := keytool{password: password}
				ca, next := issue(t, nil, "localhost", newKey), issue(t, nil, "localhost", newKey)
				client := issue(t, &ca, "client", newKey)
				data, err := trust.EncodeKeystore(client.key, []trust.Certificate{client.Certificate, ca.Certificate}, how)
				require.NoError(t, err)
				keystore := kept(t, data)
				alias := map[trust.Format]string{trust.JKS: "nifi-key", trust.PKCS12: "1"}[how.Format]
				assert.Equal(t, []jvmEntry{{alias, "PrivateKeyEntry", prints(client, ca)}}, k.list(t, keystore))
				k.must(t, "-certreq", "-keystore", keystore, "-alias", alias) // signs with the key

				data, err = trust.EncodeTruststore([]trust.Certificate{ca.Certificate, next.Certificate}, how)
				require.NoError(t, err)
				truststore := kept(t, data)
				assert.ElementsMatch(t, []jvmEntry{
					{"nifi-cert", "trustedCertEntry", prints(ca)}, {"nifi-cert-2", "trustedCertEntry", prints(next)},
				}, k.list(t, truststore))

				for _, store := range []string{keystore, truststore} {
					refused := keytool{password: "not the password"}.run(t, "-list", "-keystore", store)
					assert.NotZero(t, refused.code)
					assert.Contains(t, refused.out, "password was incorrect")
				}
			})
		}
	}
}

// testStoresOfKeytool has PKCS#12 passwords in ASCII, for keytool takes no other.
func testStoresOfKeytool(t *testing.T) {
	for password, format := range map[string]trust.Format{"pässwörd-ключ": trust.JKS, "correct horse ~!": trust.PKCS12} {
		t.Run(string(format), func(t *testing.T) {
			k := keytool{password: password}
			ca := issue(t, nil, "root", newEC)
			between := issue(t, &ca, "between", newRSA)
			keys := map[string]issued{"nifi-key": issue(t, &between, "node", newRSA), "schlüssel": issue(t, &between, "node", newEC)}
			keystore := filepath.Join(t.TempDir(), "keystore")
			for alias, key := range keys {
				k.importKey(t, keystore, format, alias, key, between, ca)
			}
			var want []trust.Entry
			for alias, key := range keys {
				want = append(want, trust.Entry{Alias: alias, Chain: []trust.Certificate{key.Certificate, between.Certificate, ca.Certificate}})
			}
			entries, err := trust.ReadKeystore(contentOf(t, keystore), password)
			require.NoError(t, err)
			assert.ElementsMatch(t, want, entries)

			truststore := filepath.Join(t.TempDir(), "truststore")
			want = nil
			for alias, anchor := range map[string]issued{"nifi-cert": ca, "größer": issue(t, nil, "root", newRSA), "третий": issue(t, nil, "third", newEC)} {
				k.must(t, "-importcert", "-noprompt", "-file", kept(t, anchor.X509().Raw), "-alias", alias, "-keystore", truststore, "-storetype", string(format))
				if format == trust.PKCS12 {
					alias = "" // its reader passes over it
				}
				want = append(want, trust.Entry{Alias: alias, Chain: []trust.Certificate{anchor.Certificate}})
			}
			entries, err = trust.ReadTruststore(contentOf(t, truststore), password)
			require.NoError(t, err)
			assert.ElementsMatch(t, want, entries)

			_, err = trust.ReadKeystore(contentOf(t, keystore), password+"!")
			require.ErrorIs(t, err, trust.ErrPassword)
			_, err = trust.ReadTruststore(contentOf(t, truststore), password+"!")
			require.ErrorIs(t, err, trust.ErrPassword)
		})
	}
}
