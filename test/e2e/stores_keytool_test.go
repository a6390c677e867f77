//go:build e2e

package e2e

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// keytool is the JDK's, working on stores with one password.
type keytool struct{ password string }

func (k keytool) run(t *testing.T, args ...string) result {
	t.Helper()
	t.Setenv("LC_ALL", "C.UTF-8") // how it reads aliases and the password
	t.Setenv("STORE_PASSWORD", k.password)
	return run(t, "keytool", append(args, "-storepass:env", "STORE_PASSWORD")...)
}

// must demands success.
func (k keytool) must(t *testing.T, args ...string) string {
	t.Helper()
	r := k.run(t, args...)
	require.Zero(t, r.code, "keytool %s: %s%s", strings.Join(args, " "), r.out, r.errOut)
	return r.out
}

// jvmEntry is an entry of a store as a JVM sees it.
type jvmEntry struct {
	alias, kind string
	chain       []trust.Fingerprint
}

func (k keytool) list(t *testing.T, store string) []jvmEntry {
	t.Helper()
	var entries []jvmEntry
	for line := range strings.Lines(k.must(t, "-list", "-v", "-keystore", store)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if name == "Alias name" {
			entries = append(entries, jvmEntry{alias: value})
			continue
		}
		if len(entries) == 0 {
			continue
		}
		entry := &entries[len(entries)-1]
		switch name {
		case "Entry type":
			entry.kind = value
		case "SHA256":
			fingerprint, err := trust.ParseFingerprint(strings.ReplaceAll(value, ":", ""))
			require.NoError(t, err)
			entry.chain = append(entry.chain, fingerprint)
		}
	}
	return entries
}

// importKey has keytool add a key and its chain to a store of its own making.
func (k keytool) importKey(t *testing.T, store string, format trust.Format, alias string, key issued, issuers ...issued) {
	t.Helper()
	chain := []trust.Certificate{key.Certificate}
	for _, issuer := range issuers {
		chain = append(chain, issuer.Certificate)
	}
	data, err := trust.EncodeKeystore(key.key, chain, trust.Encoding{Format: trust.PKCS12, Password: "changeit"})
	require.NoError(t, err)
	k.must(t, "-importkeystore", "-srckeystore", kept(t, data), "-srcstoretype", "PKCS12", "-srcstorepass", "changeit", "-srcalias", "1",
		"-destkeystore", store, "-deststoretype", string(format), "-destalias", alias)
}

// kept writes a file.
func kept(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

func contentOf(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}

// issued is a certificate and its key.
type issued struct {
	trust.Certificate
	key crypto.Signer
}

func prints(all ...issued) []trust.Fingerprint {
	var fingerprints []trust.Fingerprint
	for _, one := range all {
		fingerprints = append(fingerprints, one.Fingerprint)
	}
	return fingerprints
}

func newRSA(t *testing.T) crypto.Signer {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	return key
}

func newEC(t *testing.T) crypto.Signer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return key
}

// issue signs a certificate that may sign others; without an issuer, a root.
func issue(t *testing.T, issuer *issued, name string, newKey func(*testing.T) crypto.Signer) issued {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name, OrganizationalUnit: []string{"NIFI"}},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	parent, signer := template, key
	if issuer != nil {
		parent, signer = issuer.X509(), issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	require.NoError(t, err)
	c, err := trust.ParseCertificate(der)
	require.NoError(t, err)
	return issued{c, key}
}
