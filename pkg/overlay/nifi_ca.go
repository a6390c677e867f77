package overlay

import (
	"fmt"
	"strconv"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// FromNiFiCA tells that nodes ask a tls-toolkit's certificate authority for
// their stores.
func (v values) FromNiFiCA() bool { return v.TLSSource == topology.SourceNiFiCA }

// NiFiCAName is that of everything that belongs to the certificate authority.
func (v values) NiFiCAName() string { return v.Names.NiFiCA() }

// NiFiCAPort is text, since environment variables are.
func (v values) NiFiCAPort() string { return strconv.Itoa(topology.PortNiFiCA) }

// NiFiCASelector and NiFiCALabels keep the authority's pod out of the Services
// of the nodes.
func (v values) NiFiCASelector() string {
	return fmt.Sprintf("{%s: nifi-ca, %s: %q}", topology.LabelName, topology.LabelInstance, v.Name())
}

func (v values) NiFiCALabels() string {
	return fmt.Sprintf("{%s: nifi-ca, %s: %q, %s: kubectl-nifi, %s: ca}",
		topology.LabelName, topology.LabelInstance, v.Name(), topology.LabelManagedBy, topology.LabelComponent)
}

// NodeDN and NodeNames are what a node asks for, with the pod's name as the
// kubelet puts it into an environment variable.
func (v values) NodeDN() string { return v.Identity("$(POD_NAME)") }

// NodeNames is a JSON list.
func (v values) NodeNames() (string, error) { return toJSON(v.namesOf("$(POD_NAME)")) }

// Stores is where a node keeps what the authority gave it.
func (v values) Stores() trust.Stores {
	const kept = "/opt/nifi/nifi-current/state/tls/"
	at := func(file string) trust.Location {
		return trust.Location{Path: kept + file, Type: trust.JKS, Password: trust.Password{File: kept + "password"}}
	}
	return trust.Stores{Keystore: at("keystore.jks"), Truststore: at("truststore.jks")}
}
