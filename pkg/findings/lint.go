package findings

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// Lint finds what is wrong with an overlay before anything is applied: names
// that were rewritten on one side only, and what leads nowhere.
func Lint(r Rendered) []Finding {
	var all []Finding
	for i := range r.Sets {
		all = append(all, lintSet(r, &r.Sets[i])...)
	}
	return sorted(explain(append(all, exposed(r)...)))
}

func lintSet(r Rendered, set *appsv1.StatefulSet) []Finding {
	var all []Finding
	replicas := 1
	if set.Spec.Replicas != nil {
		replicas = int(*set.Spec.Replicas)
	}
	if candidates, known := r.Candidates(set.Name); known && candidates > replicas {
		all = append(all, find(TooManyCandidates, "", fmt.Sprintf("set spec.replicas: %d in nificluster.yaml and run kubectl nifi init again, rather than patching replicas", replicas),
			fmt.Sprintf("nifi.cluster.flow.election.max.candidates is %d, replicas is %d", candidates, replicas)))
	}
	all = append(all, lintDomain(r, set, replicas)...)
	for _, missing := range dangling(r, set) {
		all = append(all, find(DanglingName, missing, "add it to the overlay, or see that it is there before the apply", "StatefulSet "+set.Name+" refers to "+missing+", which the overlay doesn't make"))
	}
	return all
}

// lintDomain judges the names that nodes are told and certified for.
func lintDomain(r Rendered, set *appsv1.StatefulSet, replicas int) []Finding {
	const remedy = "change name and namespace in nificluster.yaml and run kubectl nifi init again, rather than namespace, namePrefix or nameSuffix in kustomization.yaml"
	told := ""
	for _, c := range set.Spec.Template.Spec.Containers {
		for _, env := range c.Env {
			if env.Name == "HEADLESS_DOMAIN" {
				told = env.Value
			}
		}
	}
	if told == "" {
		return nil
	}
	names := topology.Names{Cluster: set.Name, Namespace: set.Namespace}
	prefix := set.Spec.ServiceName + "." + set.Namespace + ".svc."
	if !strings.HasPrefix(told, prefix) {
		return []Finding{find(WrongDomain, "", remedy, fmt.Sprintf("HEADLESS_DOMAIN is %s; the Service is %s in namespace %s", told, set.Spec.ServiceName, set.Namespace))}
	}
	if !byCertManager(*set) {
		return nil
	}
	var all []Finding
	for ordinal := range replicas {
		pod := names.Pod(ordinal)
		i := slices.IndexFunc(r.Certificates, func(c CertificateManifest) bool { return c.Spec.SecretName == names.NodeSecret(ordinal) })
		switch {
		case i < 0:
			all = append(all, find(NoCertificate, pod, remedy, fmt.Sprintf("no Certificate has the Secret %s", names.NodeSecret(ordinal))))
		case !covers(r.Certificates[i].Spec.DNSNames, pod+"."+told):
			all = append(all, find(NameMissing, pod, remedy, fmt.Sprintf("the names of Certificate %s lack %s.%s", r.Certificates[i].Metadata.Name, pod, told)))
		}
	}
	return all
}

// dangling names what a StatefulSet needs and the overlay doesn't make. A
// Secret of the person's own is named, too: nobody here can know that it is there.
func dangling(r Rendered, set *appsv1.StatefulSet) []string {
	var missing []string
	miss := func(kind, name string, there bool) {
		if subject := kind + " " + name; name != "" && !there && !slices.Contains(missing, subject) {
			missing = append(missing, subject)
		}
	}
	spec := set.Spec.Template.Spec
	miss("ServiceAccount", spec.ServiceAccountName, r.ServiceAccounts[spec.ServiceAccountName])
	miss("Service", set.Spec.ServiceName, r.Services[set.Spec.ServiceName])
	made := func(name string) bool {
		_, made := r.Secrets[name]
		return made || slices.ContainsFunc(r.Certificates, func(c CertificateManifest) bool { return c.Spec.SecretName == name })
	}
	for _, volume := range spec.Volumes {
		if s := volume.Secret; s != nil {
			miss("Secret", s.SecretName, made(s.SecretName) || s.Optional != nil && *s.Optional)
		}
		if volume.Projected == nil {
			continue
		}
		for _, source := range volume.Projected.Sources {
			if s := source.Secret; s != nil {
				miss("Secret", s.Name, made(s.Name) || s.Optional != nil && *s.Optional)
			}
		}
	}
	return missing
}

// exposed judges ConfigMaps: NiFi's ServiceAccount, and so every flow author,
// may read them. The value itself is never shown.
func exposed(r Rendered) []Finding {
	secret := regexp.MustCompile(`(?i)(-----BEGIN [A-Z ]*PRIVATE KEY|(passwd|password|secret|token|sensitive\.props\.key)\s*[=:]\s*[^\s$])`)
	var all []Finding
	for _, c := range r.ConfigMaps {
		for _, key := range slices.Sorted(maps.Keys(c.Data)) {
			if secret.MatchString(c.Data[key]) || secret.MatchString(key+"="+c.Data[key]) {
				all = append(all, find(SecretExposed, "ConfigMap "+c.Name, "put it into a Secret", fmt.Sprintf("key %s holds what looks like a private key, a password or a token", key)))
			}
		}
	}
	return all
}
