package nifica

import (
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
)

// Proof shows that its maker knows the token: HMAC-SHA256 over the key
// identifier of a public key (TlsHelper.calculateHMac). That identifier is a
// SHA-1 (RFC 5280, 4.2.1.2), which is what the toolkit wants.
func Proof(token string, public any) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, err
	}
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(der, &info); err != nil {
		return nil, err
	}
	identifier := sha1.Sum(info.Key.Bytes)
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write(identifier[:])
	return mac.Sum(nil), nil
}

// rootOf is the only certificate that an authority serves: its own root, under
// the name it is known by.
func (c Client) rootOf(chain []*x509.Certificate) (*x509.Certificate, error) {
	if len(chain) != 1 {
		return nil, fmt.Errorf("it serves %d certificates, want its root alone", len(chain))
	}
	root := chain[0]
	if root.Subject.CommonName != c.Name {
		return nil, fmt.Errorf("it serves a root of %q, want %q", root.Subject.CommonName, c.Name)
	}
	return root, root.CheckSignature(root.SignatureAlgorithm, root.RawTBSCertificate, root.Signature)
}

// accept takes a certificate from whoever knows the token, if it is of this key
// and signed by the root that was served.
func (c Client) accept(said answer, root *x509.Certificate, key *ecdsa.PrivateKey) (*x509.Certificate, error) {
	want, err := Proof(c.Token, root.PublicKey)
	if err != nil {
		return nil, err
	}
	if !hmac.Equal(want, said.HMAC) {
		return nil, ErrImpostor
	}
	block, _ := pem.Decode([]byte(said.Certificate))
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("its answer holds no certificate")
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("reading its certificate: %w", err)
	}
	if err := leaf.CheckSignatureFrom(root); err != nil {
		return nil, fmt.Errorf("its certificate isn't signed by its root: %w", err)
	}
	if !key.PublicKey.Equal(leaf.PublicKey) {
		return nil, errors.New("its certificate is of another key")
	}
	return leaf, nil
}

// rawSubject writes the attributes in this order; the toolkit turns them round.
func rawSubject(subject []pkix.AttributeTypeAndValue) ([]byte, error) {
	var name pkix.RDNSequence
	for _, attribute := range subject {
		name = append(name, pkix.RelativeDistinguishedNameSET{attribute})
	}
	return asn1.Marshal(name)
}

// Subject is the attributes of a certificate of the namespace, in the order
// that Issue wants.
func Subject(commonName, namespace string) []pkix.AttributeTypeAndValue {
	return []pkix.AttributeTypeAndValue{
		{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: commonName},
		{Type: asn1.ObjectIdentifier{2, 5, 4, 11}, Value: "NIFI"},
		{Type: asn1.ObjectIdentifier{2, 5, 4, 10}, Value: namespace},
	}
}
