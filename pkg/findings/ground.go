package findings

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// oldestMinor is the first Kubernetes 1.x with native sidecars switched on.
const oldestMinor = 29

// JudgeGround finds what would keep a cluster from starting in a namespace,
// with the pods of this overlay.
func JudgeGround(g view.Ground, rendered Rendered) []Finding {
	var all []Finding
	add := func(id ID, remedy, format string, args ...any) {
		all = append(all, find(id, "", remedy, fmt.Sprintf(format, args...)))
	}
	if minor, known := minorOf(g.Version); known && minor < oldestMinor {
		add(OldKubernetes, "upgrade Kubernetes", "the API server is %s; native sidecars need 1.%d", g.Version, oldestMinor)
	}
	if g.Exists != nil && !*g.Exists {
		add(NoNamespace, fmt.Sprintf("kubectl create namespace %s, or kubectl nifi init --create-namespace", g.Namespace), "there is no namespace %q", g.Namespace)
	}
	certManager := rendered.certManager()
	switch {
	case !certManager:
	case g.CertManager != nil && !*g.CertManager:
		add(NoCertManager, "install cert-manager: https://cert-manager.io/docs/installation/", "the API server has no cert-manager.io/v1")
	case g.Silent != "":
		add(CertManagerSilent, "kubectl -n cert-manager get pods", "an Issuer, sent as a dry run, is not taken: %s", g.Silent)
	}
	all = append(all, groundClasses(g)...)
	for _, q := range g.Quotas {
		if q.Full {
			add(QuotaFull, fmt.Sprintf("raise the quota: kubectl -n %s edit resourcequota %s", g.Namespace, q.Name), "quota %s: %s of %s %s are used", q.Name, q.Used, q.Hard, q.Resource)
		}
	}
	all = append(all, lacking(g, certManager)...)
	all = append(all, podSecurity(g, rendered)...)
	f := facts{}
	f.Names.Namespace, f.Errors = g.Namespace, g.Errors
	return sorted(append(all, sources(f)...))
}

// lacking judges the person's rights, a finding for each resource.
func lacking(g view.Ground, certManager bool) []Finding {
	verbs, resources := map[string][]string{}, []string{}
	for _, r := range g.Rights {
		what := strings.TrimSuffix(r.Resource+"."+r.Group, ".")
		if r.Allowed || r.Group == "cert-manager.io" && !certManager {
			continue
		}
		if verbs[what] == nil {
			resources = append(resources, what)
		}
		verbs[what] = append(verbs[what], r.Verb)
	}
	var all []Finding
	for _, what := range resources {
		may := fmt.Sprintf("%s %s in namespace %s", strings.Join(verbs[what], ", "), what, g.Namespace)
		all = append(all, find(CannotApply, "", "ask for the right to "+may, "you may not "+may))
	}
	return all
}

// groundClasses judges the StorageClass that volumes would have.
func groundClasses(g view.Ground) []Finding {
	fits := func(s view.StorageClass) bool {
		return g.Class == "" && s.Default || g.Class != "" && s.Name == g.Class
	}
	if g.Classes == nil || slices.ContainsFunc(g.Classes, fits) {
		return nil
	}
	f := facts{detail: view.Detail{Classes: g.Classes}}
	if g.Class != "" {
		return []Finding{find(ClassMissing, "", "name another one", fmt.Sprintf("StorageClass %q doesn't exist; there is %s", g.Class, f.classes()))}
	}
	return []Finding{find(NoDefaultClass, "", "set spec.storage.storageClassName", "there is no default StorageClass; there is "+f.classes())}
}

// minorOf is y of "v1.y.z".
func minorOf(version string) (int, bool) {
	match := regexp.MustCompile(`^v1\.(\d+)`).FindStringSubmatch(version)
	if match == nil {
		return 0, false
	}
	minor, err := strconv.Atoi(match[1])
	return minor, err == nil
}
