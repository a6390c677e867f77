package plugin

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// credentials says what NiFi is asked with: files, or by default the Secret of
// the cluster's first administrator, read with the person's own rights. The
// flags are not kubectl's own of similar name, which address the API server.
type credentials struct {
	certificate string
	key         string
	authority   string
	token       string
}

func (c *credentials) addFlags(flags *pflag.FlagSet) {
	flags.StringVar(&c.certificate, "nifi-client-certificate", "", "File of the PEM client certificate to ask NiFi with (default: Secret NAME-admin-tls)")
	flags.StringVar(&c.key, "nifi-client-key", "", "File of its PEM private key")
	flags.StringVar(&c.authority, "nifi-certificate-authority", "", "File of the PEM certificates that NiFi's own is verified by")
	flags.StringVar(&c.token, "nifi-token-file", "", "File of a bearer token to ask NiFi with, in place of a client certificate")
}

// fromFiles tells that the person gave files, so no Secret is read.
func (c credentials) fromFiles() bool { return c.certificate != "" || c.token != "" }

func (c credentials) validate() error {
	switch {
	case (c.certificate == "") != (c.key == ""):
		return usagef("--nifi-client-certificate and --nifi-client-key go together")
	case c.certificate != "" && c.token != "":
		return usagef("give --nifi-client-certificate or --nifi-token-file, not both")
	case c.fromFiles() && c.authority == "":
		return usagef("--nifi-certificate-authority is needed to verify NiFi's own certificate")
	case !c.fromFiles() && c.authority != "":
		return usagef("--nifi-certificate-authority needs --nifi-client-certificate or --nifi-token-file")
	}
	return nil
}

// load reads the identity from the files or the Secret.
func (c credentials) load(ctx context.Context, client *kube.Client, names topology.Names) (identity, error) {
	if c.fromFiles() {
		return c.loadFiles()
	}
	return secretIdentity(ctx, client, names)
}

func (c credentials) loadFiles() (identity, error) {
	anchors, err := os.ReadFile(c.authority)
	if err != nil {
		return identity{}, fmt.Errorf("reading --nifi-certificate-authority: %w", err)
	}
	if c.token != "" {
		token, err := os.ReadFile(c.token)
		if err != nil {
			return identity{}, fmt.Errorf("reading --nifi-token-file: %w", err)
		}
		return newIdentity(nil, strings.TrimSpace(string(token)), anchors)
	}
	pair, err := tls.LoadX509KeyPair(c.certificate, c.key)
	if err != nil {
		return identity{}, fmt.Errorf("reading --nifi-client-certificate and --nifi-client-key: %w", err)
	}
	return newIdentity(&pair, "", anchors)
}

// dialer finds the identity and makes clients with it that reach every node
// through dial. Called again, it looks the identity up again, and as long as
// that is the same, its clients share one pool of connections.
func (c credentials) dialer(client *kube.Client, names topology.Names, dial *kube.PodDialer) view.Credentials {
	var known identity
	var httpClient *http.Client
	return func(ctx context.Context) (view.NodeDialer, error) {
		who, err := c.load(ctx, client, names)
		if err != nil {
			return nil, err
		}
		if httpClient == nil || !who.equal(known) {
			known, httpClient = who, &http.Client{Transport: who.authorize(nifi.NewTransport(who.tls(), dial.DialContext))}
		}
		pool := httpClient
		return func(address string) (view.NodeClient, error) {
			return nifi.NewClient(fmt.Sprintf("https://%s:%d", address, names.HTTPSPort()), pool)
		}, nil
	}
}
