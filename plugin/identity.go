package plugin

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// identity is who asks NiFi, and what its own certificate is verified by.
type identity struct {
	certificate *tls.Certificate
	token       string
	anchors     *x509.CertPool
	known       []trust.Certificate // the anchors one by one
}

// newIdentity refuses anchors that hold no certificate: every answer of NiFi
// is verified, always.
func newIdentity(certificate *tls.Certificate, token string, anchors []byte) (identity, error) {
	who := identity{certificate: certificate, token: token, anchors: x509.NewCertPool()}
	if !who.trust(anchors) {
		return identity{}, errors.New("there is no PEM certificate to verify NiFi's own by")
	}
	return who, nil
}

// trust adds the anchors of a PEM file, if it holds any.
func (i *identity) trust(anchors []byte) bool {
	known, _ := trust.ParsePEM(anchors) // of a damaged file, the pool takes what is whole
	i.known = append(i.known, known...)
	return i.anchors.AppendCertsFromPEM(anchors)
}

// secretIdentity is the first administrator, from the Secret that cert-manager
// keeps. Anchors published in the cluster's trust Secret count too, as they do
// for the nodes; that Secret may be absent or not for this person to read.
func secretIdentity(ctx context.Context, client *kube.Client, names topology.Names) (identity, error) {
	published := make(chan map[string][]byte, 1)
	go func() {
		data, _ := client.Secret(ctx, names.Namespace, names.Trust()) // without it, ca.crt below has to do
		published <- data
	}()
	who, err := identityIn(ctx, client, names, names.AdminSecret())
	if err != nil {
		return identity{}, err
	}
	for _, anchors := range <-published {
		who.trust(anchors)
	}
	return who, nil
}

// identityIn is who the client certificate in a Secret stands for.
func identityIn(ctx context.Context, client *kube.Client, names topology.Names, name string) (identity, error) {
	data, err := client.Secret(ctx, names.Namespace, name)
	if err != nil {
		return identity{}, fmt.Errorf("%w; %s", err, secretRemedy(err, names))
	}
	pair, err := tls.X509KeyPair(data["tls.crt"], data["tls.key"])
	if err != nil {
		return identity{}, fmt.Errorf("reading Secret %q: %w", name, err)
	}
	who, err := newIdentity(&pair, "", data["ca.crt"])
	if err != nil {
		return identity{}, fmt.Errorf("reading ca.crt of Secret %q: %w", name, err)
	}
	return who, nil
}

// secretRemedy is what to do about a Secret that can't be read.
func secretRemedy(err error, names topology.Names) string {
	const files = "pass --nifi-client-certificate, --nifi-client-key and --nifi-certificate-authority"
	switch {
	case errors.Is(err, view.ErrForbidden):
		return fmt.Sprintf("ask for the right to get it, or %s", files)
	case errors.Is(err, view.ErrNotFound) && names.Adopted():
		return fmt.Sprintf("name one that is there with --client-secret of kubectl nifi adopt, or %s", files)
	case errors.Is(err, view.ErrNotFound):
		return fmt.Sprintf("see kubectl describe certificate %s -n %s, or %s", names.AdminSecret(), names.Namespace, files)
	default:
		return files
	}
}

// equal tells that connections made for one identity serve the other.
func (i identity) equal(other identity) bool {
	return i.token == other.token && i.anchors.Equal(other.anchors) && bytes.Equal(i.leaf(), other.leaf())
}

// leaf is the DER of the client certificate; nil if there is none.
func (i identity) leaf() []byte {
	if i.certificate == nil {
		return nil
	}
	return i.certificate.Certificate[0]
}

// tls is the configuration of connections to NiFi.
func (i identity) tls() *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: i.anchors}
	if i.certificate != nil {
		config.Certificates = []tls.Certificate{*i.certificate}
	}
	return config
}

// authorize adds the bearer token, if that is the identity, to every request.
func (i identity) authorize(next http.RoundTripper) http.RoundTripper {
	if i.token == "" {
		return next
	}
	return bearer{token: i.token, next: next}
}

// bearer sends a token (RFC 6750, section 2.1).
type bearer struct {
	token string
	next  http.RoundTripper
}

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+b.token)
	return b.next.RoundTrip(r)
}
