package topology

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// How NiFi elects its leaders (nifi.cluster.leader.election.implementation).
const (
	ElectionKubernetes = "kubernetes"
	ElectionZooKeeper  = "zookeeper"
)

// ComponentAdopted is the component label of the record of a cluster that this
// project did not render, and of its operation Lease.
const ComponentAdopted = "adopted"

// Layout is how a cluster that this project did not render is laid out where
// ours have it by rule. The zero value is the layout of our overlays. It is
// plain data without lists, so that Names stays comparable.
type Layout struct {
	StatefulSet    string `json:"statefulSet"`
	Headless       string `json:"headlessService"`   // the governing Service
	UI             string `json:"service,omitempty"` // the Service for people; empty if there is none
	Container      string `json:"container"`         // NiFi's own in each pod
	Selector       string `json:"podSelector"`       // labels of the pods
	ServiceAccount string `json:"serviceAccount"`    // of the pods

	Suffix       string `json:"hostSuffix"` // what follows the pod's name in nifi.web.https.host, a dot first
	HTTPSPort    int    `json:"httpsPort"`
	ProtocolPort int    `json:"protocolPort"`

	Election    string `json:"election"` // kubernetes or zookeeper
	LeasePrefix string `json:"leasePrefix,omitempty"`

	ClientSecret string `json:"clientSecret,omitempty"` // the administrator's client certificate
	HealerSecret string `json:"healerSecret,omitempty"` // the healer's

	HealerMode   string `json:"healerMode,omitempty"`   // as spec.healer.mode
	TrustRestart string `json:"trustRestart,omitempty"` // as spec.healer.trustRestart

	Loopback   bool   `json:"loopback"`             // HTTPS listens on the pod's loopback, so a port-forward reaches it
	Autoreload bool   `json:"autoreload"`           // NiFi loads changed stores by itself
	Candidates int    `json:"candidates,omitempty"` // votes that end the flow election; 0 is not set
	Authorizer string `json:"authorizer,omitempty"` // nifi.security.user.authorizer
}

// Validate refuses a layout that lacks what no cluster can be looked at without.
func (l Layout) Validate() error {
	switch {
	case l.StatefulSet == "":
		return errors.New("it names no StatefulSet")
	case l.Selector == "":
		return errors.New("it has no selector of pods")
	case l.HTTPSPort < 1 || l.HTTPSPort > 65535:
		return fmt.Errorf("HTTPS port %d is none", l.HTTPSPort)
	case l.Election != ElectionKubernetes && l.Election != ElectionZooKeeper:
		return fmt.Errorf("election %q is neither %s nor %s", l.Election, ElectionKubernetes, ElectionZooKeeper)
	}
	return nil
}

// Adopted tells that the cluster is not one of our overlays.
func (n Names) Adopted() bool { return n.Layout != Layout{} }

// Adoption is the Secret with the Layout of an adopted cluster.
func (n Names) Adoption() string { return n.Cluster + "-adopted" }

// StatefulSet is the StatefulSet whose pods are the nodes.
func (n Names) StatefulSet() string { return orDefault(n.Layout.StatefulSet, n.Cluster) }

// Container is NiFi's own container in each pod.
func (n Names) Container() string { return orDefault(n.Layout.Container, "nifi") }

// ServiceAccount is what NiFi is to the API server.
func (n Names) ServiceAccount() string { return orDefault(n.Layout.ServiceAccount, n.Cluster) }

// HTTPSPort is where a node serves its UI and REST API.
func (n Names) HTTPSPort() int {
	if n.Adopted() {
		return n.Layout.HTTPSPort
	}
	return PortHTTPS
}

// Endpoint is where a node's API is: "<host>:<port>".
func (n Names) Endpoint(pod string) string {
	return net.JoinHostPort(n.FQDN(pod), strconv.Itoa(n.HTTPSPort()))
}

// Elects tells that NiFi elects its leaders by the two Leases.
func (n Names) Elects() bool { return n.Layout.Election != ElectionZooKeeper }

// PodAt is the pod with this address, a host without port, or the address
// itself if it is that of none of the cluster's nodes.
func (n Names) PodAt(address string) string {
	if !n.Adopted() {
		pod, domain, _ := strings.Cut(address, ".")
		if domain == n.HeadlessFQDN() {
			return pod
		}
		return address
	}
	pod, _, _ := strings.Cut(address, ".") // node.address may be shorter than web.https.host
	if n.Ordinal(pod) < 0 {
		return address
	}
	return pod
}

// leasePrefix is what NiFi's leases begin with; empty if they have no prefix.
func (n Names) leasePrefix() string {
	switch {
	case !n.Adopted():
		return n.Cluster + "-"
	case n.Layout.LeasePrefix == "":
		return ""
	default:
		return n.Layout.LeasePrefix + "-"
	}
}
