package overlay

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// How long self-signed certificates last. Nobody renews them by himself.
const (
	rootLife = 10 * 365 * 24 * time.Hour
	leafLife = 825 * 24 * time.Hour // the most that browsers take of a private root
)

// Pair is a certificate and its key (PKCS#8), both PEM.
type Pair struct{ Certificate, Key []byte }

// WithCertificates has a root and a certificate for every node the cluster may
// grow to and for each client, of source self-signed. What is there is kept.
func (s Secrets) WithCertificates(c topology.Cluster, now time.Time) (Secrets, error) {
	if c.TLSSource != topology.SourceSelfSigned {
		return s, nil
	}
	if s.Root.Key == nil {
		root, err := newRoot(c, now)
		if err != nil {
			return Secrets{}, fmt.Errorf("making the root: %w", err)
		}
		s.Root = root
	}
	s.Pairs = maps.Clone(s.Pairs)
	if s.Pairs == nil {
		s.Pairs = map[string]Pair{}
	}
	v := values{Cluster: c}
	for _, one := range v.NodeCertificates() {
		if err := s.issue(c, one, now, x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth); err != nil {
			return Secrets{}, err
		}
	}
	for _, one := range v.ClientCertificates() {
		if err := s.issue(c, one, now, x509.ExtKeyUsageClientAuth); err != nil {
			return Secrets{}, err
		}
	}
	return s, nil
}

// issue makes a pair that isn't there yet.
func (s Secrets) issue(c topology.Cluster, one certificate, now time.Time, usages ...x509.ExtKeyUsage) error {
	if _, there := s.Pairs[one.Secret]; there {
		return nil
	}
	root, signer, err := s.Root.parse()
	if err != nil {
		return fmt.Errorf("reading the root in %s: %w", secretsFolder, err)
	}
	template := &x509.Certificate{
		Subject: subjectOf(c, one.CommonName), DNSNames: one.DNSNames, NotBefore: now.Add(-time.Minute), NotAfter: now.Add(leafLife),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, ExtKeyUsage: usages,
	}
	pair, err := sign(template, root, signer)
	if err != nil {
		return fmt.Errorf("issuing %s: %w", one.Secret, err)
	}
	s.Pairs[one.Secret] = pair
	return nil
}

func newRoot(c topology.Cluster, now time.Time) (Pair, error) {
	return sign(&x509.Certificate{
		Subject: subjectOf(c, c.CA(1)), NotBefore: now.Add(-time.Minute), NotAfter: now.Add(rootLife),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}, nil, nil)
}

func subjectOf(c topology.Cluster, commonName string) pkix.Name {
	return pkix.Name{CommonName: commonName, OrganizationalUnit: []string{"NIFI"}, Organization: []string{c.Namespace}}
}

// sign makes a key and a certificate of it; without a signer it signs itself.
func sign(template, parent *x509.Certificate, signer any) (Pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, err
	}
	if parent == nil {
		parent, signer = template, key
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)); err != nil {
		return Pair{}, err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		return Pair{}, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return Pair{}, err
	}
	return Pair{
		Certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		Key:         pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
	}, nil
}

func (p Pair) parse() (*x509.Certificate, any, error) {
	certificate, _ := pem.Decode(p.Certificate)
	key, _ := pem.Decode(p.Key)
	if certificate == nil || key == nil {
		return nil, nil, errors.New("it is no PEM")
	}
	signer, err := x509.ParsePKCS8PrivateKey(key.Bytes)
	if err != nil {
		return nil, nil, err
	}
	root, err := x509.ParseCertificate(certificate.Bytes)
	return root, signer, err
}

// SelfSigned tells that the overlay brings certificates of its own.
func (v values) SelfSigned() bool { return v.TLSSource == topology.SourceSelfSigned }

// SelfSignedSecrets names the Secrets of those.
func (v values) SelfSignedSecrets() []string {
	var names []string
	for _, one := range append(v.NodeCertificates(), v.ClientCertificates()...) {
		names = append(names, one.Secret)
	}
	return names
}
