package topology

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func adopted() Names {
	return Names{Cluster: "flows", Namespace: "data", Domain: DefaultDomain, Layout: Layout{
		StatefulSet: "flows-nifi", Headless: "flows-nifi-headless", Container: "server", Selector: "app=nifi", ServiceAccount: "default",
		Suffix: ".flows-nifi-headless.data.svc.example.org", HTTPSPort: 9443, Election: ElectionKubernetes, ClientSecret: "ops",
	}}
}

func TestAdoptedNames(t *testing.T) {
	t.Parallel()
	n := adopted()
	require.NoError(t, n.Layout.Validate())
	assert.True(t, n.Adopted())
	for got, want := range map[string]string{
		n.Pod(1): "flows-nifi-1", n.FQDN("flows-nifi-1"): "flows-nifi-1.flows-nifi-headless.data.svc.example.org",
		n.Endpoint("flows-nifi-1"): "flows-nifi-1.flows-nifi-headless.data.svc.example.org:9443",
		n.Headless():               "flows-nifi-headless", n.UI(): "", n.Container(): "server", n.ServiceAccount(): "default",
		n.CoordinatorLease(): "cluster-coordinator", n.PrimaryLease(): "primary-node", n.OperationLease(): "flows-operation",
		n.AdminSecret(): "ops", n.HealerSecret(): "flows-healer-tls", n.Adoption(): "flows-adopted",
		n.PodAt("flows-nifi-2.flows-nifi-headless.data.svc.example.org"): "flows-nifi-2",
		n.PodAt("flows-nifi-2.flows-nifi-headless"):                      "flows-nifi-2", // node.address may be shorter
		n.PodAt("elsewhere-2.flows-nifi-headless"):                       "elsewhere-2.flows-nifi-headless",
	} {
		assert.Equal(t, want, got)
	}
	assert.Equal(t, 1, n.Ordinal("flows-nifi-1"))
	assert.Negative(t, n.Ordinal("flows-1"), "the pods are called after the StatefulSet")
	n.Layout.LeasePrefix = "p"
	assert.Equal(t, "p-cluster-coordinator", n.CoordinatorLease())
}

// TestOurNames: without a layout all is as in the overlays.
func TestOurNames(t *testing.T) {
	t.Parallel()
	n := Names{Cluster: "prod", Namespace: "nifi", Domain: DefaultDomain}
	assert.False(t, n.Adopted())
	assert.True(t, n.Elects())
	assert.Equal(t, "prod", n.StatefulSet())
	assert.Equal(t, "prod-0.prod-nodes.nifi.svc.cluster.local:8443", n.Endpoint("prod-0"))
	assert.Equal(t, "prod-cluster-coordinator", n.CoordinatorLease())
	assert.Equal(t, "prod-1", n.PodAt("prod-1.prod-nodes.nifi.svc.cluster.local"))
	assert.Equal(t, "prod-admin-tls", n.AdminSecret())
}

func TestLayoutValidate(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*Layout){
		"it names no StatefulSet":                          func(l *Layout) { l.StatefulSet = "" },
		"it has no selector of pods":                       func(l *Layout) { l.Selector = "" },
		"HTTPS port 0 is none":                             func(l *Layout) { l.HTTPSPort = 0 },
		`election "x" is neither kubernetes nor zookeeper`: func(l *Layout) { l.Election = "x" },
		`election "" is neither kubernetes nor zookeeper`:  func(l *Layout) { l.Election = "" },
		"HTTPS port 65536 is none":                         func(l *Layout) { l.HTTPSPort = 65536 },
	} {
		l := adopted().Layout
		change(&l)
		assert.EqualError(t, l.Validate(), want)
	}
}
