package trust

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// The aliases that a tls-toolkit gives
// (org.apache.nifi.toolkit.tls.standalone.TlsToolkitStandalone, NIFI_KEY and NIFI_CERT).
const (
	keyAlias    = "nifi-key"
	anchorAlias = "nifi-cert"
)

// ErrEncoding marks a store that can't be written as it is asked for.
var ErrEncoding = errors.New("no JVM could open such a store")

// Encoding is how a store is written.
type Encoding struct {
	Format   Format    // PKCS12 or JKS
	Legacy   bool      // of PKCS12: triple DES and SHA-1, which older software reads alone
	Password string    // of the store and of a key in it; printable ASCII
	Created  time.Time // when entries are said to be made; JKS alone has it
}

// EncodeKeystore writes a keystore with one key and its chain, leaf first. In
// JKS its alias is nifi-key; PKCS#12 gets none, which a JVM calls 1. Its errors
// are ErrEncoding, or say that the key is of a kind unknown to PKCS#8.
func EncodeKeystore(key crypto.PrivateKey, chain []Certificate, how Encoding) ([]byte, error) {
	if err := how.validate(chain); err != nil {
		return nil, err
	}
	if how.Format == JKS {
		return how.jksKeystore(key, chain)
	}
	return how.pkcs12().Encode(key, chain[0].X509(), x509s(chain[1:]), how.Password)
}

// EncodeTruststore writes a truststore in which a JVM finds these anchors: under
// the aliases nifi-cert, nifi-cert-2 and so on, and in PKCS#12 with the attribute
// that marks them (sun.security.pkcs12.PKCS12KeyStore, TrustedKeyUsage_OID). Its
// errors are ErrEncoding.
func EncodeTruststore(anchors []Certificate, how Encoding) ([]byte, error) {
	if err := how.validate(anchors); err != nil {
		return nil, err
	}
	if how.Format == JKS {
		return how.jksTruststore(anchors)
	}
	var entries []pkcs12.TrustStoreEntry
	for i, anchor := range anchors {
		entries = append(entries, pkcs12.TrustStoreEntry{Cert: anchor.X509(), FriendlyName: nthAlias(i)})
	}
	return how.pkcs12().EncodeTrustStoreEntries(entries, how.Password)
}

// nthAlias is the alias of an anchor, counted from 0.
func nthAlias(i int) string {
	if i == 0 {
		return anchorAlias
	}
	return fmt.Sprintf("%s-%d", anchorAlias, i+1)
}

// validate refuses what a JVM would not open. Of passwords of PKCS#12 it takes
// printable ASCII alone (com.sun.crypto.provider.PBEKey); JKS has the same rule
// here, so that a password does for both.
func (how Encoding) validate(certificates []Certificate) error {
	switch {
	case how.Format != PKCS12 && how.Format != JKS:
		return fmt.Errorf("%w: format %q is neither %s nor %s", ErrEncoding, how.Format, PKCS12, JKS)
	case slices.ContainsFunc([]rune(how.Password), func(r rune) bool { return r < ' ' || r > '~' }):
		return fmt.Errorf("%w: its password must be letters, digits and signs of ASCII", ErrEncoding)
	case len(certificates) == 0:
		return fmt.Errorf("%w: it has no certificate", ErrEncoding)
	case slices.ContainsFunc(certificates, func(c Certificate) bool { return c.X509() == nil }):
		return fmt.Errorf("%w: of a certificate only facts are known", ErrEncoding)
	}
	return nil
}

// pkcs12 encrypts with AES-256 and PBKDF2 (RFC 8018), or with triple DES.
func (how Encoding) pkcs12() *pkcs12.Encoder {
	if how.Legacy {
		return pkcs12.LegacyDES
	}
	return pkcs12.Modern2023
}

func x509s(certificates []Certificate) []*x509.Certificate {
	var all []*x509.Certificate
	for _, c := range certificates {
		all = append(all, c.X509())
	}
	return all
}
