package contract_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest/contract"
)

func TestFakeKeepsTheContract(t *testing.T) {
	t.Parallel()
	cases := map[string]nifitest.Options{
		"login possible, changes take a tick": {},
		"client certificates required":        {RequireClientCertificates: true},
		"changes happen at once":              {Immediate: true, Nodes: 4},
	}
	for name, options := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			contract.Test(t, targetOf(t, nifitest.Start(t, options), options))
		})
	}
}

func targetOf(t *testing.T, cluster *nifitest.Cluster, options nifitest.Options) contract.Target {
	t.Helper()
	admin, err := cluster.AdminTLS()
	require.NoError(t, err)
	healer, err := cluster.HealerTLS()
	require.NoError(t, err)
	target := contract.Target{
		Admin:                     cluster.HTTPClient(admin),
		Healer:                    cluster.HTTPClient(healer),
		Anonymous:                 cluster.HTTPClient(cluster.AnonymousTLS()),
		AdminIdentity:             cluster.Names.AdminIdentity(),
		ClientCertificateRequired: options.RequireClientCertificates,
		Patience:                  20 * time.Second,
		Interval:                  time.Millisecond,
	}
	if !options.Immediate {
		target.Tick = cluster.Tick
	}
	for i := range max(options.Nodes, 3) {
		target.Nodes = append(target.Nodes, cluster.Node(i).URL())
	}
	return target
}
