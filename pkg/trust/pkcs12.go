package trust

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"strings"

	"software.sslmate.com/src/go-pkcs12"
)

// pkcs12Keys reads the one key entry that NiFi's stores have.
func pkcs12Keys(data []byte, password string) ([]Entry, error) {
	if err := checkPKCS12(data); err != nil {
		return nil, err
	}
	_, leaf, rest, err := pkcs12.DecodeChain(data, password)
	if err != nil {
		if _, trusted := pkcs12.DecodeTrustStore(data, password); trusted == nil {
			return nil, nil // it is a truststore
		}
		return nil, pkcs12Error(err)
	}
	return []Entry{{Chain: NewChain(append([]*x509.Certificate{leaf}, rest...))}}, nil
}

// pkcs12Anchors reads the certificates that a JVM takes for trusted, which is
// those with an attribute that keytool sets (sun.security.pkcs12.PKCS12KeyStore,
// TrustedKeyUsage_OID). openssl sets it with -jdktrust only.
func pkcs12Anchors(data []byte, password string) ([]Entry, error) {
	if err := checkPKCS12(data); err != nil {
		return nil, err
	}
	anchors, err := pkcs12.DecodeTrustStore(data, password)
	if err != nil {
		if _, _, _, key := pkcs12.DecodeChain(data, password); key == nil {
			return nil, nil // it is a keystore
		}
		if strings.Contains(err.Error(), "not marked as trusted") {
			return nil, fmt.Errorf("%w: a certificate in it is not marked as trusted, so a JVM finds no anchor there; import it with keytool -importcert", ErrWrongKind)
		}
		return nil, pkcs12Error(err)
	}
	var entries []Entry
	for _, anchor := range anchors {
		entries = append(entries, Entry{Chain: []Certificate{NewCertificate(anchor)}})
	}
	return entries, nil
}

// maxIterations is how often a password may have to be hashed: keytool asks for
// 10,000, openssl for 2,048, and a damaged file for minutes of work.
const maxIterations = 5_000_000

// pfx is the outermost part of a PKCS#12 file (RFC 7292, section 4).
type pfx struct {
	Version  int
	AuthSafe asn1.RawValue
	MacData  struct {
		Mac        asn1.RawValue
		Salt       []byte
		Iterations int `asn1:"optional,default:1"`
	} `asn1:"optional"`
}

// checkPKCS12 refuses a file that ends too early, or would take for ever.
func checkPKCS12(data []byte) error {
	var outer pfx
	if _, err := asn1.Unmarshal(data, &outer); err != nil {
		return fmt.Errorf("%w: no whole PKCS#12 structure", ErrDamaged)
	}
	if outer.MacData.Iterations > maxIterations {
		return fmt.Errorf("%w: it asks for %d iterations", ErrDamaged, outer.MacData.Iterations)
	}
	return nil
}

func pkcs12Error(err error) error {
	var unsupported pkcs12.NotImplementedError
	reason := strings.TrimPrefix(err.Error(), "pkcs12: ")
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword), errors.Is(err, pkcs12.ErrDecryption):
		return ErrPassword
	case errors.As(err, &unsupported):
		return fmt.Errorf("unsupported PKCS#12: %s", reason)
	default:
		return fmt.Errorf("%w: %s", ErrDamaged, reason)
	}
}
