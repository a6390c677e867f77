package findings

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// nifiCA judges the tls-toolkit's certificate authority: each of these is how a
// new root of the old name comes about, which the other nodes don't know, or a
// certificate that nobody should have got.
func nifiCA(f facts) []Finding {
	ca := f.detail.NiFiCA
	if ca == nil {
		return nil
	}
	var all []Finding
	if !ca.Kept {
		all = append(all, find(RootNotKept, ca.Workload, "put its folder on a PersistentVolumeClaim before its pod moves, and copy what is in it now there first",
			"no volume that outlives the pod is mounted; without its files the tls-toolkit makes a new root under the old name, and nodes that start then are refused by all others"))
	}
	if ca.Known {
		all = append(all, find(CADefaultToken, ca.Workload, "make a new token of 16 characters or more in a Secret, give it to the nodes and to the authority, and restart the authority",
			fmt.Sprintf("its pod template holds the token of the tls-toolkit's examples, %q: whoever reaches the authority gets a node's certificate", topology.DefaultToken)))
	}
	return append(all, append(f.besideNodes(*ca), f.awayCA(*ca)...)...)
}

// besideNodes judges where the authority's pod runs: a host that fails takes
// both. Where all pods are on one host there may be no other, and the person
// has said so by asking for no more than a preference.
func (f facts) besideNodes(ca view.NiFiCA) []Finding {
	hosts := map[string][]string{}
	for _, p := range f.Pods {
		if p.Host != "" {
			hosts[p.Host] = append(hosts[p.Host], p.Name)
		}
	}
	for _, p := range ca.Pods {
		nodes := hosts[p.Host]
		if len(nodes) == 0 || ca.Preferred && len(hosts) == 1 {
			continue
		}
		return []Finding{find(CABesideNodes, ca.Workload, "give its pod a required anti-affinity to the pods of NiFi (spec.tls.nifiCA.antiAffinity: required) and room on another host",
			fmt.Sprintf("pod %s is on %s, as is %s", p.Name, p.Host, strings.Join(nodes, ", ")))}
	}
	return nil
}

// awayCA judges an authority that has answered nobody for a while.
func (f facts) awayCA(ca view.NiFiCA) []Finding {
	if slices.ContainsFunc(ca.Pods, func(p view.Pod) bool { return p.Ready || f.Age(p.Created) < placeBudget }) || f.fresh() {
		return nil
	}
	evidence := []string{"it has no pod"}
	for i, p := range ca.Pods {
		if i == 0 {
			evidence = nil
		}
		evidence = append(evidence, strings.TrimRight(fmt.Sprintf("pod %s, made %s ago, is not ready: %s %s", p.Name, f.since(p.Created), p.Reason, p.Message), ": "))
	}
	return []Finding{find(CANotReady, ca.Workload, f.kubectl("describe %s", strings.ToLower(strings.Replace(ca.Workload, " ", "/", 1)))+
		"; if no host is free of NiFi's pods, add one or set spec.tls.nifiCA.antiAffinity: preferred", evidence...)}
}
