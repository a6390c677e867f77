package policy

import (
	"fmt"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
)

// What spec.healer.trustRestart says when restarts for trust may pass through a
// minority.
const TrustRestartFull = "full"

// ofRoots tells that the incident is about nodes that have different roots.
func (i *Incident) ofRoots() bool { return i.Healing != nil || i.Finding == findings.RootsDiffer }

// roots takes restarts for trust a look further: the plan that kubectl nifi heal
// --trust carries out, a step at a time, with its journal in the incident.
func (j *judging) roots(i *Incident) {
	if i.Act != nil && i.Act.Deed != RestartForTrust {
		i.Act = nil // what was under way can't help
	}
	if i.Pod != "" {
		if i.Stage = Skipped; i.calm >= j.in.Limits.Polls {
			j.recovered(i)
			return
		}
		j.say(i, Skipped, "roots", RestartForTrust, "it follows from the roots that differ in the whole cluster")
		return
	}
	idle := i.Healing == nil || i.Stage == Escalated
	switch {
	case idle && i.calm >= j.in.Limits.Polls:
		i.Healing = nil
		j.recovered(i)
		return
	case i.Stage == Escalated && !i.undoing(), i.Healing == nil && i.held < j.in.Limits.Polls:
		return
	}
	if j.look.TLS == nil || j.look.StatefulSet == nil || j.look.Pods == nil {
		return // the next look may show more
	}
	s := j.state()
	journal, err := j.journal(i, s)
	if err != nil {
		j.rootsEscalate(i, err)
		return
	}
	next, step, done, err := operation.Next(journal, s)
	switch {
	case err != nil:
		j.rootsEscalate(i, err)
	case done && i.undoing():
		i.undone(next)
	case done:
		i.Healing = nil
		j.recovered(i)
	case !step.Acts():
		j.rootsWait(i, next, step)
	default:
		j.rootsStep(i, next, step)
	}
}

// journal is that of the restarts that were begun, else of those that would be.
func (j *judging) journal(i *Incident, s operation.State) (operation.Journal, error) {
	if i.Healing != nil {
		return *i.Healing, nil
	}
	anchor, _, err := operation.Youngest(s)
	mode := j.trustRestart()
	intent := operation.Intent{Kind: operation.Heal, Anchor: anchor, Rolling: mode != TrustRestartFull && mode != TrustRestartNever}
	return operation.Begin(intent, s, j.in.Me), err
}

// rootsWait waits for a pod that was restarted, but not for ever. Who is out by a
// person and who is back by now may not be seen later, so it is kept.
func (j *judging) rootsWait(i *Incident, next operation.Journal, step operation.Step) {
	if i.Healing == nil {
		return
	}
	i.Healing = &next
	if j.now.Sub(next.Updated) > j.in.Limits.Return {
		j.rootsEscalate(i, fmt.Errorf("%s: not within %s", step, j.in.Limits.Return))
	}
}

// rootsStep does the next step, unless a rule forbids it or it was done just now.
func (j *judging) rootsStep(i *Incident, next operation.Journal, step operation.Step) {
	again := i.Act != nil && i.Act.Step == step.String()
	switch {
	case again && j.now.Sub(i.Act.At) <= j.in.Limits.Effect, j.now.Before(i.NotBefore):
		return
	case again && i.Tried[RestartForTrust] >= tries:
		j.rootsEscalate(i, fmt.Errorf("%s: %d attempts had no effect", step, tries))
		return
	case again:
		j.failed(i, fmt.Sprintf("%s: it had no effect within %s", step, j.in.Limits.Effect))
		return
	}
	reasons := strings.Join(operation.Reasons(next, j.state()), "; ")
	if i.Verdict != RestartForTrust {
		i.Verdict, i.Stage = RestartForTrust, Verdict
		j.say(i, Verdict, string(RestartForTrust), RestartForTrust, reasons)
	}
	if o := j.rootsGuarded(i); !o.none() {
		i.Stage, i.Refused = Skipped, nil
		j.say(i, Skipped, o.code, RestartForTrust, o.text)
		return
	}
	if i.Healing == nil || i.Healing.Step != step.String() {
		i.Tried, i.Refused = Tried{}, nil
	} else if i.Tried[RestartForTrust] >= tries {
		j.rootsEscalate(i, fmt.Errorf("%s: %d attempts failed", step, tries))
		return
	} else if why := i.refusedFor(j.now, j.in.Limits); why != "" {
		j.rootsEscalate(i, fmt.Errorf("%s: %s", step, why))
		return
	}
	node, _ := j.state().Node(step.Pod)
	i.Act = &Intent{Deed: RestartForTrust, For: RestartForTrust, Pods: []string{step.Pod}, UID: step.UID, Node: node.ID, Do: ending(step, node), Step: step.String(), At: j.now, Seen: true}
	i.attempt(RestartForTrust)
	i.Healing, i.Stage, j.begin = &next, Acted, true
}

// tries is how often one step is tried.
const tries = 3

// ending is how a pod ends. Disruption budgets that don't say AlwaysAllow count a
// pod that isn't Ready as one that they protect, and while another one isn't
// either they let it never go: then it may be deleted.
func ending(step operation.Step, n operation.Node) operation.Verb {
	if step.Do == operation.DoEvict && !n.Ready {
		return operation.DoEnd
	}
	return step.Do
}

// rootsGuarded is why no pod may be restarted for trust now. That several nodes
// are out is what the restarts are for, and quorum and order are the plan's. If
// nodes refuse the healer since they have the wanted root, it goes on with what
// it has begun: readiness tells who is in, and the journal whom to leave alone.
func (j *judging) rootsGuarded(i *Incident) obstacle {
	if j.trustRestart() == TrustRestartNever {
		return hinders("never", "spec.healer.trustRestart is %s: kubectl nifi heal %s --trust does it", TrustRestartNever, j.look.Names.Cluster)
	}
	if blind := j.look.blind(); blind != "" && (i.Healing == nil || j.refused() == "") {
		return hinders("storm", "frozen: %s", blind)
	}
	for _, rule := range []func(*Incident, Deed) obstacle{j.observes, j.paused, j.locked, j.templates, j.others, j.suggests} {
		if o := rule(i, RestartForTrust); !o.none() {
			return o
		}
	}
	return obstacle{}
}

// others tells that a deed of another incident is under way.
func (j *judging) others(i *Incident, _ Deed) obstacle {
	if doing := j.memory.Doing(); doing != nil && doing.ID != i.ID {
		return hinders("busy", "one deed at a time: %s %s is under way", doing.Act.Deed, doing.Pod)
	}
	return obstacle{}
}
