// Package kube is the thin adapter to Kubernetes: it reads what a snapshot of
// a cluster needs and dials pods through the API server.
package kube

import (
	"fmt"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
)

// Client reads objects. It knows no cache and asks no discovery: one call is
// one request.
type Client struct {
	api      api
	dynamic  dynamic.Interface
	metadata metadata.Interface
	server   string // the API server's address
}

// Quick returns a copy of config fit for a command that sends a handful of
// requests at once: no client-side rate limit, no warnings on standard error.
func Quick(config *rest.Config, userAgent string) *rest.Config {
	quick := rest.CopyConfig(config)
	quick.QPS = -1
	quick.WarningHandler = rest.NoWarnings{}
	quick.UserAgent = userAgent
	return quick
}

// NewClient makes a client whose requests share one connection pool.
func NewClient(config *rest.Config) (*Client, error) {
	api, httpClient, err := connect(config)
	if err != nil {
		return nil, err
	}
	c := &Client{api: api, server: config.Host}
	if c.dynamic, err = dynamic.NewForConfigAndClient(config, httpClient); err != nil {
		return nil, fmt.Errorf("setting up the dynamic client: %w", err)
	}
	if c.metadata, err = metadata.NewForConfigAndClient(metadata.ConfigFor(config), httpClient); err != nil {
		return nil, fmt.Errorf("setting up the client of metadata: %w", err)
	}
	return c, nil
}

// certificates is the resource of cert-manager's Certificates.
func certificates() schema.GroupVersionResource {
	return resource("cert-manager.io", "certificates")
}
