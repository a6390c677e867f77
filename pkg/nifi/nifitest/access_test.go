package nifitest_test

import (
	"crypto/tls"
	"crypto/x509/pkix"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
)

func TestAccess(t *testing.T) {
	t.Parallel()
	cluster := nifitest.Start(t, nifitest.Options{})
	cases := map[string]struct {
		commonName                    string
		flow, controller, put, tenant error
	}{
		"admin":    {"prod-admin", nil, nil, nil, nil},
		"healer":   {"prod-healer", nil, nil, nil, nifi.ErrForbidden},
		"node":     {"prod-1", nifi.ErrForbidden, nil, nifi.ErrForbidden, nifi.ErrForbidden},
		"stranger": {"someone", nifi.ErrForbidden, nifi.ErrForbidden, nifi.ErrForbidden, nifi.ErrForbidden},
		"nobody":   {"", nifi.ErrUnauthorized, nifi.ErrUnauthorized, nifi.ErrUnauthorized, nifi.ErrUnauthorized},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := cluster.AnonymousTLS()
			if tc.commonName != "" {
				var err error
				config, err = cluster.ClientTLS(tc.commonName)
				require.NoError(t, err)
			}
			c, err := nifi.NewClient(cluster.Node(0).URL(), cluster.HTTPClient(config))
			require.NoError(t, err)
			_, flow := c.About(t.Context())
			_, controller := c.Cluster(t.Context())
			_, put := c.SetNodeStatus(t.Context(), cluster.Node(1).ID(), nifi.Connecting)
			tenant := c.Do(t.Context(), http.MethodGet, "/tenants/users", nil, nil)
			open := c.Do(t.Context(), http.MethodGet, "/authentication/configuration", nil, nil)
			for what, pair := range map[string][2]error{
				"flow": {flow, tc.flow}, "controller": {controller, tc.controller},
				"put": {put, tc.put}, "tenants": {tenant, tc.tenant}, "login": {open, nil},
			} {
				assert.ErrorIs(t, pair[0], pair[1], what)
			}
		})
	}
}

// The whole subject is the user: the same name in another namespace is another.
func TestNamespaceIsPartOfTheIdentity(t *testing.T) {
	t.Parallel()
	cluster := nifitest.Start(t, nifitest.Options{})
	cases := map[string]struct {
		subject pkix.Name
		want    error
	}{
		"as issued":       {pkix.Name{CommonName: "prod-admin", OrganizationalUnit: []string{"NIFI"}, Organization: []string{"nifi"}}, nil},
		"other namespace": {pkix.Name{CommonName: "prod-admin", OrganizationalUnit: []string{"NIFI"}, Organization: []string{"test"}}, nifi.ErrForbidden},
		"name alone":      {pkix.Name{CommonName: "prod-admin"}, nifi.ErrForbidden},
		"all in one":      {pkix.Name{CommonName: "prod-admin, OU=NIFI, O=nifi"}, nifi.ErrForbidden},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			certificate, err := cluster.CA.Issue(nifitest.Leaf{Subject: tc.subject})
			require.NoError(t, err)
			config := cluster.AnonymousTLS()
			config.Certificates = []tls.Certificate{certificate}
			c, err := nifi.NewClient(cluster.Node(0).URL(), cluster.HTTPClient(config))
			require.NoError(t, err)
			_, err = c.Summary(t.Context())
			require.ErrorIs(t, err, tc.want)
		})
	}
}

// A token speaks for its owner on the node that gave it, and nowhere else.
func TestTokenIsBoundToItsNode(t *testing.T) {
	t.Parallel()
	cluster := nifitest.Start(t, nifitest.Options{})
	token := cluster.Node(0).Token(cluster.Names.AdminIdentity())
	for i, want := range []error{nil, nifi.ErrUnauthorized} {
		bearer := *cluster.HTTPClient(cluster.AnonymousTLS())
		bearer.Transport = withToken{next: bearer.Transport, token: token}
		c, err := nifi.NewClient(cluster.Node(i).URL(), &bearer)
		require.NoError(t, err)
		_, err = c.Cluster(t.Context())
		require.ErrorIs(t, err, want)
	}
}

type withToken struct {
	next  http.RoundTripper
	token string
}

func (w withToken) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+w.token)
	return w.next.RoundTrip(r)
}

// A node accepts the client certificates of the anchors it has now.
func TestTrustDecidesWhoIsLetIn(t *testing.T) {
	t.Parallel()
	cluster := nifitest.Start(t, nifitest.Options{RequireClientCertificates: true})
	other, err := nifitest.NewCA("prod-ca")
	require.NoError(t, err)
	call := func() error {
		_, err := admin(t, cluster, 0).Summary(t.Context())
		return err
	}
	require.NoError(t, call())
	cluster.Node(0).Trust(other)
	err = call()
	require.Error(t, err)
	var api *nifi.APIError
	// In TLS 1.3 the alert follows the handshake: whether it, a closed or a
	// broken connection is seen first differs from call to call.
	require.NotErrorAs(t, err, &api, "NiFi should not have been reached")
	cluster.Node(0).Trust(other, cluster.CA)
	require.NoError(t, call())
}
