package policy

import (
	"fmt"
	"slices"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
)

// follow takes an incident a look further.
func (j *judging) follow(i *Incident, found []findings.Finding) {
	if i.Act != nil {
		i.Act.Seen = i.Act.Seen || j.effect(i)
	}
	j.count(i, found)
	row, f := otherwise(), findings.Finding{}
	if len(found) > 0 {
		row, f = rowOf(found)
	}
	switch {
	case i.ofRoots() || f.ID == findings.RootsDiffer && i.Act == nil:
		j.roots(i)
	case i.nudged():
		j.verifyTrust(i, found)
	case i.calm >= j.in.Limits.Polls:
		j.recovered(i)
	case i.Act != nil:
		j.verify(i, found)
	case i.Stage == Escalated && !i.Called:
	case len(found) > 0 && i.held >= row.looks(j.in.Limits):
		j.decide(i, row, f)
	default:
		j.expire(i)
	}
}

// count counts looks in a row: another finding with another deed begins anew.
// A look that a change has brought about right after another isn't counted.
func (j *judging) count(i *Incident, found []findings.Finding) {
	step := 0
	if j.now.Sub(i.counted) >= j.in.Limits.Spacing {
		step = 1
	}
	switch {
	case len(found) > 0:
		row, f := rowOf(found)
		if before, _ := rowOf([]findings.Finding{{ID: i.Finding}}); before.Deed != row.Deed && i.Act == nil {
			i.held, step = 0, 1
		}
		i.Finding, i.calm, i.held = f.ID, 0, i.held+step
	case !j.shows(i):
		return
	case j.back(i):
		i.held, i.calm = 0, i.calm+step
	default:
		i.held, i.calm = 0, 0
	}
	if step == 1 {
		i.counted = j.now
	}
}

// shows tells that the snapshot would show the finding if it still held.
func (j *judging) shows(i *Incident) bool {
	row, _ := rowOf([]findings.Finding{{ID: i.Finding}})
	return j.look.blind() == "" && (!row.trust() || j.look.TLS != nil)
}

// back tells that the pod takes part, if it should, and that a deed is behind it.
func (j *judging) back(i *Incident) bool {
	if i.Act != nil && !i.Act.Seen {
		return false
	}
	return i.Pod == "" || !j.look.wanted(i.Pod) || j.look.connected(i.Pod)
}

func (j *judging) recovered(i *Incident) {
	how := "by itself"
	if i.Act != nil {
		how = fmt.Sprintf("%.0f s after the deed (%s)", j.now.Sub(i.Act.At).Seconds(), i.Act.Deed)
	}
	how = fmt.Sprintf("well again %s, %.0f s after it was detected", how, j.now.Sub(i.Since).Seconds())
	if i.nudged() {
		how += "; " + j.trusting()
	}
	if remedy := j.refused(); i.Verdict == RestartForTrust && remedy != "" {
		how += "; that all are CONNECTED, only their readiness says, since they refuse the healer's own certificate: " + remedy
	}
	j.say(i, Recovered, "", i.Verdict, how)
	if i.Act != nil {
		j.memory.Healed = slices.DeleteFunc(j.memory.Healed, func(h Healed) bool { return h.Pod == i.Pod })
		j.memory.Healed = append(j.memory.Healed, Healed{i.Pod, i.Tried, j.now})
	}
	i.Stage, i.Act = Recovered, nil
}

// decide is what follows from a finding that held.
func (j *judging) decide(i *Incident, row Row, f findings.Finding) {
	deed := row.deed(i.Tried[row.Deed]+1, j.trustRestart())
	switch {
	case deed == Leave:
		i.Stage = Skipped
		j.say(i, Skipped, "left"+string(f.ID), Leave, row.Why)
		return
	case deed == Escalate && row.Deed == Escalate:
		j.escalate(i, string(f.ID), row.Why+": "+f.Remedy)
		return
	case deed == Escalate:
		j.escalate(i, "tries", fmt.Sprintf("%d attempts did not help, or not for long", i.Tried[row.Deed]))
		return
	}
	o := j.unconfirmed(i, deed)
	if !o.none() && i.Called {
		return
	}
	if i.Verdict != deed || i.Stage == Detected {
		i.Verdict, i.Stage = deed, Verdict
		j.say(i, Verdict, string(deed), deed, fmt.Sprintf("%s; held for %s; %s", evidence(f), looks(i.held), row.Why))
	}
	if o.code == unseen && i.Stage == Skipped {
		return // the next deep look says whether the reason is still the same
	}
	if !o.none() {
		if o.code == "person" || o.code == "operation" {
			i.Stage = Skipped
		}
		j.say(i, Skipped, o.code, deed, "not confirmed: "+o.text)
		j.expire(i)
		return
	}
	j.begins(i, deed, row.Deed)
}

func looks(n int) string {
	if n == 1 {
		return "1 look"
	}
	return fmt.Sprintf("%d looks", n)
}

// begins writes the deed down, unless a rule forbids it.
func (j *judging) begins(i *Incident, deed, first Deed) {
	if j.look.blind() != "" {
		i.Stage = Skipped
		j.say(i, Skipped, "storm", deed, "frozen: "+j.look.blind())
		return
	}
	if j.now.Before(i.NotBefore) {
		return // said with the failure
	}
	if o := j.guarded(i, deed); !o.none() {
		i.Stage, i.Refused = Skipped, nil
		j.say(i, Skipped, o.code, deed, o.text)
		return
	}
	if why := i.refusedFor(j.now, j.in.Limits); why != "" {
		i.Called = true
		j.escalate(i, "disruption", why)
		return
	}
	intent := j.intent(i, deed)
	if len(intent.Pods) == 0 {
		i.Stage = Skipped
		j.say(i, Skipped, "nobody", deed, "there is no pod to "+string(deed))
		return
	}
	intent.For = first
	i.attempt(first)
	i.Stage, i.Act, i.Called, j.begin = Acted, &intent, false, true
}

// intent is the deed with all that tells later whether it was done.
func (j *judging) intent(i *Incident, deed Deed) Intent {
	intent := Intent{Deed: deed, At: j.now}
	if deed == Nudge {
		intent.Pods = j.behind(i)
		return intent
	}
	m := j.look.members[i.Pod]
	if m.Pod == nil || m.Node == nil {
		return intent
	}
	intent.Pods, intent.UID, intent.Node = []string{i.Pod}, m.Pod.UID, m.Node.ID
	return intent
}

func (j *judging) escalate(i *Incident, code, why string) {
	i.Stage = Escalated
	j.say(i, Escalated, code, Escalate, why)
}

// expire calls a person when an incident neither ends nor can be acted on.
func (j *judging) expire(i *Incident) {
	since := i.Since
	if i.NotBefore.After(since) {
		since = i.NotBefore
	}
	if i.Stage != Skipped && i.Stage != Escalated && j.now.Sub(since) > j.in.Limits.Patience {
		i.Called = true
		j.escalate(i, "patience", fmt.Sprintf("for %s nothing could be confirmed that the healer may mend", j.in.Limits.Patience.Round(time.Second)))
	}
}
