package nifitest_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
)

func TestFaults(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		fault nifitest.Fault
		says  string
		is    error
	}{
		"garbage":      {nifitest.Garbage(), "unexpected end of JSON input", nifi.ErrNotJSON},
		"page":         {nifitest.Page("System Error"), `"System Error"`, nifi.ErrNotJSON},
		"initializing": {nifitest.Status(409, "The Flow Controller is initializing the Data Flow."), "409 Conflict", nifi.ErrInitializing},
		"internal":     {nifitest.Status(500, "An unexpected error has occurred."), "500 Internal Server Error", nil},
		"dropped":      {nifitest.Drop(), "GET /flow/about", nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster := nifitest.Start(t, nifitest.Options{Nodes: 2})
			cluster.Node(1).SetFault(tc.fault)
			_, err := admin(t, cluster, 1).About(t.Context())
			require.ErrorContains(t, err, tc.says)
			if tc.is != nil {
				require.ErrorIs(t, err, tc.is)
			}
			_, err = admin(t, cluster, 0).About(t.Context())
			require.NoError(t, err, "the others are well")

			cluster.Node(1).SetFault(nil)
			_, err = admin(t, cluster, 1).About(t.Context())
			require.NoError(t, err)
		})
	}
}

// A dropped connection is no answer at all.
func TestDropIsNoAPIError(t *testing.T) {
	t.Parallel()
	cluster := nifitest.Start(t, nifitest.Options{Nodes: 1})
	cluster.Node(0).SetFault(nifitest.Drop())
	_, err := admin(t, cluster, 0).About(t.Context())
	var api *nifi.APIError
	require.Error(t, err)
	assert.False(t, errors.As(err, &api), "%v", err)
}

// A node that hangs answers neither on old connections nor on new ones, and goes
// on when it is released. Its heartbeats stop meanwhile.
func TestHang(t *testing.T) {
	t.Parallel()
	cluster := nifitest.Start(t, nifitest.Options{})
	old, view := admin(t, cluster, 1), admin(t, cluster, 0)
	_, err := old.Summary(t.Context())
	require.NoError(t, err)

	cluster.Node(1).Hang()
	for name, c := range map[string]*nifi.Client{"old connection": old, "new connection": admin(t, cluster, 1)} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		_, err := c.Summary(ctx)
		cancel()
		require.ErrorIs(t, err, context.DeadlineExceeded, name)
	}
	cluster.Advance(time.Minute)
	hung, err := view.Node(t.Context(), cluster.Node(1).ID())
	require.NoError(t, err)
	assert.Equal(t, "11/22/2026 18:05:00 UTC", hung.Heartbeat)

	cluster.Node(1).Release()
	_, err = admin(t, cluster, 1).Summary(t.Context())
	require.NoError(t, err)
	cluster.Tick()
	well, err := view.Node(t.Context(), cluster.Node(1).ID())
	require.NoError(t, err)
	assert.Equal(t, "11/22/2026 18:06:00 UTC", well.Heartbeat)
}

// What a node that hangs was asked to do hasn't happened.
func TestHungNodeDoesNothing(t *testing.T) {
	t.Parallel()
	cluster := nifitest.Start(t, nifitest.Options{})
	hung, view := admin(t, cluster, 1), admin(t, cluster, 0)
	_, err := hung.Summary(t.Context())
	require.NoError(t, err)
	cluster.Node(1).Hang()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = hung.SetNodeStatus(ctx, cluster.Node(2).ID(), nifi.Disconnecting)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	node, err := view.Node(t.Context(), cluster.Node(2).ID())
	require.NoError(t, err)
	assert.Equal(t, nifi.Connected, node.Status)
}

// Close must not wait for a node that hangs.
func TestCloseReleasesHungNodes(t *testing.T) {
	t.Parallel()
	cluster, err := nifitest.New(nifitest.Options{Nodes: 1})
	require.NoError(t, err)
	cluster.Node(0).Hang()
	conn, err := cluster.DialContext(t.Context(), "tcp", cluster.Node(0).FQDN()+":8443")
	require.NoError(t, err)
	cluster.Close()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
	_, err = conn.Read(make([]byte, 1))
	require.Error(t, err)
	var slow net.Error
	assert.False(t, errors.As(err, &slow) && slow.Timeout(), "it should end at once, closed or reset: %v", err)
}

func TestUnknownNameIsNotFoundInDNS(t *testing.T) {
	t.Parallel()
	cluster := nifitest.Start(t, nifitest.Options{Nodes: 1})
	_, err := cluster.DialContext(t.Context(), "tcp", "prod-7.prod-nodes.nifi.svc.cluster.local:8443")
	var dns *net.DNSError
	require.ErrorAs(t, err, &dns)
	assert.True(t, dns.IsNotFound)
}

// Jetty refuses in the form the caller accepts.
func TestHostIsCheckedBeforeAnythingElse(t *testing.T) {
	t.Parallel()
	cluster := nifitest.Start(t, nifitest.Options{Nodes: 1})
	client := cluster.HTTPClient(cluster.AnonymousTLS())
	for accept, contentType := range map[string]string{"text/html": "text/html;charset=iso-8859-1", "application/json": "application/json"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, cluster.Node(0).URL()+"/nifi-api/flow/about", nil)
		require.NoError(t, err)
		r.Host = "10.0.0.7:8443"
		r.Header.Set("Accept", accept)
		resp, err := client.Do(r)
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, errors.Join(err, resp.Body.Close()))
		assert.Equal(t, http.StatusBadRequest, resp.StatusCode)
		assert.Equal(t, contentType, resp.Header.Get("Content-Type"))
		assert.Contains(t, string(body), "Invalid SNI")
	}
}
