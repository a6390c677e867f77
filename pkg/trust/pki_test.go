package trust_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// now is the time of every judgement in these tests.
func now() time.Time { return time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC) }

// authority is a CA of these tests.
type authority struct {
	trust.Certificate
	key *ecdsa.PrivateKey
}

// root is a new root with this name: two of one name differ by key alone.
func root(t testing.TB, name string, changes ...func(*x509.Certificate)) authority {
	return sign(t, name, nil, append([]func(*x509.Certificate){authorized}, changes...)...)
}

// issue signs a certificate that is good for both ends of a connection.
func (a authority) issue(t testing.TB, name string, changes ...func(*x509.Certificate)) authority {
	return sign(t, name, &a, changes...)
}

func sign(t testing.TB, name string, issuer *authority, changes ...func(*x509.Certificate)) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name + ".example"},
		NotBefore: now().AddDate(-1, 0, 0), NotAfter: now().AddDate(1, 0, 0),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	for _, change := range changes {
		change(template)
	}
	parent, signer := template, key
	if issuer != nil {
		parent, signer = issuer.X509(), issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	require.NoError(t, err)
	c, err := trust.ParseCertificate(der)
	require.NoError(t, err)
	return authority{c, key}
}

func authorized(c *x509.Certificate) {
	c.IsCA, c.BasicConstraintsValid, c.KeyUsage, c.ExtKeyUsage, c.DNSNames = true, true, x509.KeyUsageCertSign, nil, nil
}

func expired(c *x509.Certificate) { c.NotAfter = now().Add(-time.Hour) }

func future(c *x509.Certificate) { c.NotBefore = now().Add(time.Hour) }

func serverOnly(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }

// chain is certificates as a node serves them.
func chain(all ...authority) []trust.Certificate {
	var certificates []trust.Certificate
	for _, a := range all {
		certificates = append(certificates, a.Certificate)
	}
	return certificates
}
