package v1

import (
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// From makes the document of a cluster's findings.
func From(c view.Cluster, all []findings.Finding) Diagnosis {
	d := Of(Metadata{Name: c.Names.Cluster, Namespace: c.Names.Namespace, Time: c.Time}, all)
	for _, check := range findings.Checks(c, all) {
		out := Check{Area: check.Area, Findings: len(check.Findings)}
		for _, e := range check.Unread {
			out.Unread = append(out.Unread, string(e.Source))
		}
		d.Checks = append(d.Checks, out)
	}
	for _, e := range c.Errors {
		d.Errors = append(d.Errors, Error{Source: string(e.Source), Subject: e.Subject, Reason: string(e.Reason), Message: e.Message})
	}
	return d
}

// Of makes the document of findings about anything.
func Of(metadata Metadata, all []findings.Finding) Diagnosis {
	metadata.Time = metadata.Time.UTC().Truncate(time.Second)
	counts := findings.Count(all)
	d := Diagnosis{
		APIVersion: APIVersion, Kind: Kind, Metadata: metadata, Healthy: len(all) == 0,
		Counts: Counts{Critical: counts[findings.Critical], Warning: counts[findings.Warning], Info: counts[findings.Info]},
		Checks: []Check{}, Findings: []Finding{}, Errors: []Error{},
	}
	for _, f := range all {
		if f.HiddenBy != "" {
			d.Counts.Explained++
		}
		definition := f.ID.Definition()
		d.Findings = append(d.Findings, Finding{
			ID: string(f.ID), Area: definition.Area, Severity: string(definition.Severity), Title: definition.Title,
			Subject: f.Subject, Evidence: f.Evidence, Remedy: f.Remedy, Docs: definition.Anchor(), ExplainedBy: string(f.HiddenBy),
		})
	}
	return d
}

// List makes the document of several diagnoses.
func List(items []Diagnosis) DiagnosisList {
	return DiagnosisList{APIVersion: APIVersion, Kind: KindList, Items: append([]Diagnosis{}, items...)}
}
