package nifitest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
)

func TestGrant(t *testing.T) {
	t.Parallel()
	cluster := nifitest.Start(t, nifitest.Options{})
	as := func(commonName string) *nifi.Client {
		config, err := cluster.ClientTLS(commonName)
		require.NoError(t, err)
		c, err := nifi.NewClient(cluster.Node(0).URL(), cluster.HTTPClient(config))
		require.NoError(t, err)
		return c
	}
	admin, newcomer := as("prod-admin"), as("ops")
	_, err := newcomer.Cluster(t.Context())
	require.ErrorIs(t, err, nifi.ErrForbidden)

	identity := cluster.Names.Identity("ops")
	user, err := admin.CreateUser(t.Context(), identity)
	require.NoError(t, err)
	assert.Equal(t, identity, user.Identity)
	_, err = admin.CreateUser(t.Context(), identity)
	require.ErrorIs(t, err, nifi.ErrConflict, "an identity is taken once")

	for _, want := range []bool{true, false} {
		granted, err := admin.Grant(t.Context(), nifi.Read, "/controller", user)
		require.NoError(t, err)
		assert.Equal(t, want, granted, "the second time it is there")
	}
	_, err = newcomer.Cluster(t.Context())
	require.NoError(t, err)
	_, err = as("prod-healer").Cluster(t.Context())
	require.NoError(t, err, "those who might before, may still")

	_, err = admin.Policy(t.Context(), nifi.Read, "/site-to-site")
	require.ErrorIs(t, err, nifi.ErrNotFound)
	granted, err := admin.Grant(t.Context(), nifi.Read, "/site-to-site", user)
	require.NoError(t, err)
	assert.True(t, granted, "a policy that isn't there is made")

	_, err = newcomer.Grant(t.Context(), nifi.Write, "/controller", user)
	require.ErrorIs(t, err, nifi.ErrForbidden)
}
