package findings

import (
	"cmp"
	"slices"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// Severity ranks findings.
type Severity string

// The severities. Critical: something doesn't work. Warning: it will not work
// much longer, or not after the next restart, or a person has taken something
// out. Info: worth knowing.
const (
	Critical Severity = "critical"
	Warning  Severity = "warning"
	Info     Severity = "info"
)

// Severities lists them, worst first.
func Severities() []Severity { return []Severity{Critical, Warning, Info} }

// Rank is 0 for the worst severity.
func (s Severity) Rank() int { return slices.Index(Severities(), s) }

// Finding is one thing that is wrong with one subject.
type Finding struct {
	ID       ID
	Subject  string   // a pod, a certificate …; empty is the cluster as a whole
	Evidence []string // how we know, with numbers
	Remedy   string   // the command or edit that mends it
	HiddenBy ID       // the finding that explains this one; empty if none does
}

// Severity is how bad it is.
func (f Finding) Severity() Severity { return f.ID.Definition().Severity }

// Judge finds what is wrong in a snapshot, worst first. A finding that another
// one explains comes last and says so.
func Judge(c view.Cluster) []Finding {
	f := factsOf(c)
	var all []Finding
	for _, judge := range []func(facts) []Finding{
		kubernetes, heaps, pods, throttling, storage, volumes, adopted, certificates, served, trusted, nifiCA, clientsBehind, headless, election, joining, nodes, stale, leftVolumes, cut, rights, healerRights, sources,
	} {
		all = append(all, judge(f)...)
	}
	return sorted(explain(f.fit(all)))
}

// sorted puts root causes first, then the worst, then by ID and subject.
func sorted(all []Finding) []Finding {
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(hidden(a), hidden(b)),
			cmp.Compare(a.Severity().Rank(), b.Severity().Rank()),
			strings.Compare(string(a.ID), string(b.ID)),
		)
	})
	return all
}

func hidden(f Finding) int {
	if f.HiddenBy != "" {
		return 1
	}
	return 0
}
