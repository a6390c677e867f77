package contract

import (
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// testViews: each node is in, and each passes on the same view.
func (s suite) testViews(t *testing.T) {
	var first map[string]nifi.NodeStatus
	for _, base := range s.Nodes {
		c := client(t, base, s.Admin)

		summary, err := c.Summary(t.Context())
		require.NoError(t, err)
		assert.True(t, summary.Clustered, base)
		assert.True(t, summary.ConnectedToCluster, base)
		assert.Equal(t, len(s.Nodes), summary.ConnectedNodeCount, base)
		assert.Equal(t, len(s.Nodes), summary.TotalNodeCount, base)

		view, err := c.Cluster(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 1, holders(view, nifi.Node.IsCoordinator), "coordinators that %s sees", base)
		assert.LessOrEqual(t, holders(view, nifi.Node.IsPrimary), 1, "primary nodes that %s sees", base)
		if first == nil {
			first = statuses(view)
		}
		assert.Equal(t, first, statuses(view), base)
	}
	assert.Len(t, first, len(s.Nodes))
}

// testAbout: every node is NiFi 2, and the times it writes can be read.
func (s suite) testAbout(t *testing.T) {
	for _, base := range s.Nodes {
		about, err := client(t, base, s.Admin).About(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "NiFi", about.Title)
		assert.Regexp(t, `^2\.\d+\.\d+`, about.Version)
	}
	about, err := s.admin(t).About(t.Context())
	require.NoError(t, err)
	zone, err := about.Location()
	require.NoError(t, err)
	view, err := s.admin(t).Cluster(t.Context())
	require.NoError(t, err)
	for _, node := range view.Nodes {
		_, err := nifi.ParseTime(node.Heartbeat, zone)
		assert.NoError(t, err, node.Address)
		assert.NotEmpty(t, node.Pod())
	}
}

// testVolumes: each node knows how full the volumes of all nodes are, and the
// healer may ask.
func (s suite) testVolumes(t *testing.T) {
	for _, base := range s.Nodes {
		system, err := client(t, base, s.Healer).System(t.Context())
		require.NoError(t, err)
		require.Len(t, system.Nodes, len(s.Nodes), base)
		for _, node := range system.Nodes {
			usages := append(append([]nifi.StorageUsage{node.Snapshot.FlowFile}, node.Snapshot.Content...), node.Snapshot.Provenance...)
			assert.GreaterOrEqual(t, len(usages), 3, node.Address)
			for _, usage := range usages {
				assert.Positive(t, usage.Total, node.Address)
				assert.Equal(t, usage.Total, usage.Used+usage.Free, node.Address)
			}
		}
	}
}

// testStatus: each node knows what is queued, and the healer may ask.
func (s suite) testStatus(t *testing.T) {
	for _, base := range s.Nodes {
		checkStatus(t, client(t, base, s.Healer))
	}
}

// checkStatus looks at the names, too: what is missing would read as nothing queued.
func checkStatus(t *testing.T, c *nifi.Client) {
	t.Helper()
	_, err := c.Status(t.Context())
	require.NoError(t, err)
	var answer map[string]map[string]any
	require.NoError(t, c.Do(t.Context(), http.MethodGet, "/flow/status", nil, &answer))
	for _, field := range []string{"activeThreadCount", "flowFilesQueued", "bytesQueued"} {
		count, ok := answer["controllerStatus"][field].(float64)
		assert.True(t, ok && count >= 0, "%s in %v", field, answer)
	}
}

// testAccess: who may do what, and how a refusal looks.
func (s suite) testAccess(t *testing.T) {
	healer := client(t, s.Nodes[0], s.Healer)
	_, err := healer.Cluster(t.Context())
	require.NoError(t, err, "the healer reads the cluster")
	_, err = healer.Summary(t.Context())
	require.NoError(t, err, "the healer reads the summary")

	users := func(c *nifi.Client) error { return c.Do(t.Context(), http.MethodGet, "/tenants/users", nil, nil) }
	require.ErrorIs(t, users(healer), nifi.ErrForbidden)
	require.NoError(t, users(s.admin(t)))

	anonymous := client(t, s.Nodes[0], s.Anonymous)
	err = users(anonymous)
	var answered *nifi.APIError
	if s.ClientCertificateRequired {
		require.Error(t, err)
		require.NotErrorAs(t, err, &answered, "the handshake should have failed")
		return
	}
	require.ErrorIs(t, err, nifi.ErrUnauthorized)
	open := anonymous.Do(t.Context(), http.MethodGet, "/authentication/configuration", nil, nil)
	require.NoError(t, open, "everybody may ask how to log in")
}

// testPolicies: what is granted can be read, by those who may, and what nobody
// was granted is not found.
func (s suite) testPolicies(t *testing.T) {
	admin := s.admin(t)
	users, err := admin.Users(t.Context())
	require.NoError(t, err)
	i := slices.IndexFunc(users, func(u nifi.User) bool { return u.Identity == s.AdminIdentity })
	require.GreaterOrEqual(t, i, 0, "%v", users)
	assert.NotEmpty(t, users[i].ID)

	policy, err := admin.Policy(t.Context(), nifi.Read, "/flow")
	require.NoError(t, err)
	assert.Equal(t, nifi.Read, policy.Action)
	assert.NotEmpty(t, policy.ID)
	assert.NotEmpty(t, append(policy.Users, policy.Groups...))

	granted, err := admin.Grant(t.Context(), nifi.Read, "/flow", users[i])
	require.NoError(t, err)
	assert.False(t, granted, "the admin may already, by itself or by its group")

	_, err = admin.Policy(t.Context(), nifi.Read, "/resources")
	require.ErrorIs(t, err, nifi.ErrNotFound)
	_, err = client(t, s.Nodes[0], s.Healer).Policy(t.Context(), nifi.Read, "/flow")
	require.ErrorIs(t, err, nifi.ErrForbidden)
}

// testHost: NiFi answers only for its own name and port.
func (s suite) testHost(t *testing.T) {
	cases := map[string]struct {
		host string
		want error
	}{
		"another name": {"elsewhere.example.com:8443", nifi.ErrInvalidSNI},
		"another port": {hostOf(t, s.Nodes[0]) + ":1", nifi.ErrMisdirected},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			disguised := *s.Admin
			disguised.Transport = otherHost{next: s.Admin.Transport, host: tc.host}
			_, err := client(t, s.Nodes[0], &disguised).About(t.Context())
			require.ErrorIs(t, err, tc.want)
		})
	}
}

// otherHost sends each request with another Host header, on the same connection.
type otherHost struct {
	next http.RoundTripper
	host string
}

func (o otherHost) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Host = o.host
	return o.next.RoundTrip(r)
}
