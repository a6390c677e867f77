package nifitest

import (
	"crypto/tls"
	"crypto/x509/pkix"
	"fmt"
	"net/http"
	"slices"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// leaf is a certificate of this cluster: CN=<commonName>, OU=NIFI, O=<namespace>.
func (c *Cluster) leaf(commonName string, dnsNames ...string) Leaf {
	return Leaf{
		Subject: pkix.Name{
			CommonName:         commonName,
			OrganizationalUnit: []string{"NIFI"},
			Organization:       []string{c.Names.Namespace},
		},
		DNSNames: dnsNames,
	}
}

// ClientTLS is the configuration of a client with the identity
// "CN=<commonName>, OU=NIFI, O=<namespace>" that trusts the cluster's CA.
func (c *Cluster) ClientTLS(commonName string) (*tls.Config, error) {
	certificate, err := c.CA.Issue(c.leaf(commonName))
	if err != nil {
		return nil, fmt.Errorf("making client %q: %w", commonName, err)
	}
	config := c.AnonymousTLS()
	config.Certificates = []tls.Certificate{certificate}
	return config, nil
}

// AdminTLS is the configuration of the first administrator.
func (c *Cluster) AdminTLS() (*tls.Config, error) { return c.ClientTLS(c.Names.Cluster + "-admin") }

// HealerTLS is the configuration of the healer.
func (c *Cluster) HealerTLS() (*tls.Config, error) { return c.ClientTLS(c.Names.Cluster + "-healer") }

// AnonymousTLS trusts the cluster's CA and shows no certificate.
func (c *Cluster) AnonymousTLS() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool(c.CA)}
}

// HTTPClient reaches every node under its name with this configuration; its
// connections end with the cluster.
func (c *Cluster) HTTPClient(config *tls.Config) *http.Client {
	client := &http.Client{Transport: nifi.NewTransport(config, c.DialContext)}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clients = append(c.clients, client)
	return client
}

func (c *Cluster) httpClients() []*http.Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.clients)
}
