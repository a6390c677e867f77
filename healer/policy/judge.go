package policy

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// Input is what is known at one look at a cluster.
type Input struct {
	Cluster  view.Cluster
	Findings []findings.Finding // Judge of package findings, of the same snapshot
	Pause    *Pause             // nil: nobody asked for one
	Limits   Limits
	Me       string         // how the lock's holder begins if it is a healer
	Random   func() float64 // in [0, 1)
}

// Outcome is what follows from a look.
type Outcome struct {
	Memory    Memory
	Decisions []Decision // news only
	Begin     bool       // Memory.Doing() is new: write it down, then do it
}

// Judge decides. It begins at most one deed, and none while one is under way.
func Judge(in Input, m Memory) Outcome {
	j := &judging{in: in, look: newLook(in.Cluster, in.Limits.Interval), now: in.Cluster.Time, memory: m.clone(), mode: ModeOf(in.Cluster.StatefulSet)}
	j.remember()
	found := j.found()
	for _, pod := range sortedPods(found) {
		if j.memory.incident(pod) == nil {
			j.open(pod, found[pod])
		}
	}
	for i := range j.memory.Incidents {
		incident := &j.memory.Incidents[i]
		j.follow(incident, found[incident.Pod])
	}
	j.memory.Incidents = slices.DeleteFunc(j.memory.Incidents, func(i Incident) bool { return i.Stage == Recovered })
	return Outcome{Memory: j.memory, Decisions: j.decisions, Begin: j.begin}
}

// judging is one look being judged.
type judging struct {
	in        Input
	look      look
	now       time.Time
	mode      Mode
	memory    Memory
	decisions []Decision
	begin     bool
}

// ModeOf is the cluster's mode; one that nobody knows is the most careful.
func ModeOf(s *view.StatefulSet) Mode {
	switch {
	case s == nil:
		return Observe
	case s.HealerMode == "":
		return Act
	case s.HealerMode == string(Act), s.HealerMode == string(Suggest):
		return Mode(s.HealerMode)
	}
	return Observe
}

// trustRestart is spec.healer.trustRestart.
func (j *judging) trustRestart() string {
	if j.look.StatefulSet == nil {
		return TrustRestartNever
	}
	return j.look.StatefulSet.TrustRestart
}

// remember keeps up what the memory holds besides incidents.
func (j *judging) remember() {
	j.memory.Healed = slices.DeleteFunc(j.memory.Healed, func(h Healed) bool { return !j.now.Before(h.At.Add(j.in.Limits.Remember)) })
	if j.look.blind() != "" {
		return
	}
	j.memory.Out = slices.DeleteFunc(j.memory.Out, func(pod string) bool { return j.look.connected(pod) || !j.look.wanted(pod) })
	for name, m := range j.look.members {
		if j.look.byPerson(m) && j.look.wanted(name) && !j.out(name) {
			j.memory.Out = append(j.memory.Out, name)
		}
	}
	slices.Sort(j.memory.Out)
	if len(j.look.unwell(j.memory.Out)) > budget(j.look.StatefulSet.Desired) {
		j.memory.storm = j.now
	}
}

// out tells that a person took the pod's node out, now or as remembered.
func (j *judging) out(pod string) bool { return slices.Contains(j.memory.Out, pod) }

// found is the findings that count, by pod: those that the table has or that
// keep a node out. What another finding explains counts as that one, wherever
// it is.
func (j *judging) found() map[string][]findings.Finding {
	found := map[string][]findings.Finding{}
	for _, f := range j.in.Findings {
		out := j.look.blind() == "" && f.Severity() == findings.Critical && j.look.wanted(f.Subject) && !j.look.connected(f.Subject)
		if !listed(f.ID) && !(out && f.HiddenBy == "") {
			continue
		}
		if f.HiddenBy != "" {
			f.ID = f.HiddenBy
		}
		found[f.Subject] = append(found[f.Subject], f)
	}
	return found
}

func sortedPods(found map[string][]findings.Finding) []string {
	var pods []string
	for pod := range found {
		pods = append(pods, pod)
	}
	slices.Sort(pods)
	return pods
}

// open begins an incident.
func (j *judging) open(pod string, found []findings.Finding) {
	subject := pod
	if subject == "" {
		subject = j.look.Names.Cluster
	}
	row, f := rowOf(found)
	i := Incident{
		ID:  fmt.Sprintf("%s-%s", subject, j.now.UTC().Format("20060102T150405")),
		Pod: pod, Finding: f.ID, Stage: Detected, Since: j.now,
	}
	if h := j.memory.healed(pod); h != nil {
		i.Tried = maps.Clone(h.Tried)
	}
	j.say(&i, Detected, string(f.ID), row.deed(i.Tried[row.Deed]+1, j.trustRestart()), evidence(f))
	j.memory.Incidents = append(j.memory.Incidents, i)
}

func evidence(f findings.Finding) string {
	text := f.ID.Definition().Title
	if len(f.Evidence) > 0 {
		text += ": " + f.Evidence[0]
	}
	return text
}

// say tells of a decision unless it is what was said last.
func (j *judging) say(i *Incident, stage Stage, code string, deed Deed, reason string) {
	news := string(stage) + "/" + code
	if i.News == news {
		return
	}
	i.News = news
	j.decisions = append(j.decisions, i.decision(j.look.Names, j.now, stage, deed, reason))
}
