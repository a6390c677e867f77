package findings

import (
	"fmt"
	"slices"
	"strings"
)

// adopted judges what a cluster that this project did not render lacks, and
// what that means for whoever looks after it.
func adopted(f facts) []Finding {
	s := f.StatefulSet
	if !f.Names.Adopted() || s == nil {
		return nil
	}
	var all []Finding
	if !f.Names.Layout.Loopback {
		all = append(all, find(NoLoopback, "", "set nifi.web.https.network.interface.lo=lo and .eth0=eth0 beside nifi.web.https.host",
			"no nifi.web.https.network.interface.* is lo, so HTTPS listens on the pod's own address alone; the nodes are reached by exec"))
	}
	if s.Unprobed {
		all = append(all, find(NoReadiness, "", "add one that asks http://127.0.0.1:52020/health/cluster for Cluster Status: CONNECTED; see docs/adopt.md",
			fmt.Sprintf("container %s has no readinessProbe: every pod that runs counts as ready", f.Names.Container())))
	}
	if !f.Names.Elects() {
		all = append(all, find(ByZooKeeper, "", "nothing; NiFi 2 can elect by Leases: nifi.cluster.leader.election.implementation=KubernetesLeaderElectionManager",
			"nifi.cluster.leader.election.implementation is not KubernetesLeaderElectionManager"))
	}
	if service := f.detail.Service(f.Names.Headless()); service != nil && !service.PublishNotReady && !s.Unprobed {
		all = append(all, find(AddressHidden, "", f.kubectl(`patch service %s -p '{"spec":{"publishNotReadyAddresses":true}}'`, service.Name),
			fmt.Sprintf("Service %s has publishNotReadyAddresses: false: a pod that isn't ready has no name, and nobody can reach it to let it join", service.Name)))
	}
	if f.detail.Guarded != nil && !*f.detail.Guarded {
		all = append(all, find(NoBudget, "", f.kubectl("create poddisruptionbudget %s --max-unavailable=1 --selector=%s", f.Names.StatefulSet(), f.Names.Layout.Selector),
			fmt.Sprintf("no PodDisruptionBudget selects the pods (%s): a drain of Kubernetes nodes may end several at once", f.Names.Layout.Selector)))
	}
	if !f.Names.Layout.Autoreload {
		all = append(all, find(NoReload, "", "set nifi.security.autoreload.enabled=true; NiFi notices files that are renamed into place, not a mounted Secret that changes",
			"nifi.security.autoreload.enabled is not true"))
	}
	return all
}

// rendered names the findings that speak of what only our overlays have.
func rendered() []ID {
	return []ID{NoSidecar, WrongDomain, SubjectRewritten, NotReadyHidden, NotDelivered, NoCertManager, NoCertificate}
}

// fit leaves out what doesn't concern an adopted cluster, and names no document
// of ours as a remedy.
func (f facts) fit(all []Finding) []Finding {
	if !f.Names.Adopted() {
		return all
	}
	all = slices.DeleteFunc(all, func(one Finding) bool { return slices.Contains(rendered(), one.ID) })
	for i, one := range all {
		all[i].Remedy = f.fitting(one)
	}
	return all
}

func (f facts) fitting(one Finding) string {
	ours := slices.ContainsFunc([]string{"overlay", "spec.", "kubectl nifi init", "apply again", "cert-manager", "certs renew", "-tls", "nudge"}, func(word string) bool {
		return strings.Contains(one.Remedy, word)
	})
	switch {
	case one.ID == NoStatefulSet:
		return "apply what made it; or, if it is gone for good, forget it: " +
			f.kubectl("delete secret,lease,role,rolebinding -l app.kubernetes.io/instance=%s,app.kubernetes.io/component=adopted", f.Names.Cluster)
	case one.ID == Expired, one.ID == Expiring:
		return "renew the certificate where it was made, then " + f.plugin("restart %s %s", f.Names.Cluster, one.Subject) + " loads it"
	case one.ID == Distrust, one.ID == TrustRefused, one.ID == TrustDrift, one.ID == AnchorsDiffer:
		return f.plugin("certs %s", f.Names.Cluster) + " shows whose stores differ; " + f.plugin("heal %s --trust --dry-run", f.Names.Cluster) + " says which restarts would mend it"
	case one.ID == NoAnswer && strings.Contains(one.Remedy, "the node's root"):
		return fmt.Sprintf("if the root is to be trusted, put it into ca.crt of Secret %s, too; %s shows whose stores differ", f.Names.AdminSecret(), f.plugin("certs %s", f.Names.Cluster))
	case ours:
		return "change it in what makes the cluster (a chart's values, YAML) and apply that"
	}
	return strings.ReplaceAll(one.Remedy, " -c nifi", " -c "+f.Names.Container())
}
