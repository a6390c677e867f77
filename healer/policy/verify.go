package policy

import (
	"fmt"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// verify looks for the effect of a deed that may have been done.
func (j *judging) verify(i *Incident, found []findings.Finding) {
	act := i.Act
	if act.Deed == Reconnect && act.Seen && i.held >= j.in.Limits.Polls && j.now.Sub(act.At) > j.in.Limits.Effect {
		_, f := rowOf(found)
		j.failed(i, "it is out again: "+evidence(f))
		return
	}
	limit, what := j.in.Limits.Rejoin, "it did not help"
	switch {
	case !act.Seen:
		limit, what = j.in.Limits.Effect, "it had no effect"
	case act.Deed == Restart:
		limit = j.in.Limits.Return
	}
	if j.now.Sub(act.At) > limit {
		j.failed(i, fmt.Sprintf("%s within %s", what, limit))
	}
}

// effect tells that the deed was done, whoever did it.
func (j *judging) effect(i *Incident) bool {
	m := j.look.members[i.Pod]
	switch i.Act.Deed {
	case Restart:
		return m.Pod != nil && m.Pod.UID != i.Act.UID
	case Reconnect:
		return m.Node != nil && (m.Node.Status == string(nifi.Connecting) || m.Node.Status == view.StatusConnected)
	}
	return true // a nudge shows only in what it brings
}

// failed ends a deed that didn't help.
func (j *judging) failed(i *Incident, why string) {
	j.decisions = append(j.decisions, i.miss(j.look.Names, why, j.in.Limits, j.now, j.in.Random))
}
