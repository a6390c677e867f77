package policy

import (
	"slices"
	"strings"
	"time"
)

// clockSkew is how far two machines' clocks may differ: a lock counts as held
// that much longer.
const clockSkew = time.Minute

// guarded is why the healer must not act on the cluster now, whatever it found:
// the first rule that forbids it.
func (j *judging) guarded(i *Incident, deed Deed) obstacle {
	for _, rule := range []func(*Incident, Deed) obstacle{
		j.observes, j.paused, j.locked, j.rollsOut, j.storms, j.busy, j.young, j.cooling, j.budget, j.suggests,
	} {
		if o := rule(i, deed); !o.none() {
			return o
		}
	}
	return obstacle{}
}

func (j *judging) observes(_ *Incident, deed Deed) obstacle {
	if j.mode == Observe {
		return hinders("observe", "would %s: the mode is observe", deed)
	}
	return obstacle{}
}

func (j *judging) suggests(_ *Incident, deed Deed) obstacle {
	if j.mode != Act {
		return hinders("suggest", "would %s: the mode is %s", deed, j.mode)
	}
	return obstacle{}
}

func (j *judging) paused(*Incident, Deed) obstacle {
	if p := j.in.Pause; p != nil && p.Active(j.now) {
		return hinders("paused", "%s", p)
	}
	return obstacle{}
}

// locked tells that somebody changes the cluster, or was cut while doing so.
func (j *judging) locked(*Incident, Deed) obstacle {
	o := j.look.Operation
	switch {
	case o == nil || strings.HasPrefix(o.Holder, j.in.Me):
		return obstacle{}
	case o.Holder != "" && o.Valid(j.now.Add(-clockSkew)):
		return hinders("locked", "%s holds the cluster's lock since %s: %s", o.Holder, o.Since.UTC().Format("15:04:05 MST"), o.What)
	case o.What != "":
		return hinders("cut", "%s was cut at %q; it must be resumed or aborted first", o.What, o.Step)
	}
	return obstacle{}
}

// rollsOut tells that Kubernetes itself is changing the pods. A nudge to the
// others need not wait for a pod that starts anew.
func (j *judging) rollsOut(i *Incident, deed Deed) obstacle {
	s := j.look.StatefulSet
	if o := j.templates(i, deed); !o.none() || deed == Nudge {
		return o
	}
	switch {
	case len(j.look.Pods) != s.Desired:
		return hinders("rollout", "there are %d pods and should be %d", len(j.look.Pods), s.Desired)
	}
	for _, pod := range j.look.Pods {
		if pod.Leaving {
			return hinders("rollout", "pod %s is being deleted", pod.Name)
		}
	}
	return obstacle{}
}

// templates tells that the StatefulSet's controller has a new template to bring
// to the pods.
func (j *judging) templates(*Incident, Deed) obstacle {
	s := j.look.StatefulSet
	switch {
	case !s.Observed:
		return hinders("rollout", "the StatefulSet was changed, and its controller hasn't seen that yet")
	case s.CurrentRevision != s.UpdateRevision:
		return hinders("rollout", "the StatefulSet rolls out: %d of %d pods run the new revision", s.Updated, s.Desired)
	}
	return obstacle{}
}

// storms tells that too much is wrong at once to be one node's trouble. Once it
// is over, a nudge need not wait for the calm.
func (j *judging) storms(_ *Incident, deed Deed) obstacle {
	unwell := j.look.unwell(j.memory.Out)
	switch allowed := budget(j.look.StatefulSet.Desired); {
	case j.look.Coordinator() == "":
		return hinders("storm", "frozen: the cluster has no coordinator")
	case len(unwell) > allowed:
		return hinders("storm", "frozen: %d of %d nodes are out or silent at once, and %d may be: %s",
			len(unwell), j.look.StatefulSet.Desired, allowed, strings.Join(unwell, ", "))
	case deed != Nudge && j.now.Before(j.memory.storm.Add(j.in.Limits.StormCalm)):
		return hinders("storm", "frozen: several nodes were out or silent until %.0f s ago, and %.0f must pass",
			j.now.Sub(j.memory.storm).Seconds(), j.in.Limits.StormCalm.Seconds())
	}
	return obstacle{}
}

// budget is how many nodes of a cluster may be unwell at once.
func budget(nodes int) int { return max(1, nodes/3) }

func (j *judging) busy(*Incident, Deed) obstacle {
	if doing := j.memory.Doing(); doing != nil {
		return hinders("busy", "one deed at a time: %s %s is under way", doing.Act.Deed, doing.Pod)
	}
	return obstacle{}
}

// young leaves pods their time to start.
func (j *judging) young(i *Incident, deed Deed) obstacle {
	if deed == Nudge {
		return obstacle{}
	}
	pod := j.look.members[i.Pod].Pod
	if pod == nil || pod.Running().IsZero() {
		return hinders("young", "NiFi doesn't run in %s", i.Pod)
	}
	if age := j.now.Sub(pod.Running()); age < j.in.Limits.StartUp {
		return hinders("young", "NiFi in %s started %.0f s ago, and has %.0f to join", i.Pod, age.Seconds(), j.in.Limits.StartUp.Seconds())
	}
	return obstacle{}
}

// cooling leaves a pod alone for a while after it was healed. A nudge doesn't
// touch NiFi.
func (j *judging) cooling(i *Incident, deed Deed) obstacle {
	h := j.memory.healed(i.Pod)
	if deed == Nudge || h == nil || !j.now.Before(h.At.Add(j.in.Limits.CoolDown)) {
		return obstacle{}
	}
	return hinders("cooling", "it was healed %.0f s ago, and %.0f must pass", j.now.Sub(h.At).Seconds(), j.in.Limits.CoolDown.Seconds())
}

// budget keeps a restart from taking one node too many out.
func (j *judging) budget(i *Incident, deed Deed) obstacle {
	if deed != Restart || !j.look.connected(i.Pod) {
		return obstacle{}
	}
	nodes, others := j.look.StatefulSet.Desired, j.look.others(i.Pod)
	unwell := slices.DeleteFunc(j.look.unwell(j.memory.Out), func(pod string) bool { return pod == i.Pod })
	switch {
	case others < nodes/2+1:
		return hinders("quorum", "%d of %d nodes would be CONNECTED, and %d must be", others, nodes, nodes/2+1)
	case len(unwell)+1 > budget(nodes):
		return hinders("budget", "%d of %d nodes are out already, and %d may be", len(unwell), nodes, budget(nodes))
	}
	return obstacle{}
}
