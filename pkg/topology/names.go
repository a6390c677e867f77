package topology

import (
	"fmt"
	"strconv"
	"strings"
)

// MaxNodes is the largest cluster one NiFiCluster may describe. Identities and
// projected Secrets exist for every ordinal below it from the first day, so
// that scaling changes no pod template and no access policy.
const MaxNodes = 20

// DefaultDomain is the cluster domain unless a document says otherwise.
const DefaultDomain = "cluster.local"

// Ports a NiFi node listens on.
const (
	PortHTTPS       = 8443  // UI, REST API and request replication
	PortProtocol    = 11443 // heartbeats and joins
	PortLoadBalance = 6342  // FlowFiles between nodes
	PortManagement  = 52020 // health, on the pod's loopback only
)

// Labels that every object of a cluster carries.
const (
	LabelName      = "app.kubernetes.io/name"
	LabelInstance  = "app.kubernetes.io/instance"
	LabelManagedBy = "app.kubernetes.io/managed-by"
	LabelComponent = "app.kubernetes.io/component"
	Prefix         = "kubectl-nifi.dev/"
)

// Names derives every object name and identity of a cluster from its own name,
// its namespace and the cluster domain. It is a value: copy it freely.
type Names struct {
	Cluster   string // NiFiCluster name; also the StatefulSet and ServiceAccount
	Namespace string
	Domain    string // cluster domain; see DefaultDomain

	// Layout says what is otherwise in a cluster that this project did not
	// render. It is zero for those it did.
	Layout Layout
}

// Headless is the Service that gives each node its DNS name.
func (n Names) Headless() string { return orDefault(n.Layout.Headless, n.Cluster+"-nodes") }

// UI is the Service people and clients connect to; an adopted cluster may have
// none.
func (n Names) UI() string {
	if n.Adopted() {
		return n.Layout.UI
	}
	return n.Cluster + "-ui"
}

// Pod is the name of the node with this ordinal.
func (n Names) Pod(ordinal int) string { return n.StatefulSet() + "-" + strconv.Itoa(ordinal) }

// HeadlessFQDN is the DNS domain of the nodes.
func (n Names) HeadlessFQDN() string {
	if n.Adopted() {
		return strings.TrimPrefix(n.Layout.Suffix, ".")
	}
	return n.Headless() + "." + n.Namespace + ".svc." + n.Domain
}

// FQDN is a node's address: its election identity, SNI and Host name.
func (n Names) FQDN(pod string) string {
	if n.Adopted() {
		return pod + n.Layout.Suffix
	}
	return pod + "." + n.HeadlessFQDN()
}

// Ordinal is the number of a node's pod, negative if the pod is none of the
// cluster's.
func (n Names) Ordinal(pod string) int {
	digits, ok := strings.CutPrefix(pod, n.StatefulSet()+"-")
	ordinal, err := strconv.ParseUint(digits, 10, 31)
	if !ok || err != nil {
		return -1
	}
	return int(ordinal)
}

// NodeSecret holds the certificate and key of the node with this ordinal.
func (n Names) NodeSecret(ordinal int) string { return n.Pod(ordinal) + "-tls" }

// AdminSecret holds the first administrator's client certificate and key.
func (n Names) AdminSecret() string { return orDefault(n.Layout.ClientSecret, n.Cluster+"-admin-tls") }

// HealerSecret holds the healer's client certificate and key.
func (n Names) HealerSecret() string {
	return orDefault(n.Layout.HealerSecret, n.Cluster+"-healer-tls")
}

// Keys is the Secret of the sensitive properties key, unless a document names
// another.
func (n Names) Keys() string { return n.Cluster + "-keys" }

// CA is the cert-manager Certificate, Secret and Issuer of the cluster's own
// root in this generation (1 is the first).
func (n Names) CA(generation int) string {
	if generation <= 1 {
		return n.Cluster + "-ca"
	}
	return fmt.Sprintf("%s-ca-%d", n.Cluster, generation)
}

// Trust is the Secret of anchors that a person or a rotation publishes.
func (n Names) Trust() string { return n.Cluster + "-trust" }

// RotationSecret holds the client certificate that a rotation tries the nodes
// with.
func (n Names) RotationSecret() string { return n.Cluster + "-rotation-tls" }

// Generation is that of the cluster's own root with this name; 0 if it is none.
func (n Names) Generation(ca string) int {
	if ca == n.CA(1) {
		return 1
	}
	digits, ok := strings.CutPrefix(ca, n.CA(1)+"-")
	generation, err := strconv.ParseUint(digits, 10, 31)
	if !ok || err != nil || ca != n.CA(int(generation)) {
		return 0
	}
	return int(generation)
}

// NiFiCA is the Deployment, Service, volume claim and the Secret with the token
// of the tls-toolkit's certificate authority.
func (n Names) NiFiCA() string { return n.Cluster + "-nifi-ca" }

// OperationLease is the lock and journal shared by the plugin and the healer.
func (n Names) OperationLease() string { return n.Cluster + "-operation" }

// RequireDrainName is that of the admission policy and its binding, which
// belong to no namespace.
func (n Names) RequireDrainName() string {
	return fmt.Sprintf("%s.%s.require-drain.kubectl-nifi.dev", n.Cluster, n.Namespace)
}

// CoordinatorLease is held by the cluster coordinator
// (nifi-framework-kubernetes, KubernetesLeaderElectionManager).
func (n Names) CoordinatorLease() string { return n.leasePrefix() + "cluster-coordinator" }

// PrimaryLease is held by the primary node.
func (n Names) PrimaryLease() string { return n.leasePrefix() + "primary-node" }

// Identity is the NiFi user of a certificate with this common name: the whole
// subject in the order NiFi prints it (StandardPrincipalFormatter).
func (n Names) Identity(commonName string) string {
	return fmt.Sprintf("CN=%s, OU=NIFI, O=%s", commonName, n.Namespace)
}

// AdminIdentity is the first administrator's NiFi user.
func (n Names) AdminIdentity() string { return n.Identity(n.Cluster + "-admin") }

// HealerIdentity is the healer's NiFi user.
func (n Names) HealerIdentity() string { return n.Identity(n.Cluster + "-healer") }
