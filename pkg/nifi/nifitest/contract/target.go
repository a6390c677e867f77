// Package contract says what package nifi relies on in a NiFi cluster, as a test
// that runs against any: the in-process one of package nifitest, which it keeps
// honest, and a real one.
//
// On a real cluster of three or more nodes, all connected, it disconnects one
// node that has no role and connects it again; it changes nothing else.
package contract

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// Target is a running cluster and the ways into it. Every http.Client must reach
// every node by its FQDN, whatever lies between: see nifi.NewTransport.
type Target struct {
	// Nodes are the base addresses, "https://<fqdn>:8443", of all nodes.
	Nodes []string

	Admin     *http.Client // may do everything
	Healer    *http.Client // /flow and /controller, not /tenants
	Anonymous *http.Client // trusts the nodes, shows no certificate

	// AdminIdentity is the admin's name in NiFi: "CN=prod-admin, OU=NIFI, O=nifi".
	AdminIdentity string

	// ClientCertificateRequired says that who shows no certificate is refused
	// in the handshake already, as by a NiFi without any login.
	ClientCertificateRequired bool

	// Patience bounds each wait (2 minutes if 0), Interval is the time between
	// two looks (1 second if 0).
	Patience, Interval time.Duration
	// Tick, if set, is called before each look: it moves a cluster whose time
	// stands still.
	Tick func()
}

// Test asserts the contract. It must not run beside anything else that connects
// or disconnects nodes of the same cluster.
func Test(t *testing.T, target Target) {
	require.GreaterOrEqual(t, len(target.Nodes), 3, "the contract needs three nodes, to take one without a role out")
	s := suite{Target: target.withDefaults()}
	t.Run("every node knows the cluster", s.testViews)
	t.Run("version", s.testAbout)
	t.Run("volumes", s.testVolumes)
	t.Run("queues", s.testStatus)
	t.Run("access", s.testAccess)
	t.Run("users and policies", s.testPolicies)
	t.Run("host checks", s.testHost)
	t.Run("refusals", s.testRefusals)
	t.Run("disconnect and connect", s.testLifecycle)
}

func (t Target) withDefaults() Target {
	if t.Patience == 0 {
		t.Patience = 2 * time.Minute
	}
	if t.Interval == 0 {
		t.Interval = time.Second
	}
	if t.Tick == nil {
		t.Tick = func() {}
	}
	return t
}

type suite struct{ Target }

// client calls the node at base as whoever httpClient is.
func client(t *testing.T, base string, httpClient *http.Client) *nifi.Client {
	t.Helper()
	c, err := nifi.NewClient(base, httpClient)
	require.NoError(t, err)
	return c
}

// admin calls the first node as the admin.
func (s suite) admin(t *testing.T) *nifi.Client { return client(t, s.Nodes[0], s.Admin) }

// baseOf is the address of a node of the coordinator's view.
func (s suite) baseOf(t *testing.T, node nifi.Node) string {
	t.Helper()
	for _, base := range s.Nodes {
		if hostOf(t, base) == node.Address {
			return base
		}
	}
	require.Failf(t, "unknown node", "%s is in the cluster and not among %v", node.Address, s.Nodes)
	return ""
}

// eventually looks until look says it is done, or fails the test with what look
// saw last.
func (s suite) eventually(t *testing.T, what string, look func(ctx context.Context) (done bool, saw any)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), s.Patience)
	defer cancel()
	ticker := time.NewTicker(s.Interval)
	defer ticker.Stop()
	for {
		s.Tick()
		done, saw := look(ctx)
		if done {
			return
		}
		select {
		case <-ctx.Done():
			require.Failf(t, "waited in vain", "for %s %s; last seen: %v", s.Patience, what, saw)
		case <-ticker.C:
		}
	}
}
