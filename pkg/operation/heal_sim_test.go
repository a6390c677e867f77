package operation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// drifted is a cluster whose CA has another root than some of its nodes. A pod
// gets the CA's when it starts, and keeps it. Sessions resume, so nodes that are
// CONNECTED stay so until another coordinator is elected; nobody joins one that
// doesn't trust it. A disruption budget lets one pod be away.
type drifted struct {
	*sim
	ca       string
	booting  map[string]bool // pods that don't serve yet
	restarts map[string]int
	personal []string // nodes that a person took out
	person   int      // looks until a person takes another one out; 0 never
	blind    string   // why nobody says who is CONNECTED
	refusals int      // evictions that the budget refused
	hurt     []string // what must not happen
}

// newDrifted has the CA's root new on the nodes that are named, and old on all
// others. Those who can't trust the coordinator are out.
func newDrifted(nodes int, seed uint64, renewed ...int) *drifted {
	d := &drifted{sim: newSim(nodes, seed), ca: "new", booting: map[string]bool{}, restarts: map[string]int{}}
	for i := range d.Nodes {
		d.give(&d.Nodes[i], "old")
		d.Nodes[i].Created = d.Time.Add(-time.Hour)
	}
	for _, ordinal := range renewed {
		d.give(&d.Nodes[ordinal], "new")
		d.Nodes[ordinal].Created = d.Time
	}
	d.drop()
	return d
}

func (d *drifted) give(n *Node, root string) { n.Anchor, n.Anchors = root, []string{root} }

// Observe moves everything on and looks.
func (d *drifted) Observe(context.Context) (State, error) {
	d.Time = d.Time.Add(time.Second)
	if d.person--; d.person == 0 {
		d.interfere()
	}
	for i := range d.Nodes {
		d.move(&d.Nodes[i])
	}
	d.lead()
	d.least = min(d.least, d.Connected())
	seen := d.State
	seen.Nodes = slices.Clone(d.Nodes)
	for i := range seen.Nodes {
		d.see(&seen.Nodes[i])
	}
	seen.Blind = d.blind
	return seen, nil
}

// see hides what nobody could see.
func (d *drifted) see(n *Node) {
	if d.booting[n.Pod] {
		n.Anchor, n.Anchors = "", nil
	}
	for _, other := range d.Nodes {
		if n.Anchor != "" && !d.booting[other.Pod] && other.UID != "" && !slices.Contains(n.Anchors, other.Anchor) {
			n.Refuses = append(n.Refuses, other.Pod)
		}
	}
	if d.blind != "" {
		n.ID, n.Status, n.ByPerson = "", "", false
	}
}

// interfere is a person who takes a node out.
func (d *drifted) interfere() {
	for i := range d.Nodes {
		if n := &d.Nodes[i]; n.Status == nifi.Connected && d.Connected() > 1 && !n.Leaving {
			n.Status, n.Ready, n.ByPerson, n.Coordinator = nifi.Disconnected, false, true, false
			d.personal = append(d.personal, n.Pod)
			return
		}
	}
}

func (d *drifted) move(n *Node) {
	if d.random.IntN(3) == 0 {
		return
	}
	switch {
	case n.Leaving:
		n.UID, n.Leaving, n.Ready, n.Coordinator = "", false, false, false
		n.Anchor, n.Anchors = "", nil
	case n.UID == "":
		d.uids++
		n.UID, n.Status, n.Created = fmt.Sprint("uid-", d.uids), nifi.Disconnected, d.Time
		d.give(n, d.ca)
		d.booting[n.Pod] = true
	case d.booting[n.Pod]:
		d.booting[n.Pod] = false
		n.Status, n.ByPerson = nifi.Connecting, false
	case n.Status == nifi.Disconnected && n.Ready:
		n.Ready = false
	case n.Status == nifi.Connecting && d.joins(*n):
		n.Status, n.Ready = nifi.Connected, true
	}
}

// joins tells that node and coordinator trust each other.
func (d *drifted) joins(n Node) bool {
	return slices.ContainsFunc(d.Nodes, func(c Node) bool {
		return c.Coordinator && slices.Contains(c.Anchors, n.Anchor) && slices.Contains(n.Anchors, c.Anchor)
	})
}

// lead elects a coordinator if there is none: anybody who is up, in or not.
func (d *drifted) lead() {
	var up []*Node
	for i := range d.Nodes {
		n := &d.Nodes[i]
		if n.Coordinator && n.Status == nifi.Connected && n.UID != "" {
			return
		}
		n.Coordinator = false
		if n.UID != "" && !n.Leaving && (n.Status == nifi.Connected || n.Status == nifi.Connecting) {
			up = append(up, n)
		}
	}
	if len(up) == 0 || d.random.IntN(3) == 0 {
		return
	}
	leader := up[d.random.IntN(len(up))]
	leader.Coordinator, leader.Status, leader.Ready = true, nifi.Connected, true
	d.drop()
}

// drop is what a new coordinator does to those who don't trust it.
func (d *drifted) drop() {
	for i := range d.Nodes {
		if n := &d.Nodes[i]; n.Status == nifi.Connected && !n.Coordinator && !d.joins(*n) {
			n.Status, n.Ready = nifi.Connecting, false
		}
	}
}

// Do does one step; the process may die before or after it.
func (d *drifted) Do(_ context.Context, step Step, _ State) error {
	dies := false
	if d.cut > 0 {
		d.cut--
		dies = d.cut == 0
	}
	var err error
	if !dies || d.random.IntN(2) == 0 {
		d.acts = append(d.acts, step.String())
		err = d.heal(step)
	}
	if dies {
		return Final{errKilled}
	}
	return err
}

func (d *drifted) heal(step Step) error {
	i := slices.IndexFunc(d.Nodes, func(n Node) bool { return n.Pod == step.Pod })
	n := &d.Nodes[i]
	switch step.Do {
	case DoDisconnect:
		if d.Connected() == 1 || d.blind != "" {
			return errors.New("the only node, or nobody to ask")
		}
		n.Status, n.ByPerson, n.Coordinator = nifi.Disconnected, true, false // its probe has yet to notice
	case DoConnect:
		n.Status, n.ByPerson = nifi.Connecting, false
	case DoEvict, DoEnd:
		unready := slices.ContainsFunc(d.Nodes, func(n Node) bool { return !n.Ready })
		if step.Do == DoEvict && n.Ready && unready {
			d.refusals++
			return Busy{errors.New("the budget allows none")}
		}
		d.end(n, step)
	}
	return nil
}

// end ends a pod, and notes whose end is wrong.
func (d *drifted) end(n *Node, step Step) {
	if n.UID != step.UID {
		return
	}
	if slices.Contains(d.personal, n.Pod) {
		d.hurt = append(d.hurt, n.Pod+" was taken out by a person")
	}
	if n.Anchor == d.ca {
		d.hurt = append(d.hurt, n.Pod+" had the CA's root")
	}
	for _, other := range d.Nodes {
		down := other.UID == "" || other.Leaving || d.booting[other.Pod]
		if other.Pod != n.Pod && down && (n.Status == nifi.Connected || n.ByPerson) {
			d.hurt = append(d.hurt, n.Pod+" took part, and ended while "+other.Pod+" was down")
		}
		if n.Coordinator && d.blind == "" && other.Status == nifi.Connected && other.Anchor != d.ca && !slices.Contains(d.personal, other.Pod) && other.Pod != n.Pod {
			d.hurt = append(d.hurt, n.Pod+" led, and ended before "+other.Pod)
		}
	}
	d.restarts[n.Pod]++
	n.Leaving = true
}

var _ World = (*drifted)(nil)
