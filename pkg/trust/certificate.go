package trust

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"time"
)

// Certificate is the facts of one X.509 certificate. One that NewCertificate
// did not make can be read and compared, but verifies nothing.
type Certificate struct {
	Fingerprint Fingerprint
	Subject     string // RFC 2253
	Issuer      string // RFC 2253; a name only: two issuers may bear the same
	Serial      string // hexadecimal
	NotBefore   time.Time
	NotAfter    time.Time
	DNSNames    []string
	IPs         []string
	Key         string   // algorithm and size: "RSA 2048", "ECDSA P-256", "Ed25519"
	Usages      []string // extended key usages: "serverAuth", "clientAuth"; none means any
	CA          bool

	parsed *x509.Certificate
}

// NewCertificate takes the facts of a parsed certificate.
func NewCertificate(c *x509.Certificate) Certificate {
	facts := Certificate{
		Fingerprint: FingerprintOf(c.Raw),
		Subject:     c.Subject.String(),
		Issuer:      c.Issuer.String(),
		Serial:      fmt.Sprintf("%x", c.SerialNumber),
		NotBefore:   c.NotBefore.UTC(),
		NotAfter:    c.NotAfter.UTC(),
		DNSNames:    c.DNSNames,
		Key:         keyOf(c),
		Usages:      usagesOf(c),
		CA:          c.IsCA,
		parsed:      c,
	}
	for _, ip := range c.IPAddresses {
		facts.IPs = append(facts.IPs, ip.String())
	}
	return facts
}

// NewChain is NewCertificate for each of a chain.
func NewChain(chain []*x509.Certificate) []Certificate {
	all := make([]Certificate, 0, len(chain))
	for _, c := range chain {
		all = append(all, NewCertificate(c))
	}
	return all
}

// ParseCertificate reads one certificate's DER.
func ParseCertificate(der []byte) (Certificate, error) {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return Certificate{}, fmt.Errorf("parsing a certificate: %w", err)
	}
	return NewCertificate(c), nil
}

// X509 is the certificate for crypto/x509; nil if NewCertificate did not make it.
func (c Certificate) X509() *x509.Certificate { return c.parsed }

// SelfIssued tells that subject and issuer have the same name, as a root's do.
func (c Certificate) SelfIssued() bool {
	return c.parsed != nil && bytes.Equal(c.parsed.RawSubject, c.parsed.RawIssuer)
}

// SignedBy tells that issuer's key signed c, whatever the names say.
func (c Certificate) SignedBy(issuer Certificate) bool {
	return c.parsed != nil && issuer.parsed != nil && c.parsed.CheckSignatureFrom(issuer.parsed) == nil
}

// Issuer finds whose key signed c among known; a root's issuer is itself.
func Issuer(c Certificate, known []Certificate) (Certificate, bool) {
	for _, candidate := range known {
		if c.SignedBy(candidate) {
			return candidate, true
		}
	}
	return Certificate{}, false
}

func keyOf(c *x509.Certificate) string {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", key.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + key.Curve.Params().Name
	case ed25519.PublicKey:
		return "Ed25519"
	default:
		return c.PublicKeyAlgorithm.String()
	}
}

// usagesOf names extended key usages as RFC 5280, section 4.2.1.12, does.
func usagesOf(c *x509.Certificate) []string {
	var names []string
	for _, usage := range c.ExtKeyUsage {
		switch usage {
		case x509.ExtKeyUsageAny:
			names = append(names, "any")
		case x509.ExtKeyUsageServerAuth:
			names = append(names, "serverAuth")
		case x509.ExtKeyUsageClientAuth:
			names = append(names, "clientAuth")
		default:
			names = append(names, fmt.Sprintf("other(%d)", usage))
		}
	}
	for _, id := range c.UnknownExtKeyUsage {
		names = append(names, id.String())
	}
	return names
}
