package nifitest

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// Node is one NiFi node: a TLS server with its own certificate.
type Node struct {
	cluster *Cluster
	member  *member
	fqdn    string
	server  *httptest.Server
	gate    *gate

	// Under the cluster's lock.
	certificate tls.Certificate
	trusted     []*CA
	fault       Fault
	tokens      map[string]string // bearer token to identity
	used, total int64             // bytes of the volume
	stopped     bool              // it has no process
}

// FQDN is the node's name in DNS, in its certificate and in its cluster.
func (n *Node) FQDN() string { return n.fqdn }

// URL is the node's base address for nifi.NewClient.
func (n *Node) URL() string {
	return "https://" + net.JoinHostPort(n.fqdn, strconv.Itoa(n.cluster.Names.HTTPSPort()))
}

// ID is the node's id in the cluster.
func (n *Node) ID() string { return n.member.ID }

// Edit changes the node as the coordinator sees it, to stage what no request
// leads to: lost heartbeats, queued data (the node's own follows), events of
// another version.
func (n *Node) Edit(change func(*nifi.Node)) {
	n.cluster.mu.Lock()
	defer n.cluster.mu.Unlock()
	before := queue{n.member.FlowFilesQueued, n.member.BytesQueued}
	change(&n.member.Node)
	if after := (queue{n.member.FlowFilesQueued, n.member.BytesQueued}); after != before {
		n.member.queue = after
	}
}

// Present makes the node serve another certificate to new connections, as
// autoreload does when its files change.
func (n *Node) Present(certificate tls.Certificate) {
	n.cluster.mu.Lock()
	defer n.cluster.mu.Unlock()
	n.certificate = certificate
}

// Trust replaces the anchors that the node accepts client certificates of.
func (n *Node) Trust(anchors ...*CA) {
	n.cluster.mu.Lock()
	defer n.cluster.mu.Unlock()
	n.trusted = anchors
}

// Token is a bearer token of this identity, valid on this node alone.
func (n *Node) Token(identity string) string {
	n.cluster.mu.Lock()
	defer n.cluster.mu.Unlock()
	token := n.member.ID + "." + strconv.Itoa(len(n.tokens))
	n.tokens[token] = identity
	return token
}

// listen starts the node's server on a port of the loopback.
func (n *Node) listen() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // returns at once
	if err != nil {
		return err
	}
	n.server = httptest.NewUnstartedServer(http.HandlerFunc(n.serve))
	_ = n.server.Listener.Close()
	n.server.Listener = gatedListener{Listener: listener, gate: n.gate}
	n.server.EnableHTTP2 = true
	n.server.TLS = &tls.Config{
		MinVersion:         tls.VersionTLS12,
		NextProtos:         []string{"h2", "http/1.1"},
		Certificates:       []tls.Certificate{n.certificate},
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return n.tlsConfig(), nil },
	}
	n.server.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are part of the tests
	n.server.Config.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, conn)
	}
	n.server.StartTLS()
	return nil
}

func (n *Node) tlsConfig() *tls.Config {
	n.cluster.mu.Lock()
	defer n.cluster.mu.Unlock()
	auth := tls.VerifyClientCertIfGiven
	if n.cluster.options.RequireClientCertificates {
		auth = tls.RequireAndVerifyClientCert
	}
	return &tls.Config{
		MinVersion:   tls.VersionTLS12,
		NextProtos:   []string{"h2", "http/1.1"},
		Certificates: []tls.Certificate{n.certificate},
		ClientAuth:   auth,
		ClientCAs:    pool(n.trusted...),
	}
}

func (n *Node) close() {
	n.gate.release()
	n.server.CloseClientConnections()
	n.server.Close()
}
