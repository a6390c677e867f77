package findings

import (
	"fmt"

	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// podSecurity judges the pods of an overlay by the namespace's labels, with the
// checks that the API server itself does
// (https://kubernetes.io/docs/concepts/security/pod-security-admission/).
func podSecurity(g view.Ground, rendered Rendered) []Finding {
	// What the API server takes for a missing label is its own configuration;
	// as it comes, that is privileged. A label it can't read is restricted.
	labelled, _ := api.PolicyToEvaluate(g.Labels, api.Policy{Enforce: api.LevelVersion{Level: api.LevelPrivileged, Version: api.LatestVersion()}})
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return nil // its own table of checks is broken: nothing is known
	}
	var all []Finding
	for _, set := range rendered.Sets {
		template := set.Spec.Template
		evidence := []string{fmt.Sprintf("namespace %s enforces %q", g.Namespace, labelled.Enforce.String())}
		for _, check := range evaluator.EvaluatePod(labelled.Enforce, &template.ObjectMeta, &template.Spec) {
			if !check.Allowed {
				evidence = append(evidence, fmt.Sprintf("the pods of %s fail the check %q: %s", set.Name, check.ForbiddenReason, check.ForbiddenDetail))
			}
		}
		if len(evidence) > 1 {
			all = append(all, find(PodSecurity, "", fmt.Sprintf(
				"take the patch that does this out of kustomization.yaml, since the overlay's own pods fit restricted; or kubectl label namespace %s --overwrite %s=%s",
				g.Namespace, api.EnforceLevelLabel, api.LevelPrivileged), evidence...))
		}
	}
	return all
}
