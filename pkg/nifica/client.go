// Package nifica asks the tls-toolkit's certificate authority for certificates,
// as the toolkit's own client does (TlsCertificateSigningRequestPerformer).
package nifica

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
)

// maxAnswer is more than any answer has.
const maxAnswer = 1 << 20

// ErrImpostor says that whoever answered doesn't know the token.
var ErrImpostor = errors.New("whoever answered doesn't have the token of the certificate authority")

// Client asks one authority.
type Client struct {
	Dial    func(ctx context.Context, network, address string) (net.Conn, error)
	Address string // "<host>:<port>"
	Name    string // the common name of its root, its caHostname
	Token   string
}

// Pair is a new key and what the authority made of it.
type Pair struct {
	Key  *ecdsa.PrivateKey
	Leaf *x509.Certificate
	Root *x509.Certificate
}

// request and answer are TlsCertificateAuthorityRequest and -Response.
type request struct {
	HMAC []byte `json:"hmac"`
	CSR  string `json:"csr"`
}

type answer struct {
	HMAC        []byte `json:"hmac"`
	Certificate string `json:"pemEncodedCertificate"`
	Error       string `json:"error"`
}

// Issue asks for a certificate of a new key. The attributes of the subject are
// given as NiFi prints them, the common name first. The toolkit demands a DNS
// name and makes the common name one.
func (c Client) Issue(ctx context.Context, subject []pkix.AttributeTypeAndValue) (Pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, fmt.Errorf("making a key: %w", err)
	}
	body, err := c.request(key, subject)
	if err != nil {
		return Pair{}, fmt.Errorf("making a certificate request: %w", err)
	}
	said, root, err := c.ask(ctx, body)
	if err != nil {
		return Pair{}, fmt.Errorf("asking %s for a certificate: %w", c.Name, err)
	}
	leaf, err := c.accept(said, root, key)
	if err != nil {
		return Pair{}, fmt.Errorf("asking %s for a certificate: %w", c.Name, err)
	}
	return Pair{Key: key, Leaf: leaf, Root: root}, nil
}

// request is a signing request with the proof that whoever made it knows the
// token.
func (c Client) request(key *ecdsa.PrivateKey, subject []pkix.AttributeTypeAndValue) ([]byte, error) {
	raw, err := rawSubject(subject)
	if err != nil {
		return nil, err
	}
	name, _ := subject[0].Value.(string)
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{RawSubject: raw, DNSNames: []string{name}}, key)
	if err != nil {
		return nil, err
	}
	proof, err := Proof(c.Token, &key.PublicKey)
	if err != nil {
		return nil, err
	}
	return json.Marshal(request{proof, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: csr}))})
}

// ask sends a request. The root that the authority shows is as good as the
// proof in its answer: nothing that was sent is of use to an impostor.
func (c Client) ask(ctx context.Context, body []byte) (answer, *x509.Certificate, error) {
	var root *x509.Certificate
	transport := &http.Transport{DialContext: c.Dial, DisableKeepAlives: true, TLSClientConfig: &tls.Config{
		ServerName: c.Name, MinVersion: tls.VersionTLS12,
		InsecureSkipVerify: true, // the root itself is served, and it is proven by the token: VerifyConnection, accept
		VerifyConnection: func(state tls.ConnectionState) (err error) {
			root, err = c.rootOf(state.PeerCertificates)
			return err
		},
	}}
	post, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+c.Address+"/", bytes.NewReader(body))
	if err != nil {
		return answer{}, nil, err
	}
	response, err := transport.RoundTrip(post)
	if err != nil {
		return answer{}, nil, err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return answer{}, nil, err
	}
	var said answer
	if err := json.Unmarshal(raw, &said); err != nil {
		return answer{}, nil, fmt.Errorf("%s, and no answer that can be read", response.Status)
	}
	if response.StatusCode == http.StatusForbidden {
		return answer{}, nil, errors.New("it refuses the token: its pod has another one than the Secret, and takes it over when it restarts")
	}
	if response.StatusCode != http.StatusOK {
		return answer{}, nil, fmt.Errorf("%s: %s", response.Status, said.Error)
	}
	return said, root, nil
}
