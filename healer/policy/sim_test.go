package policy

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// trouble is what ails a simulated node.
type trouble int

const (
	fine trouble = iota
	hangs
	isSilent
	isLost      // its heartbeats get lost, and it doesn't know
	refusesFlow // for a person
	refusesUsers
	byPerson
	isOffloaded
	starts
	troubles
)

// node is one node of a simulated cluster.
type node struct {
	trouble trouble
	run     int       // of its pod, in the UID
	since   time.Time // of the trouble
	begun   time.Time // NiFi's start
	empty   bool      // the coordinator has forgotten why
}

// simulation is a cluster with random faults, and a healer that may be killed
// at any moment.
type simulation struct {
	random *rand.Rand
	now    time.Time
	nodes  []node
	set    view.StatefulSet
	locked bool
	blind  bool
	deaf   float64         // how often a deed has no effect
	calm   bool            // no more faults
	seen   map[string]bool // pods that the healer saw taken out
	memory Memory
	pause  *Pause
}

func newSimulation(seed uint64) *simulation {
	random := rand.New(rand.NewPCG(seed, 1))
	s := &simulation{random: random, now: start(), deaf: random.Float64() / 2, seen: map[string]bool{}}
	for range 1 + random.IntN(7) {
		s.nodes = append(s.nodes, node{begun: start().Add(-time.Hour)})
	}
	s.set = *well(len(s.nodes), s.now).StatefulSet
	return s
}

// chance is true so often.
func (s *simulation) chance(often float64) bool { return s.random.Float64() < often }

// pass lets 10 s go by.
func (s *simulation) pass() {
	s.now = s.now.Add(10 * time.Second)
	for i := range s.nodes {
		n := &s.nodes[i]
		switch {
		case n.trouble == starts && s.now.Sub(n.begun) > 50*time.Second:
			*n = node{run: n.run, begun: n.begun}
		case n.trouble == isLost && s.chance(0.1):
			n.trouble = fine
		case !s.calm && s.chance(0.01):
			n.trouble, n.since, n.empty = trouble(s.random.IntN(int(troubles))), s.now, false
			if n.trouble == starts {
				s.restart(i)
			}
		case !s.calm && n.trouble != fine && s.chance(0.005): // a person mends it
			*n = node{run: n.run, begun: n.begun}
		}
	}
	if s.calm {
		s.locked, s.blind, s.pause, s.set.HealerMode, s.set.UpdateRevision = false, false, nil, "act", s.set.CurrentRevision
		return
	}
	s.disturb()
}

// disturb changes what forbids the healer to act.
func (s *simulation) disturb() {
	toggle := func(flag *bool, on, off float64) {
		if *flag {
			*flag = !s.chance(off)
		} else {
			*flag = s.chance(on)
		}
	}
	toggle(&s.locked, 0.01, 0.1)
	toggle(&s.blind, 0.01, 0.2)
	if s.chance(0.005) {
		s.pause = &Pause{Reason: "a test", Until: s.now.Add(5 * time.Minute)}
	}
	if s.chance(0.01) {
		s.set.UpdateRevision = []string{"a", "a", "b"}[s.random.IntN(3)]
	}
	if s.chance(0.01) {
		s.set.HealerMode = []string{"act", "act", "act", "suggest", "observe", ""}[s.random.IntN(6)]
	}
	if s.chance(0.02) { // the coordinator restarts and forgets what everybody has seen
		for i := range s.nodes {
			s.nodes[i].empty = s.nodes[i].empty || !taken(s.nodes[i]) || s.seen[names().Pod(i)]
		}
	}
}

func taken(n node) bool { return n.trouble == byPerson || n.trouble == isOffloaded }

func (s *simulation) restart(i int) {
	s.nodes[i] = node{trouble: starts, run: s.nodes[i].run + 1, begun: s.now, since: s.now}
}

// snapshot is the cluster as the healer sees it.
func (s *simulation) snapshot() view.Cluster {
	c := well(len(s.nodes), s.now)
	set := s.set
	c.StatefulSet = &set
	for i, n := range s.nodes {
		c.Pods[i].UID = fmt.Sprintf("uid-%d-%d", i, n.run)
		c.Pods[i].Containers[0].Started, c.Pods[i].Created = n.begun, n.begun
		s.show(&c, i)
		if n.empty && c.Nodes[i].Status != view.StatusConnected {
			c.Nodes[i].Events = nil
		}
	}
	if s.locked {
		c.Operation = &view.Operation{Holder: "kim@laptop", What: "scale", Renewed: s.now, Duration: 15 * time.Second}
	}
	if s.blind {
		c.Nodes, c.NodesFrom = nil, ""
	}
	return c
}

// show makes the snapshot show a node's trouble.
func (s *simulation) show(c *view.Cluster, i int) {
	n, since := s.nodes[i], s.now.Sub(s.nodes[i].since)
	switch n.trouble {
	case hangs:
		all(heard(i, since), mute(i))(c)
		if since > 40*time.Second+time.Duration(s.hangingBefore(i))*time.Minute {
			says(i, "DISCONNECTED", lostText)(c)
		}
	case isSilent:
		all(says(i, "DISCONNECTED", lostText), heard(i, since), knowsItIsOut(i))(c)
	case isLost:
		all(says(i, "DISCONNECTED", lostText), heard(i, since))(c)
	case refusesFlow:
		all(says(i, "DISCONNECTED", flowText), knowsItIsOut(i))(c)
	case refusesUsers:
		all(says(i, "DISCONNECTED", authorizerText), knowsItIsOut(i))(c)
	case byPerson:
		all(says(i, "DISCONNECTED", personText), knowsItIsOut(i), heard(i, since))(c)
		if n.run%2 == 1 {
			mute(i)(c) // and it hangs besides
		}
	case isOffloaded:
		all(says(i, "OFFLOADED", "Offload requested due to User kim requested that node be offloaded"), knowsItIsOut(i))(c)
	case starts:
		all(says(i, "CONNECTING", "Connection requested from existing node."), knowsItIsOut(i))(c)
		c.Pods[i].Ready = false
	}
}

// hangingBefore counts the nodes that hang and that NiFi puts out before this one.
func (s *simulation) hangingBefore(i int) (count int) {
	for _, n := range s.nodes[:i] {
		if n.trouble == hangs {
			count++
		}
	}
	return count
}

// silent tells that a node hangs and that this shows by now.
func (s *simulation) silent(i int) bool {
	return s.nodes[i].trouble == hangs && s.now.Sub(s.nodes[i].since) >= missed*DefaultLimits().Interval
}

// do has the effect of a deed, or has none.
func (s *simulation) do(act Intent) {
	i := names().Ordinal(act.Pods[0])
	switch {
	case s.chance(s.deaf):
	case act.Deed == Restart && act.UID == fmt.Sprintf("uid-%d-%d", i, s.nodes[i].run):
		s.restart(i)
	case act.Deed == Reconnect && s.nodes[i].trouble == isSilent:
		if s.chance(0.5) {
			s.nodes[i] = node{run: s.nodes[i].run, begun: s.nodes[i].begun}
		} else {
			s.nodes[i].trouble = refusesUsers
		}
	}
}
