package adopt

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// DefaultProperties is where NiFi's own image has its nifi.properties.
const DefaultProperties = "/opt/nifi/nifi-current/conf/nifi.properties"

// Prefixes is what the names of the properties begin with that a node is read
// from. Those of the stores have passwords among them, which NodeOf keeps none of.
func Prefixes() []string { return []string{trust.StoreProperties, "nifi.web.https.", "nifi.cluster."} }

// Node is what one node's nifi.properties says of it.
type Node struct {
	Pod          string
	Host         string // nifi.web.https.host, which is the node's address for the coordinator
	HTTPSPort    int
	ProtocolPort int
	Election     string // topology.ElectionKubernetes or topology.ElectionZooKeeper
	LeasePrefix  string
	Loopback     bool // HTTPS listens on the pod's loopback, too
	Autoreload   bool
	Candidates   int // 0: not set
	Authorizer   string
	Mapped       bool // certificates' subjects are mapped to other identities
	Stores       trust.Stores
}

// NodeOf reads a node's properties (org.apache.nifi.util.NiFiProperties). What
// isn't a node of a secured cluster is an error that says what it lacks.
func NodeOf(pod string, p map[string]string, stores trust.Stores) (Node, error) {
	n := Node{
		Pod: pod, Host: p["nifi.web.https.host"], Stores: stores,
		Election: topology.ElectionZooKeeper, LeasePrefix: p["nifi.cluster.leader.election.kubernetes.lease.prefix"],
		Autoreload: p["nifi.security.autoreload.enabled"] == "true", Authorizer: p["nifi.security.user.authorizer"],
	}
	if strings.HasSuffix(p["nifi.cluster.leader.election.implementation"], "KubernetesLeaderElectionManager") {
		n.Election = topology.ElectionKubernetes
	}
	for name, value := range p {
		n.Mapped = n.Mapped || strings.HasPrefix(name, "nifi.security.identity.mapping.pattern.") && value != ""
		n.Loopback = n.Loopback || strings.HasPrefix(name, "nifi.web.https.network.interface.") && value == "lo"
	}
	n.Candidates, _ = strconv.Atoi(p["nifi.cluster.flow.election.max.candidates"]) // blank is none
	var err error
	switch {
	case p["nifi.cluster.is.node"] != "true":
		return Node{}, fmt.Errorf("%s is no node of a cluster: its nifi.cluster.is.node is not true", pod)
	case n.Host != pod && !strings.HasPrefix(n.Host, pod+"."):
		return Node{}, fmt.Errorf("nifi.web.https.host of %s is %q, which doesn't begin with the pod's name: nobody could tell which node is which pod", pod, n.Host)
	}
	if n.HTTPSPort, err = port(p, "nifi.web.https.port"); err == nil {
		n.ProtocolPort, err = port(p, "nifi.cluster.node.protocol.port")
	}
	if err != nil {
		return Node{}, fmt.Errorf("%s: %w", pod, err)
	}
	return n, nil
}

func port(p map[string]string, name string) (int, error) {
	number, err := strconv.ParseUint(p[name], 10, 16)
	if err != nil || number == 0 {
		return 0, fmt.Errorf("%s is %q, which is no port", name, p[name])
	}
	return int(number), nil
}
