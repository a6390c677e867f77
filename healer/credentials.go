package healer

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// secretReader reads the data of a Secret.
type secretReader func(ctx context.Context, namespace, name string) (map[string][]byte, error)

// credentials is the healer's client certificate for one cluster and the one
// HTTP client that shows it. They are read again when somebody doubts them.
type credentials struct {
	read secretReader
	dial view.Dial

	mu      sync.Mutex
	doubted bool
	pair    tls.Certificate
	anchors []trust.Certificate
	pool    *http.Client
}

// doubt makes the next use read the Secrets again: a deep look does, so that a
// renewed certificate is noticed by itself, and a look at which no node took them.
func (c *credentials) doubt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.doubted = true
}

// close ends idle connections.
func (c *credentials) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pool != nil {
		c.pool.CloseIdleConnections()
	}
}

// dialer is the view.Credentials of a snapshot.
func (c *credentials) dialer(names topology.Names) view.Credentials {
	return func(ctx context.Context) (view.NodeDialer, error) {
		pool, _, err := c.load(ctx, names)
		if err != nil {
			return nil, err
		}
		return func(address string) (view.NodeClient, error) { return client(names, address, pool) }, nil
	}
}

func client(names topology.Names, address string, pool *http.Client) (*nifi.Client, error) {
	return nifi.NewClient(fmt.Sprintf("https://%s:%d", address, names.HTTPSPort()), pool)
}

// identity is who tries whether nodes accept it.
func (c *credentials) identity(names topology.Names) func(context.Context) (view.Identity, error) {
	return func(ctx context.Context) (view.Identity, error) {
		_, who, err := c.load(ctx, names)
		return who, err
	}
}

// load gives what is at hand, read anew if that is doubted.
func (c *credentials) load(ctx context.Context, names topology.Names) (*http.Client, view.Identity, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pool == nil || c.doubted {
		if err := c.reload(ctx, names); err != nil {
			return nil, view.Identity{}, err
		}
		c.doubted = false
	}
	return c.pool, view.Identity{Certificate: &c.pair, Anchors: c.anchors}, nil
}

// reload reads the Secrets, and makes a new client if they have changed.
func (c *credentials) reload(ctx context.Context, names topology.Names) error {
	data, err := c.read(ctx, names.Namespace, names.HealerSecret())
	if err != nil {
		return err
	}
	pair, err := tls.X509KeyPair(data["tls.crt"], data["tls.key"])
	if err != nil {
		return fmt.Errorf("reading Secret %q: %w", names.HealerSecret(), err)
	}
	anchors := anchorsOf(data["ca.crt"])
	published, err := c.read(ctx, names.Namespace, names.Trust())
	if err != nil && !errors.Is(err, view.ErrNotFound) && !errors.Is(err, view.ErrForbidden) {
		return err
	}
	for _, key := range sortedKeys(published) {
		anchors = append(anchors, anchorsOf(published[key])...)
	}
	if len(anchors) == 0 {
		return fmt.Errorf("reading ca.crt of Secret %q: there is no PEM certificate to verify NiFi's own by", names.HealerSecret())
	}
	if c.pool != nil && bytes.Equal(pair.Certificate[0], c.pair.Certificate[0]) && same(anchors, c.anchors) {
		return nil
	}
	if c.pool != nil {
		c.pool.CloseIdleConnections()
	}
	c.pair, c.anchors = pair, anchors
	c.pool = &http.Client{Transport: transport(configOf(pair, anchors), c.dial)}
	return nil
}

// transport keeps one connection to whom it asks every few seconds, and those of
// a deep look not for long. HTTP/2 would take more memory, and its pings aren't
// needed: each look has a deadline.
func transport(config *tls.Config, dial view.Dial) *http.Transport {
	t := nifi.NewTransport(config, dial)
	t.ForceAttemptHTTP2, t.HTTP2, t.Protocols = false, nil, new(http.Protocols)
	t.Protocols.SetHTTP1(true)
	t.IdleConnTimeout = 30 * time.Second
	return t
}

func configOf(pair tls.Certificate, anchors []trust.Certificate) *tls.Config {
	roots := x509.NewCertPool()
	for _, anchor := range anchors {
		roots.AddCert(anchor.X509())
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots, Certificates: []tls.Certificate{pair}}
}

// anchorsOf takes what is whole of a PEM file.
func anchorsOf(pem []byte) []trust.Certificate {
	anchors, _ := trust.ParsePEM(pem)
	return anchors
}

func same(a, b []trust.Certificate) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Fingerprint != b[i].Fingerprint {
			return false
		}
	}
	return true
}
