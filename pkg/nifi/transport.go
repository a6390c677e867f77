package nifi

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// NewTransport connects to NiFi nodes with config, which says whom to trust and
// who the caller is, and dial (the network's own if nil), which finds the way to
// "<fqdn>:8443": straight or through a port-forward. The name in the URL stays
// the name that is verified, sent as SNI and as Host, as NiFi demands.
//
// One idle connection a node is kept; HTTP/2 is used where the node offers it
// (nifi.web.https.application.protocols), and then pinged, so that a node that
// hangs is noticed without a request in flight.
func NewTransport(config *tls.Config, dial func(ctx context.Context, network, addr string) (net.Conn, error)) *http.Transport {
	if dial == nil {
		dial = (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	}
	return &http.Transport{
		DialContext:            dial,
		TLSClientConfig:        atLeastTLS12(config),
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  time.Minute,
		MaxResponseHeaderBytes: 64 << 10,
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 10 * time.Second},
		MaxIdleConnsPerHost:    1,
		IdleConnTimeout:        90 * time.Second,
	}
}

func atLeastTLS12(config *tls.Config) *tls.Config {
	if config == nil {
		return &tls.Config{MinVersion: tls.VersionTLS12}
	}
	config = config.Clone()
	config.MinVersion = max(config.MinVersion, tls.VersionTLS12)
	return config
}
