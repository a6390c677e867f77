package findings

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// stale judges nodes that the coordinator knows and no pod stands for or will.
func stale(f facts) []Finding {
	var all []Finding
	for _, node := range f.Stale() {
		pod, _, _ := strings.Cut(node.Address, ".")
		if !f.ours(node.Address) || node.Status == view.StatusConnected || slices.Contains(f.wanted(), pod) || f.StatefulSet == nil {
			continue
		}
		evidence := []string{fmt.Sprintf("node %s is %s, there are %d replicas and no pod %s; while it is known no component can be deleted",
			node.ID, node.Status, f.StatefulSet.Desired, pod)}
		remedy := f.plugin("remove %s %s", f.Names.Cluster, pod)
		for _, claim := range f.detail.Claims {
			if claim.Pod == pod {
				evidence = append(evidence, fmt.Sprintf("claim %s (%s) is still there, and %d FlowFiles were queued when the node was last heard of", claim.Name, claim.Size, node.FlowFiles))
				remedy = f.plugin("rescue %s", f.Names.Cluster) + ", or to give its FlowFiles up: " + remedy + " --lose-flowfiles"
			}
		}
		all = append(all, find(StaleNode, pod, remedy, evidence...))
	}
	return all
}

// leftVolumes judges volumes beyond the cluster's size: whoever took their
// nodes away has not drained them, or has not said so.
func leftVolumes(f facts) []Finding {
	if f.StatefulSet == nil || f.Pods == nil {
		return nil
	}
	claims := map[string][]string{}
	var pods []string
	for _, claim := range f.detail.Claims {
		if f.Names.Ordinal(claim.Pod) < f.StatefulSet.Desired || !claim.Drained.IsZero() || f.pod(claim.Pod) != nil {
			continue
		}
		if claims[claim.Pod] == nil {
			pods = append(pods, claim.Pod)
		}
		claims[claim.Pod] = append(claims[claim.Pod], claim.Name)
	}
	var all []Finding
	for _, pod := range pods {
		all = append(all, find(VolumeLeft, pod,
			fmt.Sprintf("%s, or if nothing on it matters: %s", f.plugin("rescue %s", f.Names.Cluster), f.kubectl("delete pvc %s", strings.Join(claims[pod], " "))),
			fmt.Sprintf("there are %d replicas, and claim %s is of %s; nothing says that it was drained", f.StatefulSet.Desired, strings.Join(claims[pod], ", "), pod)))
	}
	return all
}

// cut judges a change of the cluster that nobody carries out any more.
func cut(f facts) []Finding {
	o := f.Operation
	if o == nil || o.What == "" || o.Holder != "" && o.Valid(f.Time.Add(-time.Minute)) { // clocks differ
		return nil
	}
	evidence := []string{fmt.Sprintf("%s was begun %s ago; the last step was: %s", o.What, f.since(o.Since), o.Step)}
	if o.Reason != "" {
		evidence = append(evidence, "it stopped: "+o.Reason)
	}
	return []Finding{find(OperationCut, "", f.plugin("operations %s --resume", f.Names.Cluster)+", or --abort to take it back", evidence...)}
}
