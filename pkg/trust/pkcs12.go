package trust

import (
	"errors"
	"fmt"
	"strings"

	"software.sslmate.com/src/go-pkcs12"
)

// pkcs12Anchors reads the certificates that a JVM takes for trusted, which is
// those with an attribute that keytool sets (sun.security.pkcs12.PKCS12KeyStore,
// TrustedKeyUsage_OID). openssl sets it with -jdktrust only.
func pkcs12Anchors(data []byte, password string) ([]Entry, error) {
	if err := checkPKCS12(data); err != nil {
		return nil, err
	}
	anchors, err := pkcs12.DecodeTrustStore(data, password)
	if err != nil {
		if keys, err := pkcs12Keys(data, password); err == nil && len(keys) > 0 {
			return nil, fmt.Errorf("%w: it holds a private key; of PKCS#12, trusted certificates are read from a file of their own", ErrWrongKind)
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

// pkcs12Error tells a wrong password from a file that is damaged, and both from
// one that isn't understood.
func pkcs12Error(err error) error {
	var unsupported pkcs12.NotImplementedError
	reason := strings.TrimPrefix(err.Error(), "pkcs12: ")
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword), errors.Is(err, pkcs12.ErrDecryption), strings.Contains(reason, "UCS-2"): // no password has such characters
		return ErrPassword
	case errors.As(err, &unsupported):
		return fmt.Errorf("%w: %s", ErrUnsupported, reason)
	default:
		return fmt.Errorf("%w: %s", ErrDamaged, reason)
	}
}
