package policy

import (
	"slices"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
)

// rootsEscalate calls a person, and lets go of the lock. What was begun is taken
// back as far as it can be: whom the healer disconnected and didn't restart,
// nobody else would bring back.
func (j *judging) rootsEscalate(i *Incident, why error) {
	if i.Act = nil; i.Healing != nil {
		back := *i.Healing
		back.Abort = true
		i.Healing = &back
	}
	text := why.Error()
	if remedy := j.refused(); remedy != "" {
		text += "; the nodes refuse the healer's own certificate: " + remedy
	}
	j.escalate(i, "roots", text)
}

// undoing tells that restarts for trust were given up, and that some node may
// still be out because of them.
func (i *Incident) undoing() bool { return i.Healing != nil && i.Healing.Abort }

// undone ends that: a person has been called already.
func (i *Incident) undone(j operation.Journal) {
	if i.Act, i.Stage, i.Healing = nil, Escalated, &j; len(j.Taken) == 0 {
		i.Healing = nil
	}
}

// refused is what a person can do about nodes that don't let the healer's own
// certificate in, since it is of another root; empty if they do.
func (j *judging) refused() string {
	n := slices.IndexFunc(j.in.Findings, func(f findings.Finding) bool { return f.ID == findings.ClientsBehind })
	if n < 0 {
		return ""
	}
	return j.in.Findings[n].Remedy
}
