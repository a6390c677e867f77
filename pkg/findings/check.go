package findings

import (
	"slices"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// Check is what came out of one area.
type Check struct {
	Area      string
	Findings  []Finding // those that no other one explains
	Explained int       // how many others there are
	Unread    []view.SourceError
}

// Worst is the worst severity of its findings; empty if there are none.
func (c Check) Worst() Severity {
	var worst Severity
	for _, f := range c.Findings {
		if worst == "" || f.Severity().Rank() < worst.Rank() {
			worst = f.Severity()
		}
	}
	return worst
}

// Checks sorts findings into their areas, and says of each what it lacked.
func Checks(c view.Cluster, all []Finding) []Check {
	var checks []Check
	for _, area := range Areas() {
		check := Check{Area: area}
		for _, f := range all {
			switch {
			case f.ID.Definition().Area != area:
			case f.HiddenBy != "":
				check.Explained++
			default:
				check.Findings = append(check.Findings, f)
			}
		}
		for _, e := range c.Errors {
			if slices.Contains(needs()[area], e.Source) && !slices.ContainsFunc(check.Unread, func(u view.SourceError) bool { return u.Source == e.Source }) {
				check.Unread = append(check.Unread, e)
			}
		}
		checks = append(checks, check)
	}
	return checks
}

// needs is the sources that an area is judged by.
func needs() map[string][]view.Source {
	nifi := []view.Source{view.SourceCoordinator, view.SourceCredentials}
	return map[string][]view.Source{
		"Kubernetes":             {view.SourceStatefulSet, view.SourcePods, view.SourceEvents},
		"Pods":                   {view.SourcePods, view.SourceEvents, view.SourceLogs},
		"Storage":                {view.SourceClaims, view.SourceClasses, view.SourceEvents, view.SourceVolumes},
		"Certificates and trust": {view.SourceCertificates, view.SourceRequests, view.SourceAuthorities, view.SourceNiFiCA, view.SourceSecrets},
		"Joining":                append([]view.Source{view.SourceServices, view.SourceEndpoints, view.SourceLogs}, nifi...),
		"Election":               {view.SourceLeases, view.SourceTopology},
		"Nodes":                  append([]view.Source{view.SourcePods}, nifi...),
		"Access":                 {view.SourceRules},
	}
}

// Awaited names the sources that an area is judged by and that are not settled
// yet: those it can lack, and those that fail pod by pod or unnoticed.
func Awaited(area string, settled map[view.Source]bool) []view.Source {
	more := map[string][]view.Source{
		"Pods": {view.SourceCPU}, "Certificates and trust": {view.SourceHandshakes}, "Nodes": {view.SourceNode},
		"Access": {view.SourceCredentials, view.SourceNode},
	}
	return slices.DeleteFunc(slices.Concat(needs()[area], more[area]), func(s view.Source) bool { return settled[s] })
}

// Count counts the findings that no other one explains, by severity.
func Count(all []Finding) map[Severity]int {
	counts := map[Severity]int{}
	for _, f := range all {
		if f.HiddenBy == "" {
			counts[f.Severity()]++
		}
	}
	return counts
}

// AtLeast tells that some finding that no other one explains is this bad.
func AtLeast(all []Finding, severity Severity) bool {
	return slices.ContainsFunc(all, func(f Finding) bool { return f.HiddenBy == "" && f.Severity().Rank() <= severity.Rank() })
}
