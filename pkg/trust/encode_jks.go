package trust

import (
	"bytes"
	"crypto"
	"crypto/x509"

	"github.com/pavlo-v-chernykh/keystore-go/v4"
)

// jksKeystore writes the key as PKCS#8, encrypted by Sun's own SHA-1 stream
// (sun.security.provider.KeyProtector).
func (how Encoding) jksKeystore(key crypto.PrivateKey, chain []Certificate) ([]byte, error) {
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	entry := keystore.PrivateKeyEntry{CreationTime: how.Created, PrivateKey: plain}
	for _, c := range chain {
		entry.CertificateChain = append(entry.CertificateChain, jksCertificate(c))
	}
	store := keystore.New()
	if err := store.SetPrivateKeyEntry(keyAlias, entry, []byte(how.Password)); err != nil {
		return nil, err
	}
	return how.jks(store)
}

func (how Encoding) jksTruststore(anchors []Certificate) ([]byte, error) {
	store := keystore.New(keystore.WithOrderedAliases())
	for i, anchor := range anchors {
		entry := keystore.TrustedCertificateEntry{CreationTime: how.Created, Certificate: jksCertificate(anchor)}
		if err := store.SetTrustedCertificateEntry(nthAlias(i), entry); err != nil {
			return nil, err
		}
	}
	return how.jks(store)
}

func (how Encoding) jks(store keystore.KeyStore) ([]byte, error) {
	var out bytes.Buffer
	err := store.Store(&out, []byte(how.Password))
	return out.Bytes(), err
}

func jksCertificate(c Certificate) keystore.Certificate {
	return keystore.Certificate{Type: "X.509", Content: c.X509().Raw}
}
