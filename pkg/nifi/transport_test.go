package nifi_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
)

func TestTransportRaisesTLSVersion(t *testing.T) {
	t.Parallel()
	given := &tls.Config{MinVersion: tls.VersionTLS10, ServerName: "kept"} //nolint:gosec // what is tested
	own := nifi.NewTransport(given, nil).TLSClientConfig
	assert.Equal(t, uint16(tls.VersionTLS12), own.MinVersion)
	assert.Equal(t, "kept", own.ServerName)
	assert.Equal(t, uint16(tls.VersionTLS10), given.MinVersion, "the caller's own is left alone")

	strict := nifi.NewTransport(&tls.Config{MinVersion: tls.VersionTLS13}, nil).TLSClientConfig
	assert.Equal(t, uint16(tls.VersionTLS13), strict.MinVersion)
	assert.Equal(t, uint16(tls.VersionTLS12), nifi.NewTransport(nil, nil).TLSClientConfig.MinVersion)
}

// Calls one after another share a connection, over HTTP/2.
func TestTransportKeepsOneConnection(t *testing.T) {
	t.Parallel()
	cluster := nifitest.Start(t, nifitest.Options{Nodes: 1})
	config, err := cluster.AdminTLS()
	require.NoError(t, err)
	var dials atomic.Int32
	transport := nifi.NewTransport(config, func(ctx context.Context, network, addr string) (net.Conn, error) {
		dials.Add(1)
		return cluster.DialContext(ctx, network, addr)
	})
	t.Cleanup(transport.CloseIdleConnections)
	protocol := &noting{next: transport}
	c, err := nifi.NewClient(cluster.Node(0).URL(), &http.Client{Transport: protocol})
	require.NoError(t, err)
	for range 5 {
		_, err := c.Summary(t.Context())
		require.NoError(t, err)
	}
	assert.Equal(t, int32(1), dials.Load())
	assert.Equal(t, "HTTP/2.0", protocol.seen)
}

// noting remembers the protocol of the last answer.
type noting struct {
	next http.RoundTripper
	seen string
}

func (n *noting) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := n.next.RoundTrip(r)
	if err == nil {
		n.seen = resp.Proto
	}
	return resp, err
}

// A node whose certificate another CA signed, or that bears another name, isn't
// talked to: not even to say who we are.
func TestTransportVerifiesTheNode(t *testing.T) {
	t.Parallel()
	cluster := nifitest.Start(t, nifitest.Options{Nodes: 2})
	config, err := cluster.AdminTLS()
	require.NoError(t, err)

	stranger, err := nifitest.NewCA("prod-ca") // the same name, another key
	require.NoError(t, err)
	certificate, err := stranger.Issue(nifitest.Leaf{DNSNames: []string{cluster.Node(0).FQDN()}})
	require.NoError(t, err)
	cluster.Node(0).Present(certificate)
	var unknown x509.UnknownAuthorityError
	require.ErrorAs(t, ask(t, cluster, config, 0), &unknown)

	other, err := cluster.CA.Issue(nifitest.Leaf{DNSNames: []string{"elsewhere.example.com"}})
	require.NoError(t, err)
	cluster.Node(1).Present(other)
	var wrongName x509.HostnameError
	require.ErrorAs(t, ask(t, cluster, config, 1), &wrongName)
}

func ask(t *testing.T, cluster *nifitest.Cluster, config *tls.Config, node int) error {
	t.Helper()
	c, err := nifi.NewClient(cluster.Node(node).URL(), cluster.HTTPClient(config))
	require.NoError(t, err)
	_, err = c.Summary(t.Context())
	return err
}
