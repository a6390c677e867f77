package nifitest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"
)

// CA is a certificate authority. Two CAs may bear the same name, as the old and
// the new root of a cluster do: only their keys and fingerprints differ.
type CA struct {
	Certificate *x509.Certificate
	key         crypto.Signer
}

// Leaf says what a certificate is for. The zero times mean ten years either side
// of now, so that neither the machine's clock nor a test's makes it expire.
type Leaf struct {
	Subject   pkix.Name
	DNSNames  []string
	NotBefore time.Time
	NotAfter  time.Time
}

// NewCA is a fresh root with this common name.
func NewCA(commonName string) (*CA, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making the key of CA %q: %w", commonName, err)
	}
	template := template(Leaf{Subject: pkix.Name{CommonName: commonName}})
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign
	template.ExtKeyUsage = nil
	root := &CA{Certificate: template, key: key}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("signing CA %q: %w", commonName, err)
	}
	root.Certificate, err = x509.ParseCertificate(der)
	return root, err
}

// Issue signs a certificate for both ends of a connection.
func (ca *CA) Issue(leaf Leaf) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("making the key of %q: %w", leaf.Subject, err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template(leaf), ca.Certificate, key.Public(), ca.key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("signing the certificate of %q: %w", leaf.Subject, err)
	}
	parsed, err := x509.ParseCertificate(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: parsed}, err
}

// PEM is the root as NiFi's truststore.certificate file has it.
func (ca *CA) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Certificate.Raw})
}

func template(leaf Leaf) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)) // rand.Reader never fails
	c := &x509.Certificate{
		SerialNumber: serial.Add(serial, big.NewInt(1)),
		Subject:      leaf.Subject,
		DNSNames:     leaf.DNSNames,
		NotBefore:    leaf.NotBefore,
		NotAfter:     leaf.NotAfter,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if c.NotBefore.IsZero() {
		c.NotBefore = time.Now().AddDate(-10, 0, 0)
	}
	if c.NotAfter.IsZero() {
		c.NotAfter = time.Now().AddDate(10, 0, 0)
	}
	return c
}

func pool(cas ...*CA) *x509.CertPool {
	p := x509.NewCertPool()
	for _, ca := range cas {
		p.AddCert(ca.Certificate)
	}
	return p
}
