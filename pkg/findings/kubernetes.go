package findings

import (
	"fmt"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// kubernetes judges the StatefulSet and whether its pods can be made at all.
func kubernetes(f facts) []Finding {
	if f.Absent() {
		return []Finding{find(NoStatefulSet, "", "kubectl apply -k of the overlay that kubectl nifi init made",
			fmt.Sprintf("no StatefulSet %q in namespace %q", f.Names.StatefulSet(), f.Names.Namespace))}
	}
	s := f.StatefulSet
	if s == nil {
		return nil
	}
	var all []Finding
	if !s.Parallel && !(f.Names.Adopted() && s.Unprobed) { // then the next pod waits for nothing but the first one's start
		all = append(all, find(OrderedPods, "",
			"set podManagementPolicy: Parallel; the field can't be changed in place: "+f.kubectl("delete statefulset %s --cascade=orphan", f.Names.StatefulSet())+" and apply again",
			"podManagementPolicy is OrderedReady: the first node waits for votes of nodes that are not made before it is ready"))
	}
	if s.NoSidecar {
		all = append(all, find(NoSidecar, "", "upgrade Kubernetes to 1.29 or newer and apply again",
			"the init container tls-sync has no restartPolicy: Always, so it ends and no certificate is renewed"))
	}
	if s.NodesDomain != "" && s.NodesDomain != f.Names.HeadlessFQDN() {
		all = append(all, find(WrongDomain, "",
			"change the namespace or name in nificluster.yaml and run kubectl nifi init again, rather than rewriting it in kustomization.yaml",
			fmt.Sprintf("HEADLESS_DOMAIN is %s, the nodes' names end in %s", s.NodesDomain, f.Names.HeadlessFQDN())))
	}
	return append(all, f.refusedPods(s)...)
}

// refusedPods judges why Kubernetes makes no pods or claims, where some are missing.
func (f facts) refusedPods(s *view.StatefulSet) []Finding {
	if f.Pods == nil || len(f.Pods) >= s.Desired {
		return nil
	}
	for _, e := range f.events("StatefulSet", f.Names.StatefulSet(), "FailedCreate") {
		id, remedy := refusal(e.Message)
		return []Finding{find(id, "", strings.ReplaceAll(remedy, "NAMESPACE", f.Names.Namespace),
			fmt.Sprintf("%d of %d pods are there", len(f.Pods), s.Desired), f.event(e))}
	}
	return nil
}

// refusal reads the API server's reason for refusing a pod or a claim.
func refusal(message string) (id ID, remedy string) {
	claim := strings.Contains(message, "PersistentVolumeClaim") || strings.Contains(message, "create Claim")
	switch {
	case strings.Contains(message, "exceeded quota") && claim:
		return StorageQuota, "raise the quota or lower spec.storage.size: kubectl -n NAMESPACE describe quota"
	case strings.Contains(message, "exceeded quota"), strings.Contains(message, "failed quota"):
		return QuotaExceeded, "raise the quota or lower spec.resources: kubectl -n NAMESPACE describe quota"
	case strings.Contains(message, "violates PodSecurity"):
		return PodSecurity, "kubectl label namespace NAMESPACE pod-security.kubernetes.io/enforce=restricted --overwrite, which the overlay's own pods fit; see the patches in kustomization.yaml"
	case claim:
		return NoClaims, "kubectl -n NAMESPACE describe statefulset shows the API server's words"
	default:
		return PodsRefused, "kubectl -n NAMESPACE describe statefulset shows the API server's words"
	}
}
