package main

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// Where the fake world listens: all of it is loopback.
const (
	apiName    = "kubernetes.default.svc"
	apiAddress = "127.99.0.1"
	apiPort    = 443
	probeAt    = "127.99.0.2:8081" // the healer's health endpoint
)

// namesOf is the n-th cluster, in a namespace of its own, as one is advised to.
func namesOf(n int) topology.Names {
	return topology.Names{Cluster: fmt.Sprintf("bench%04d", n), Namespace: fmt.Sprintf("space%04d", n), Domain: topology.DefaultDomain}
}

// numberOf is the cluster that a node's name is of.
func numberOf(fqdn string) (cluster, node int, ok bool) {
	pod, _, _ := strings.Cut(fqdn, ".")
	prefix, ordinal, found := strings.Cut(strings.TrimPrefix(pod, "bench"), "-")
	cluster, errCluster := strconv.Atoi(prefix)
	node, errNode := strconv.Atoi(ordinal)
	return cluster, node, found && errCluster == nil && errNode == nil
}

// address is the loopback address of a node.
func address(cluster, node int) string {
	return fmt.Sprintf("127.%d.%d.%d", 100+cluster/250, cluster%250+1, node+1)
}

// hosts is the /etc/hosts of the world.
func hosts(clusters, nodes int) string {
	var text strings.Builder
	fmt.Fprintf(&text, "127.0.0.1 localhost\n%s %s\n", apiAddress, apiName)
	for c := range clusters {
		names := namesOf(c)
		for n := range nodes {
			fmt.Fprintln(&text, address(c, n), names.FQDN(names.Pod(n)))
		}
	}
	return text.String()
}

func nodeAddress(cluster, node int) string {
	return net.JoinHostPort(address(cluster, node), strconv.Itoa(topology.PortHTTPS))
}
