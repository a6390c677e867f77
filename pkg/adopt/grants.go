package adopt

import (
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// Grant is one policy that an identity needs in NiFi.
type Grant struct {
	Identity string
	Resource string // "/flow"
	Action   string // nifi.Read or nifi.Write
	Why      string
}

// Grants is what the plugin's client certificate and the healer's need, in the
// order to be given. Without an identity nothing is needed for it. A NiFi whose
// authorizer lets everybody do everything who is known at all needs none
// (SingleUserAuthorizer).
func Grants(admin, healer, healerMode, authorizer string) []Grant {
	if authorizer == "single-user-authorizer" {
		return nil
	}
	var all []Grant
	if admin != "" {
		all = append(all, reading(admin)...)
		all = append(all, Grant{admin, "/controller", nifi.Write, "disconnect, offload, reconnect and remove nodes"})
	}
	if healer != "" {
		all = append(all, reading(healer)...)
		if healerMode == topology.HealerAct {
			all = append(all, Grant{healer, "/controller", nifi.Write, "reconnect nodes; it also lets its holder upload NARs"})
		}
	}
	return all
}

func reading(identity string) []Grant {
	return []Grant{
		{identity, "/flow", nifi.Read, "ask each node whether it is in the cluster"},
		{identity, "/controller", nifi.Read, "ask the coordinator about all nodes"},
		{identity, "/system", nifi.Read, "ask how full the nodes' volumes are"},
	}
}
