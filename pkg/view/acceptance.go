package view

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// Identity is a client certificate at hand, and the anchors that nodes are
// verified by before it is shown to them.
type Identity struct {
	Certificate *tls.Certificate // nil: none
	Anchors     []trust.Certificate
}

// tries is how often acceptance is asked for. A node that refuses closes the
// connection right after its alert, which then may get lost on the way.
const tries = 3

// open is a resource that needs no rights, so that whatever is answered the
// client certificate was let in.
const open = "/nifi-api/authentication/configuration"

// accepted tries whether a node lets our certificate in. Nothing is sent to a
// node that doesn't verify, and a certificate that has expired says nothing of
// anchors. Where the node was verified, the chain that it serves is known, too.
func (i Identity) accepted(ctx context.Context, dial Dial, endpoint string, now time.Time) (all []Acceptance, chain []trust.Certificate) {
	authority, leaf := i.Authority()
	if authority == nil {
		return nil, nil
	}
	if now.After(leaf.NotAfter) {
		return []Acceptance{{Authority: authority.Fingerprint, Verdict: trust.Unknown, Detail: "it expired at " + leaf.NotAfter.Format(time.RFC3339)}}, nil
	}
	result := Acceptance{Authority: authority.Fingerprint, Verdict: trust.Unknown}
	for range tries {
		var alert string
		var err error
		chain, alert, err = i.try(ctx, dial, endpoint)
		switch {
		case err == nil:
			result.Verdict, result.Detail = trust.Yes, ""
			return []Acceptance{result}, chain
		case alert != "":
			result.Verdict, result.Detail = trust.No, alert
			return []Acceptance{result}, chain
		}
		result.Detail = reasonFor(ctx, err)
		var unverified *tls.CertificateVerificationError
		if errors.As(err, &unverified) {
			result.Detail = "the node itself can't be verified, so no certificate was shown to it"
			break
		}
	}
	return []Acceptance{result}, chain
}

// Authority is the anchor that our certificate leads to, and that certificate;
// nil if there is none.
func (i Identity) Authority() (authority, leaf *trust.Certificate) {
	if i.Certificate == nil {
		return nil, nil
	}
	var chain []trust.Certificate
	for _, der := range i.Certificate.Certificate {
		c, err := trust.ParseCertificate(der)
		if err != nil {
			return nil, nil
		}
		chain = append(chain, c)
	}
	anchor, ok := trust.AnchorOf(chain, i.Anchors)
	if !ok {
		return nil, nil
	}
	return &anchor, &chain[0]
}

// try asks once, with HTTP/1.1, whose first read brings the alert. The chain is
// nil if the node wasn't verified, and the alert empty if it said none.
func (i Identity) try(ctx context.Context, dial Dial, endpoint string) (chain []trust.Certificate, alert string, err error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: hostOf(endpoint), RootCAs: x509.NewCertPool()}
	// Whatever authorities the node names: crypto/tls would show none of ours to a
	// node that doesn't name its authority, which then lets nobody in as anybody.
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return i.Certificate, nil }
	for _, anchor := range i.Anchors {
		config.RootCAs.AddCert(anchor.X509())
	}
	conn, err := connect(ctx, dial, endpoint, config)
	if err != nil {
		return nil, alertOf(err), err
	}
	chain = trust.NewChain(conn.ConnectionState().PeerCertificates)
	defer func() { _ = conn.Close() }() // the answer counts, not the farewell
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline) // pipes and TCP both know deadlines
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+endpoint+open, nil)
	if err != nil {
		return chain, "", err
	}
	request.Close = true
	_ = request.Write(conn) // after a refusal it fails, and reading says why
	response, err := http.ReadResponse(bufio.NewReader(io.LimitReader(conn, 64<<10)), request)
	if err != nil {
		return chain, alertOf(err), err
	}
	return chain, "", response.Body.Close()
}

// alertOf is the text of a TLS alert about our certificate that the other side
// sent (RFC 8446, section 6.2); crypto/tls marks it as "remote error". Other
// alerts say nothing of whom it trusts.
func alertOf(err error) string {
	var remote *net.OpError
	if errors.As(err, &remote) && remote.Op == "remote error" && strings.Contains(remote.Err.Error(), "certificate") {
		return remote.Err.Error()
	}
	return ""
}
