package operation

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// sim is a cluster as NiFi and Kubernetes were seen to behave, moved on by one
// second at each look. A pod taken away takes its node's queue along.
type sim struct {
	State
	random *rand.Rand
	uids   int
	lost   int64 // FlowFiles
	least  int   // the fewest CONNECTED nodes that were seen
	cut    int   // calls until one fails as if the process had died; 0 never
	stuck  map[string]bool
	deaf   map[string]bool // nodes that were asked to reconnect while they drain
	busy   int             // evictions that a disruption budget refuses
	acts   []string
}

var errKilled = errors.New("killed")

func newSim(nodes int, seed uint64) *sim {
	s := &sim{random: rand.New(rand.NewPCG(seed, 1)), least: nodes, stuck: map[string]bool{}, deaf: map[string]bool{}}
	s.State = State{
		Names: topology.Names{Cluster: "prod", Namespace: "nifi", Domain: "cluster.local"}, Time: time.Unix(1_800_000_000, 0),
		Replicas: nodes, Candidates: nodes, Image: "nifi:2.3.0", Version: "2.3.0", Revision: "a", Settled: true,
	}
	for ordinal := range nodes {
		s.Nodes = append(s.Nodes, s.node(ordinal, nifi.Connected))
	}
	s.elect()
	return s
}

func (s *sim) node(ordinal int, status nifi.NodeStatus) Node {
	s.uids++
	pod := s.Names.Pod(ordinal)
	return Node{
		Pod: pod, Ordinal: ordinal, UID: fmt.Sprint("uid-", s.uids), Ready: status == nifi.Connected, Revision: s.Revision,
		ID: "id-" + pod, Status: status, FlowFiles: 100, Bytes: 100_000, Claims: []string{"state-" + pod},
	}
}

// Observe moves the cluster on and looks at it.
func (s *sim) Observe(context.Context) (State, error) {
	s.Time = s.Time.Add(time.Second)
	for i := range s.Nodes {
		s.move(&s.Nodes[i])
	}
	s.Nodes = slices.DeleteFunc(s.Nodes, func(n Node) bool { return n.UID == "" && n.ID == "" && len(n.Claims) == 0 && n.Ordinal >= s.Replicas })
	for ordinal := range s.Replicas {
		s.ensure(ordinal)
	}
	slices.SortFunc(s.Nodes, func(a, b Node) int { return a.Ordinal - b.Ordinal })
	s.elect()
	s.least = min(s.least, s.Connected())
	seen := s.State
	seen.Nodes = slices.Clone(s.Nodes)
	return seen, nil
}

func (s *sim) move(n *Node) {
	if s.random.IntN(3) == 0 {
		return
	}
	switch {
	case n.Leaving:
		n.UID, n.Leaving, n.Ready = "", false, false
		if n.Ordinal >= s.Replicas {
			s.lost += n.FlowFiles
		}
	case n.UID == "", s.stuck[n.Pod]:
	case n.Ordinal >= s.Replicas:
		n.Leaving = true
	case (n.Status == nifi.Offloading || s.deaf[n.Pod]) && n.FlowFiles > 0:
		s.give(n, min(n.FlowFiles, 40))
	case n.Status == nifi.Offloading:
		n.Status = nifi.Offloaded
	case n.Status == nifi.Connecting:
		n.Status, n.Ready, s.deaf[n.Pod] = nifi.Connected, true, false
	}
}

// give hands FlowFiles over to a CONNECTED node.
func (s *sim) give(from *Node, count int64) {
	for i := range s.Nodes {
		if s.Nodes[i].Status == nifi.Connected {
			s.Nodes[i].FlowFiles += count
			from.FlowFiles -= count
			return
		}
	}
}

// ensure gives an ordinal its pod, which joins when it starts.
func (s *sim) ensure(ordinal int) {
	i := slices.IndexFunc(s.Nodes, func(n Node) bool { return n.Ordinal == ordinal })
	if i < 0 {
		n := s.node(ordinal, nifi.Connecting)
		n.FlowFiles, n.Bytes = 0, 0
		s.Nodes = append(s.Nodes, n)
		return
	}
	if n := &s.Nodes[i]; n.UID == "" {
		s.uids++
		s.stuck[n.Pod], s.deaf[n.Pod] = false, false
		n.UID, n.ID, n.Status, n.Revision = fmt.Sprint("uid-", s.uids), "id-"+n.Pod, nifi.Connecting, s.Revision
	}
}

func (s *sim) elect() {
	fit := -1
	for i := range s.Nodes {
		if s.Nodes[i].Coordinator && s.Nodes[i].Status == nifi.Connected {
			return
		}
		if s.Nodes[i].Status == nifi.Connected && fit < 0 {
			fit = i
		}
	}
	for i := range s.Nodes {
		s.Nodes[i].Coordinator = i == fit
	}
}

// Do does one step, with the refusals of NiFi. The process may die before it
// or after it.
func (s *sim) Do(_ context.Context, step Step, _ State) error {
	dies := false
	if s.cut > 0 {
		s.cut--
		dies = s.cut == 0
	}
	if dies && s.random.IntN(2) == 0 {
		return Final{errKilled}
	}
	s.acts = append(s.acts, step.String())
	err := s.do(step)
	if dies {
		return Final{errKilled}
	}
	return err
}

func (s *sim) do(step Step) error {
	switch step.Do {
	case DoResize:
		s.Replicas, s.Candidates = step.Count, step.Count
		return nil
	case DoHold, DoRelease:
		s.Manual = step.Do == DoHold
		return nil
	case DoImage:
		s.Image, s.Version, s.Revision = step.Image, step.Version, "of "+step.Image
		return nil
	}
	i := slices.IndexFunc(s.Nodes, func(n Node) bool { return n.Pod == step.Pod })
	if i < 0 {
		return fmt.Errorf("no node %s", step.Pod)
	}
	return s.change(&s.Nodes[i], step)
}

func (s *sim) change(n *Node, step Step) error {
	switch step.Do {
	case DoDisconnect:
		if s.Connected() == 1 {
			return errors.New("the only node")
		}
		n.Status, n.Ready = nifi.Disconnected, false
	case DoOffload:
		if n.Status != nifi.Disconnected {
			return errors.New("not disconnected")
		}
		n.Status = nifi.Offloading
	case DoConnect:
		s.deaf[n.Pod] = n.Status == nifi.Offloading
		n.Status = nifi.Connecting
	case DoRemove:
		if n.Status != nifi.Disconnected && n.Status != nifi.Offloaded {
			return errors.New("not out")
		}
		n.ID, n.Status, n.Coordinator = "", "", false
	case DoEvict:
		if s.busy > 0 {
			s.busy--
			return Busy{errors.New("the budget allows none")}
		}
		if n.UID == step.UID {
			n.Leaving = true
		}
	case DoDelete:
		s.lost += n.FlowFiles
		n.Claims = nil
	}
	return nil
}

// memory is a Store that nobody else writes to.
type memory struct{ record Record }

func (m *memory) Load(context.Context) (Record, error) { return m.record, nil }

func (m *memory) Save(_ context.Context, r Record) (string, error) {
	if r.Revision != m.record.Revision {
		return "", ErrChanged
	}
	r.Revision += "x"
	m.record = r
	return r.Revision, nil
}

// clock ticks whenever somebody waits for it, and no time is lost.
func (s *sim) clock() Clock {
	ticks := make(chan time.Time)
	close(ticks)
	return Clock{Now: func() time.Time { return s.Time }, Every: func(d time.Duration) (<-chan time.Time, func()) {
		if d == lockRenewal {
			return nil, func() {}
		}
		return ticks, func() {}
	}}
}
