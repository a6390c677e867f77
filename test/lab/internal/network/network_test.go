package network_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/network"
)

func TestAddressesLieWhereTheyBelong(t *testing.T) {
	t.Parallel()
	pods, services := netip.MustParsePrefix(network.PodCIDR), netip.MustParsePrefix(network.ServiceCIDR)
	assert.False(t, pods.Overlaps(services))
	for _, address := range []string{network.Gateway, network.HostAddress, network.NodeAddress(1), network.NodeAddress(2)} {
		assert.True(t, pods.Contains(netip.MustParseAddr(address)), address)
	}
	assert.True(t, services.Contains(netip.MustParseAddr(network.APIServiceIP)))
	assert.Equal(t, network.Gateway, network.NodeAddress(1), "the first node has the bridge's own address")
}

func TestInterfaceNamesFitTheKernel(t *testing.T) {
	t.Parallel()
	const limit = 15 // IFNAMSIZ less its terminator, see netdevice(7)
	assert.LessOrEqual(t, len(network.Bridge), limit)
	assert.LessOrEqual(t, len(network.HostInterface), limit)
}

func TestInsideRunsTheProgramItself(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"nsenter", "--net=/run/netns/kubectl-nifi-lab", "--", "etcd", "-x"}, network.Inside("etcd", "-x"))
}
