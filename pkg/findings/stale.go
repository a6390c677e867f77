package findings

import (
	"fmt"
	"slices"
	"strings"

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
		remedy := "delete it in NiFi's cluster dialog"
		for _, claim := range f.detail.Claims {
			if claim.Pod == pod {
				evidence = append(evidence, fmt.Sprintf("claim %s (%s) is still there and may hold queued data", claim.Name, claim.Size))
				remedy = "if its data matters, scale up again, offload it and scale down; else " + remedy
			}
		}
		all = append(all, find(StaleNode, pod, remedy, evidence...))
	}
	return all
}
