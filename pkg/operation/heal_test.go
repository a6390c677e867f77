package operation

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

func (d *drifted) carry(t *testing.T, store *memory, i Intent, abort bool) (Journal, error) {
	t.Helper()
	lock, err := Take(t.Context(), store, d.clock(), "somebody", func(HeldError) {})
	require.NoError(t, err)
	s, err := d.Observe(t.Context())
	require.NoError(t, err)
	j := Begin(i, s, "somebody")
	if old := lock.Journal(); old != nil {
		j = *old
	}
	j.Abort = j.Abort || abort
	return Runner{World: d, Lock: lock, Clock: d.clock(), Report: func(Progress) {}, Patience: time.Hour}.Run(t.Context(), j)
}

// assertHealed demands that all but those a person took out are in with the
// CA's root.
func (d *drifted) assertHealed(t *testing.T, why ...any) {
	t.Helper()
	for _, n := range d.Nodes {
		if slices.Contains(d.personal, n.Pod) {
			continue
		}
		require.Equal(t, d.ca, n.Anchor, why...)
		require.Equal(t, nifi.Connected, n.Status, why...)
		require.LessOrEqual(t, d.restarts[n.Pod], 1, why...)
	}
	require.Empty(t, d.hurt, why...)
}

func healed(rolling bool) Intent { return Intent{Kind: Heal, Anchor: "new", Rolling: rolling} }

func TestOrderOfHealing(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		nodes   int
		renewed []int
		blind   string
		want    string
	}{
		"the lone odd pod holds the CA's root": {3, []int{2}, "", `disconnect prod-1
restart prod-1
delete pod prod-0, which no disruption budget would let go while the others wait for it`},
		"one out, the coordinator is right": {3, []int{0, 1}, "", `restart prod-2`},
		"two out, at once":                  {3, []int{0}, "", "restart prod-2\nrestart prod-1"},
		"nobody has it: one first": {2, nil, "", `disconnect prod-1
restart prod-1
delete pod prod-0, which no disruption budget would let go while the others wait for it`},
		"nobody answers for the cluster": {3, []int{2}, "refused", `delete pod prod-1, which no disruption budget would let go while the others wait for it
delete pod prod-0, which no disruption budget would let go while the others wait for it`},
		"alone": {1, nil, "", "restart prod-0"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDrifted(test.nodes, 1, test.renewed...)
			d.blind = test.blind
			_, err := d.carry(t, &memory{}, healed(false), false)
			require.NoError(t, err)
			assert.Equal(t, strings.Split(test.want, "\n"), slices.Compact(d.acts), "what the budget refuses for now is tried again")
			d.assertHealed(t)
		})
	}
}

func TestRollingHealing(t *testing.T) {
	t.Parallel()
	d := newDrifted(3, 1, 2)
	_, err := d.carry(t, &memory{}, healed(true), false)
	require.ErrorContains(t, err, "restarting prod-1 would leave 1 of 3 nodes CONNECTED, fewer than the quorum of 2")
	assert.Empty(t, d.acts)

	d = newDrifted(5, 1, 0, 1, 2)
	_, err = d.carry(t, &memory{}, healed(true), false)
	require.NoError(t, err)
	d.assertHealed(t)
	assert.GreaterOrEqual(t, d.least, 3)
}

// TestHealingCutAnywhere kills the operation after any of its calls, again and
// again, with any nodes drifted, a person in between, and NiFi out of sight.
func TestHealingCutAnywhere(t *testing.T) {
	t.Parallel()
	refusals := 0
	for seed := range uint64(1000) {
		nodes := 2 + int(seed%4)
		var renewed []int
		for ordinal := range nodes {
			if seed>>(2+ordinal)&1 == 1 {
				renewed = append(renewed, ordinal)
			}
		}
		d := newDrifted(nodes, seed, renewed...)
		if seed%3 == 1 {
			d.person = 1 + int(seed%17)
		}
		if seed%5 == 1 && d.person == 0 {
			d.blind = "our certificate is refused"
		}
		store, why := &memory{}, fmt.Sprint("seed ", seed)
		for try := 0; ; try++ {
			require.Less(t, try, 50, why)
			d.cut = d.random.IntN(6)
			if _, err := d.carry(t, store, healed(false), false); err == nil {
				break
			} else {
				require.ErrorIs(t, err, errKilled, "%s: %v", why, d.acts)
			}
		}
		d.assertHealed(t, why, d.acts)
		require.Nil(t, store.record.Journal, why)
		refusals += d.refusals
	}
	assert.NotZero(t, refusals, "the budget never held an eviction back")
}

// TestHealingHeedsWhoIsBack: a node that the operation took out is its own until
// it is back; who takes it out again is a person.
func TestHealingHeedsWhoIsBack(t *testing.T) {
	t.Parallel()
	own := Journal{Intent: healed(false), Taken: []string{"prod-1"}, Pods: map[string]string{"prod-1": "old"}}
	tests := map[string]struct {
		journal Journal
		node    Node
		taken   []string
		left    []string
	}{
		"disconnected":                   {own, Node{UID: "old", Status: nifi.Disconnected, ByPerson: true}, own.Taken, nil},
		"restarted, not asked yet":       {own, Node{UID: "new", Status: nifi.Disconnected, ByPerson: true}, own.Taken, nil},
		"restarted, joins":               {own, Node{UID: "new", Status: nifi.Connecting}, []string{}, nil},
		"back, and out again":            {Journal{Intent: healed(false), Pods: own.Pods}, Node{UID: "new", Status: nifi.Disconnected, ByPerson: true}, nil, []string{"prod-1"}},
		"given up, still out":            {Journal{Intent: healed(false), Taken: own.Taken, Pods: own.Pods, Abort: true}, Node{UID: "old", Status: nifi.Disconnected, ByPerson: true}, own.Taken, nil},
		"given up, back":                 {Journal{Intent: healed(false), Taken: own.Taken, Pods: own.Pods, Abort: true}, Node{UID: "old", Status: nifi.Connecting}, []string{}, nil},
		"nobody says, so nothing is new": {own, Node{UID: "new"}, own.Taken, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.node.Pod = "prod-1"
			s := State{Nodes: []Node{test.node}}
			if test.node.Status == "" {
				s.Blind = "refused"
			}
			j := test.journal.heed(s)
			assert.Equal(t, test.taken, j.Taken)
			assert.Equal(t, test.left, j.Left)
		})
	}
}

// TestHealingAbortedAnywhere takes it back after any call: what was
// disconnected comes back if anybody trusts it, and nothing restarts any more.
func TestHealingAbortedAnywhere(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		d := newDrifted(3, seed, 2)
		store := &memory{}
		d.cut = 1 + int(seed%4)
		if _, err := d.carry(t, store, healed(false), false); err == nil {
			continue
		}
		before := fmt.Sprint(d.restarts)
		_, err := d.carry(t, store, healed(false), true)
		require.NoError(t, err, "seed %d: %v", seed, d.acts)
		require.Equal(t, before, fmt.Sprint(d.restarts), "seed %d", seed)
		for _, n := range d.Nodes {
			require.False(t, n.ByPerson && n.Anchor == "old" && !n.Leaving && d.joins(n), "seed %d: %s was left out: %v", seed, n.Pod, d.acts)
		}
	}
}

func TestHealingOfADisconnectedNode(t *testing.T) {
	t.Parallel()
	d := newDrifted(3, 1, 2)
	d.Nodes[1].Status, d.Nodes[1].ByPerson, d.Nodes[1].Ready = nifi.Disconnected, true, false
	d.personal = []string{"prod-1"}
	s, err := d.Observe(t.Context())
	require.NoError(t, err)
	warnings, err := Preflight(healed(false), s)
	require.NoError(t, err)
	assert.Contains(t, warnings, "prod-1 is left alone: a person took it out, and a restart would bring it back")
	assert.Equal(t, []string{"prod-0: restart, it serves root old, not new", "prod-1: left alone, a person took it out; it serves root old", "prod-2: stays, it serves root new"},
		Reasons(Begin(healed(false), s, "somebody"), s))
	_, err = d.carry(t, &memory{}, healed(false), false)
	require.NoError(t, err)
	d.assertHealed(t)
	assert.NotContains(t, d.restarts, "prod-1")
}

func TestHealingThatBringsAnotherRoot(t *testing.T) {
	t.Parallel()
	d := newDrifted(3, 1, 2)
	d.ca = "newer"
	_, err := d.carry(t, &memory{}, healed(false), false)
	require.ErrorContains(t, err, "prod-1 has started since and it serves root newer, not new")
	assert.Equal(t, map[string]int{"prod-1": 1}, d.restarts, "nobody restarts for a root that nobody signs with")
}

func TestYoungest(t *testing.T) {
	t.Parallel()
	d := newDrifted(3, 1, 2)
	anchor, pod, err := Youngest(d.State)
	require.NoError(t, err)
	assert.Equal(t, []string{"new", "prod-2"}, []string{anchor, pod})
	d.Nodes[0].Created = d.Nodes[2].Created
	_, _, err = Youngest(d.State)
	assert.ErrorContains(t, err, "say which one the CA signs with: --anchor SHA256")
	d.Nodes[2].Leaving = true
	anchor, _, err = Youngest(d.State)
	require.NoError(t, err)
	assert.Equal(t, "old", anchor)
}

// TestRollingHealingKeepsTheQuorum: whatever has drifted, it either heals all,
// or refuses, and never leaves a minority CONNECTED by its own hand.
func TestRollingHealingKeepsTheQuorum(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		nodes := 3 + int(seed%3)
		var renewed []int
		for ordinal := range nodes {
			if seed>>(1+ordinal)&1 == 1 {
				renewed = append(renewed, ordinal)
			}
		}
		d := newDrifted(nodes, seed, renewed...)
		began := d.Connected()
		_, err := d.carry(t, &memory{}, healed(true), false)
		require.GreaterOrEqual(t, d.least, min(began, quorum(nodes)), "seed %d: %v", seed, d.acts)
		if err != nil {
			require.ErrorContains(t, err, "fewer than the quorum", "seed %d", seed)
			continue
		}
		d.assertHealed(t, seed, d.acts)
	}
}
