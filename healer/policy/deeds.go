package policy

import (
	"fmt"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// Done is the memory after the deed that was to begin was done, and the news.
func (m Memory) Done(names topology.Names, now time.Time, how string) (Memory, Decision) {
	m = m.clone()
	i := m.Doing()
	i.Stage, i.News, i.Refused = Acted, string(Acted), nil
	return m, i.decision(names, now, Acted, i.Act.Deed, how)
}

// Missed is the memory after the deed couldn't be done, and the news.
func (m Memory) Missed(names topology.Names, now time.Time, err error, limits Limits, random func() float64) (Memory, Decision) {
	m = m.clone()
	return m, m.Doing().miss(names, err.Error(), limits, now, random)
}

// Withdrawn is the memory after the deed was not even begun, since somebody
// else was faster, and the news.
func (m Memory) Withdrawn(names topology.Names, now time.Time, why string) (Memory, Decision) {
	m = m.clone()
	i := m.Doing()
	d := i.decision(names, now, Skipped, i.Act.Deed, why)
	i.Tried[i.Act.For]--
	i.Act, i.Stage, i.News = nil, Skipped, string(Skipped)+"/locked"
	return m, d
}

// Postponed is the memory after a disruption budget let the pod not go, and the
// news, if it is any. That passes by itself, as when a node that was disconnected
// is no longer taken for Ready: it counts as no attempt, and the next look tries
// again.
func (m Memory) Postponed(names topology.Names, now time.Time, why error) (Memory, []Decision) {
	m = m.clone()
	i := m.Doing()
	d := i.decision(names, now, Skipped, i.Act.Deed, "a disruption budget holds it back; the next look tries again: "+why.Error())
	i.Tried[i.Act.For]--
	i.Act, i.Stage, i.News = nil, Verdict, string(Skipped)+"/disruption" // the next look must be as deep
	if i.Refused != nil {
		i.Refused = &Refusal{i.Refused.Since, why.Error()}
		return m, nil
	}
	i.Refused = &Refusal{now, why.Error()}
	return m, []Decision{d}
}

// refusedFor is why a disruption budget has held a deed back for too long; empty
// if it hasn't.
func (i *Incident) refusedFor(now time.Time, limits Limits) string {
	if i.Refused == nil || now.Sub(i.Refused.Since) <= limits.Return {
		return ""
	}
	return fmt.Sprintf("a disruption budget has let no pod go for %s: %s", limits.Return, i.Refused.Why)
}

// attempt counts one more.
func (i *Incident) attempt(first Deed) {
	if i.Tried == nil {
		i.Tried = Tried{}
	}
	i.Tried[first]++
}

// miss ends a deed that failed or didn't help.
func (i *Incident) miss(names topology.Names, why string, limits Limits, now time.Time, random func() float64) Decision {
	wait := limits.backOff(i.Tried[i.Act.For], random)
	d := i.decision(names, now, Failed, i.Act.Deed, fmt.Sprintf("the next attempt is in %s at the earliest", wait.Round(time.Second)))
	d.Error = why
	i.Act, i.Stage, i.News, i.NotBefore = nil, Failed, string(Failed), now.Add(wait)
	return d
}

func (i *Incident) decision(names topology.Names, now time.Time, stage Stage, deed Deed, reason string) Decision {
	d := Decision{
		Time: now, Cluster: names, Incident: i.ID, Stage: stage, Pod: i.Pod, Finding: i.Finding, Deed: deed, Reason: reason,
	}
	if i.Act != nil {
		d.Attempt = i.Tried[i.Act.For]
	}
	return d
}
