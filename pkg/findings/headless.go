package findings

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// headless judges the Service that gives the nodes their names.
func headless(f facts) []Finding {
	if f.detail.Services == nil || f.StatefulSet == nil {
		return nil
	}
	name := f.Names.Headless()
	apply := "kubectl apply -k of the overlay brings it back"
	s := f.detail.Service(name)
	switch {
	case s == nil:
		return []Finding{find(HeadlessMissing, "", apply, fmt.Sprintf("there is no Service %q in namespace %q", name, f.Names.Namespace))}
	case !s.Headless:
		return []Finding{find(NotHeadless, "", f.kubectl("delete service %s", name)+", then apply the overlay: clusterIP can't be changed",
			fmt.Sprintf("Service %s has a cluster IP, so the names of pods below it don't exist", name))}
	case !s.PublishNotReady:
		return []Finding{find(NotReadyHidden, "", f.kubectl(`patch service %s -p '{"spec":{"publishNotReadyAddresses":true}}'`, name),
			fmt.Sprintf("Service %s has publishNotReadyAddresses: false; a node is ready only after it joined, and can join only when it has a name", name))}
	}
	if missing := f.unnamed(); len(missing) > 0 {
		return []Finding{find(SelectorWrong, "", apply,
			fmt.Sprintf("Service %s (selector %s) doesn't list %s", name, selector(s), strings.Join(missing, ", ")))}
	}
	return nil
}

// unnamed is the pods that have run for a while and have no endpoint.
func (f facts) unnamed() []string {
	if f.detail.Endpoints == nil {
		return nil
	}
	var missing []string
	for _, p := range f.Pods {
		listed := slices.ContainsFunc(f.detail.Endpoints, func(e view.Endpoint) bool { return e.Pod == p.Name })
		if !listed && p.Reason != "Terminating" && f.running(&p) > startBudget {
			missing = append(missing, p.Name)
		}
	}
	return missing
}

func selector(s *view.Service) string {
	var pairs []string
	for key, value := range s.Selector {
		pairs = append(pairs, key+"="+value)
	}
	slices.Sort(pairs)
	return strings.Join(pairs, ",")
}
