package view

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// Dial finds the way to "<FQDN>:<port>".
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// errSeen ends a handshake that was for looking only.
var errSeen = errors.New("the chain was seen")

// Handshake records the chain that a node serves at "<FQDN>:<port>", good or bad. It verifies
// nothing, and so lets no connection come to be: VerifyConnection runs before
// the client's Finished message, always fails, and the client then sends an
// alert and nothing else, no certificate of ours and no byte of data. What was
// seen isn't proven to be the node's either: that the other side has the
// leaf's key, TLS 1.3 shows only afterwards.
func Handshake(ctx context.Context, dial Dial, endpoint string) Served {
	var served Served
	config := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		ServerName:         hostOf(endpoint),
		InsecureSkipVerify: true, // the handshake never completes, see above
		VerifyConnection: func(state tls.ConnectionState) error {
			served.Chain = trust.NewChain(state.PeerCertificates)
			return errSeen
		},
	}
	conn, err := connect(ctx, dial, endpoint, config)
	if err == nil { // can't be: VerifyConnection fails
		_ = conn.Close()
	}
	if !errors.Is(err, errSeen) {
		return Served{Error: reasonFor(ctx, err)}
	}
	return served
}

// connect dials a node's HTTPS port and does the handshake.
func connect(ctx context.Context, dial Dial, endpoint string, config *tls.Config) (*tls.Conn, error) {
	raw, err := dial(ctx, "tcp", endpoint)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(raw, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close() // the handshake's error is the one that counts
		return nil, err
	}
	return conn, nil
}

// reasonFor is an error in a line; a deadline explains all that it broke.
func reasonFor(ctx context.Context, err error) string {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return "no answer in time"
	}
	return fmt.Sprint(err)
}
