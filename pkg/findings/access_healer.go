package findings

import (
	"fmt"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// healerNeeds is one right that a cluster's overlay gives to nifi-healer.
type healerNeeds struct {
	group, resource, name string
	verbs                 []string
	acts                  bool // not needed if it only observes
}

// healerRights judges what the healer of the namespace may do to the cluster.
// Without one there is nothing to judge: its own rules are how it shows.
func healerRights(f facts) []Finding {
	if f.StatefulSet == nil || !f.detail.AllowsHealer("apps", "statefulsets", "", "list") {
		return nil
	}
	var missing []string
	for _, need := range f.healerNeeds() {
		for _, verb := range need.verbs {
			if need.acts && f.StatefulSet.HealerMode == topology.HealerObserve {
				continue
			}
			if !f.detail.AllowsHealer(need.group, need.resource, need.name, verb) {
				missing = append(missing, fmt.Sprintf("%s %s/%s", verb, need.resource, need.name))
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return []Finding{find(HealerRights, "", fmt.Sprintf("kubectl nifi init %s, then kubectl apply -k of its folder, brings Role and RoleBinding %s-healer back",
		f.Names.Cluster, f.Names.Cluster), "nifi-healer may not "+strings.Join(missing, ", "))}
}

func (f facts) healerNeeds() []healerNeeds {
	pod := f.Names.Pod(0)
	if f.Names.Adopted() { // there is no tls-sync to be nudged, and no anchor to be published
		return []healerNeeds{
			{"coordination.k8s.io", "leases", f.Names.OperationLease(), []string{"get", "update", "patch"}, false},
			{"", "secrets", f.Names.Adoption(), []string{"get"}, false},
			{"", "secrets", f.Names.HealerSecret(), []string{"get"}, false},
			{"", "pods/log", pod, []string{"get"}, false},
			{"", "pods/eviction", pod, []string{"create"}, true},
		}
	}
	return []healerNeeds{
		{"coordination.k8s.io", "leases", f.Names.OperationLease(), []string{"get", "update", "patch"}, false},
		{"", "secrets", f.Names.HealerSecret(), []string{"get"}, false},
		{"", "secrets", f.Names.Trust(), []string{"get"}, false},
		{"", "pods/log", pod, []string{"get"}, false},
		{"", "secrets", f.Names.Trust(), []string{"update", "patch"}, true},
		{"", "pods/status", pod, []string{"patch"}, true},
		{"", "pods/eviction", pod, []string{"create"}, true},
	}
}
