package operation

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// carry takes the lock and carries an intent, or what was left of one, out.
func carry(t *testing.T, s *sim, store *memory, i Intent, abort bool) (Journal, error) {
	t.Helper()
	lock, err := Take(t.Context(), store, s.clock(), "somebody", func(HeldError) {})
	require.NoError(t, err)
	j := Begin(i, s.State, "somebody")
	if old := lock.Journal(); old != nil {
		j = *old
	}
	j.Abort = j.Abort || abort
	return Runner{World: s, Lock: lock, Clock: s.clock(), Report: func(Progress) {}, Patience: time.Hour}.Run(t.Context(), j)
}

func pods(s *sim) []string {
	var all []string
	for _, n := range s.Nodes {
		all = append(all, n.Pod)
	}
	return all
}

// TestCutAnywhere kills every kind of operation after each of its calls, and
// again, at random. Whoever goes on must end it, and nothing may be lost.
func TestCutAnywhere(t *testing.T) {
	t.Parallel()
	for name, intent := range map[string]func(*sim) Intent{
		"down":           func(*sim) Intent { return Intent{Kind: Scale, Replicas: 1} },
		"down and away":  func(*sim) Intent { return Intent{Kind: Scale, Replicas: 2, Volumes: true} },
		"up":             func(*sim) Intent { return Intent{Kind: Scale, Replicas: 5} },
		"restart":        func(s *sim) Intent { return Intent{Kind: Restart, Nodes: pods(s)} },
		"drain, restart": func(s *sim) Intent { return Intent{Kind: Restart, Nodes: pods(s), Drain: true} },
		"upgrade": func(s *sim) Intent {
			return Intent{Kind: Upgrade, Nodes: pods(s), Image: "nifi:2.4.0", Version: "2.4.0"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(300) {
				cutOften(t, newSim(3, seed), seed, intent)
			}
		})
	}
}

func cutOften(t *testing.T, s *sim, seed uint64, intent func(*sim) Intent) {
	t.Helper()
	store, i, abort := &memory{}, intent(s), seed%3 == 0
	before := queued(s)
	for range 20 {
		s.cut = 1 + s.random.IntN(6)
		j, err := carry(t, s, store, i, abort && len(s.acts) > 3)
		if err == nil {
			assertEnd(t, s, j, before)
			return
		}
		require.ErrorIs(t, err, errKilled, "seed %d: %v", seed, s.acts)
	}
	s.cut = 0
	j, err := carry(t, s, store, i, abort)
	require.NoError(t, err, "seed %d: %v", seed, s.acts)
	assertEnd(t, s, j, before)
}

func assertEnd(t *testing.T, s *sim, j Journal, before int64) {
	t.Helper()
	want := 3
	if j.Kind == Scale && !j.Abort {
		want = j.Replicas
	}
	require.Equal(t, want, s.Replicas, "%v", s.acts)
	require.Equal(t, want, s.Candidates, "%v", s.acts)
	require.Equal(t, want, s.Connected(), "%v", s.acts)
	require.Zero(t, s.lost, "%v", s.acts)
	require.Equal(t, before, queued(s), "%v", s.acts)
	require.False(t, s.Manual)
	if j.Volumes && !j.Abort {
		require.Len(t, s.Nodes, want, "the volumes are gone: %v", s.acts)
	}
	if j.Kind != Scale {
		require.GreaterOrEqual(t, s.least, 2, "never fewer than two: %v", s.acts)
	}
	if j.Kind == Upgrade {
		for _, n := range s.Nodes {
			require.Equal(t, s.Revision, n.Revision, "%v", s.acts)
		}
	}
}

func queued(s *sim) int64 {
	var all int64
	for _, n := range s.Nodes {
		all += n.FlowFiles
	}
	return all
}

func TestOrderOfAScaleDown(t *testing.T) {
	t.Parallel()
	s := newSim(3, 1)
	_, err := carry(t, s, &memory{}, Intent{Kind: Scale, Replicas: 1}, false)
	require.NoError(t, err)
	assert.Equal(t, strings.Split(`disconnect prod-2
offload prod-2
remove node prod-2 from the cluster
set replicas to 2
disconnect prod-1
offload prod-1
remove node prod-1 from the cluster
set replicas to 1`, "\n"), s.acts)
}

func TestOrderOfARestart(t *testing.T) {
	t.Parallel()
	s := newSim(3, 1) // prod-0 coordinates
	s.Nodes[1].Status, s.Nodes[1].Ready = nifi.Disconnected, false
	_, err := carry(t, s, &memory{}, Intent{Kind: Restart, Nodes: pods(s)}, false)
	require.NoError(t, err)
	assert.Equal(t, []string{"restart prod-1", "disconnect prod-2", "restart prod-2", "disconnect prod-0", "restart prod-0"}, s.acts)
}

func TestLeaveAloneWhatAPersonTookOut(t *testing.T) {
	t.Parallel()
	s := newSim(3, 1)
	s.Nodes[0].Status, s.Nodes[0].Ready = nifi.Disconnected, false
	_, err := carry(t, s, &memory{}, Intent{Kind: Scale, Replicas: 4}, false)
	require.NoError(t, err)
	node, _ := s.Node("prod-0")
	assert.Equal(t, nifi.Disconnected, node.Status)
	assert.Equal(t, []string{"set replicas to 4"}, s.acts)
}

func TestRescue(t *testing.T) {
	t.Parallel()
	s := newSim(3, 1)
	before := queued(s)
	s.Replicas = 2 // by somebody who didn't drain; the coordinator still knows the node
	s.Nodes[2].UID, s.Nodes[2].Ready, s.Nodes[2].Status = "", false, nifi.Disconnected
	_, err := carry(t, s, &memory{}, Intent{Kind: Scale, Replicas: 1}, false)
	require.ErrorContains(t, err, "100 FlowFiles were queued there")
	require.Empty(t, s.acts)

	_, err = carry(t, s, &memory{}, Intent{Kind: Rescue, Replicas: 2, Nodes: []string{"prod-2"}}, false)
	require.NoError(t, err)
	assert.Equal(t, []string{"set replicas to 3", "disconnect prod-2", "offload prod-2", "remove node prod-2 from the cluster", "set replicas to 2"}, s.acts)
	assert.Zero(t, s.lost)
	assert.Equal(t, before, queued(s))
}

func TestNodes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind   Kind
		status nifi.NodeStatus
		acts   []string
		end    nifi.NodeStatus
	}{
		"disconnect":         {Disconnect, nifi.Connected, []string{"disconnect prod-1"}, nifi.Disconnected},
		"disconnect, is out": {Disconnect, nifi.Offloaded, nil, nifi.Offloaded},
		"offload":            {Offload, nifi.Connected, []string{"disconnect prod-1", "offload prod-1"}, nifi.Offloaded},
		"offload, is out":    {Offload, nifi.Disconnected, []string{"offload prod-1"}, nifi.Offloaded},
		"reconnect":          {Reconnect, nifi.Offloaded, []string{"reconnect prod-1"}, nifi.Connected},
		"reconnect, drains":  {Reconnect, nifi.Offloading, []string{"restart prod-1"}, nifi.Connected},
		"reconnect, is in":   {Reconnect, nifi.Connected, nil, nifi.Connected},
		"remove":             {Remove, nifi.Offloaded, []string{"remove node prod-1 from the cluster"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSim(3, 1)
			s.Nodes[1].Status = c.status
			_, err := carry(t, s, &memory{}, Intent{Kind: c.kind, Nodes: []string{"prod-1"}}, false)
			require.NoError(t, err)
			assert.Equal(t, c.acts, s.acts)
			node, _ := s.Node("prod-1")
			assert.Equal(t, c.end, node.Status)
		})
	}
}

func TestLeave(t *testing.T) {
	t.Parallel()
	s, store := newSim(3, 1), &memory{}
	s.stuck["prod-1"] = true // it would take for ever
	lock, err := Take(t.Context(), store, s.clock(), "somebody", func(HeldError) {})
	require.NoError(t, err)
	var last Progress
	runner := Runner{World: s, Lock: lock, Clock: s.clock(), Report: func(p Progress) { last = p }, Patience: time.Hour, Leave: true}
	j, err := runner.Run(t.Context(), Begin(Intent{Kind: Offload, Nodes: []string{"prod-1"}}, s.State, "somebody"))
	require.NoError(t, err)
	assert.Equal(t, []string{"disconnect prod-1", "offload prod-1"}, s.acts)
	assert.True(t, j.Done)
	assert.True(t, last.Left)
	assert.Equal(t, Step{Do: DoOffload, Pod: "prod-1", Begun: true}, last.Step)
	assert.Empty(t, store.record.Holder, "the lock is given back")
}

func TestStops(t *testing.T) {
	t.Parallel()
	t.Run("a drain that stands still", func(t *testing.T) {
		t.Parallel()
		s, store := newSim(3, 1), &memory{}
		s.stuck["prod-2"] = true
		j, err := carry(t, s, store, Intent{Kind: Scale, Replicas: 2}, false)
		require.ErrorContains(t, err, "no FlowFile has left it for 2m")
		require.ErrorContains(t, err, "100 are left there")
		assert.Equal(t, err.Error(), j.Reason)
		assert.Equal(t, 3, s.Replicas)
		assert.Empty(t, store.record.Holder, "the lock is given back")

		_, err = carry(t, s, store, Intent{}, true)
		require.NoError(t, err)
		assert.Equal(t, 3, s.Connected(), "aborted: as it was")
		assert.Equal(t, []string{"disconnect prod-2", "offload prod-2", "restart prod-2"}, s.acts, "it would not hear that it may come back")
		assert.Zero(t, s.lost)
		assert.Nil(t, store.record.Journal)
		assert.True(t, store.record.Last.Abort)
	})
	t.Run("a pod in no cluster", func(t *testing.T) {
		t.Parallel()
		s := newSim(3, 1)
		s.Nodes[2].ID, s.Nodes[2].Status = "", ""
		_, err := carry(t, s, &memory{}, Intent{Kind: Scale, Replicas: 2}, false)
		require.ErrorAs(t, err, new(Refusal))
		require.ErrorContains(t, err, "its volume may hold FlowFiles")
		assert.Empty(t, s.acts)
	})
	t.Run("a pod that never was in a cluster", func(t *testing.T) {
		t.Parallel()
		s := newSim(3, 1)
		s.Nodes[2].ID, s.Nodes[2].Status, s.Nodes[2].Virgin, s.Nodes[2].FlowFiles = "", "", true, 0
		_, err := carry(t, s, &memory{}, Intent{Kind: Scale, Replicas: 2}, false)
		require.NoError(t, err)
		assert.Equal(t, []string{"set replicas to 2"}, s.acts)
	})
	t.Run("out of time", func(t *testing.T) {
		t.Parallel()
		s, store := newSim(3, 1), &memory{}
		ctx, cancel := context.WithCancel(t.Context())
		lock, err := Take(ctx, store, s.clock(), "somebody", func(HeldError) {})
		require.NoError(t, err)
		runner := Runner{World: s, Lock: lock, Clock: s.clock(), Patience: time.Hour, Report: func(p Progress) {
			if p.Step.Do == DoOffload {
				cancel()
			}
		}}
		_, err = runner.Run(ctx, Begin(Intent{Kind: Scale, Replicas: 1}, s.State, "somebody"))
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, "offload prod-2", store.record.Journal.Step)
		assert.Equal(t, []string{"prod-2"}, store.record.Journal.Taken)
	})
}

func TestTake(t *testing.T) {
	t.Parallel()
	s := newSim(1, 1)
	store := &memory{}
	clock := s.clock()
	_, err := Take(t.Context(), store, clock, "alice", func(HeldError) {})
	require.NoError(t, err)

	t.Run("held", func(t *testing.T) {
		living := &renewing{memory: *store, sim: s}
		living.record.Journal = &Journal{Intent: Intent{Kind: Scale, Replicas: 2}}
		var told []string
		_, err := Take(t.Context(), living, clock, "bob", func(e HeldError) { told = append(told, e.Holder) })
		var held HeldError
		require.ErrorAs(t, err, &held)
		assert.Equal(t, fmt.Sprintf("the cluster is being changed by alice for scale --replicas 2, since %s", held.Since.UTC().Format("15:04:05 MST")), err.Error())
		assert.Equal(t, []string{"alice"}, told)
	})
	t.Run("dead", func(t *testing.T) {
		dead := &memory{record: store.record}
		clock := clock
		clock.Now = func() time.Time { s.Time = s.Time.Add(time.Second); return s.Time }
		_, err := Take(t.Context(), dead, clock, "bob", func(HeldError) {})
		require.NoError(t, err)
		assert.Equal(t, "bob", dead.record.Holder)
	})
}

// renewing is a store whose holder lives.
type renewing struct {
	memory
	sim *sim
}

func (r *renewing) Load(ctx context.Context) (Record, error) {
	r.sim.Time = r.sim.Time.Add(time.Second)
	r.record.Renewed = r.sim.Time
	return r.memory.Load(ctx)
}

// TestBusy: what a disruption budget forbids now is waited for, not counted.
func TestBusy(t *testing.T) {
	t.Parallel()
	s := newSim(3, 1)
	s.busy = 10
	_, err := carry(t, s, &memory{}, Intent{Kind: Restart, Nodes: []string{"prod-2"}}, false)
	require.NoError(t, err)
	assert.Zero(t, s.busy)

	s.busy = 10_000
	_, err = carry(t, s, &memory{}, Intent{Kind: Restart, Nodes: []string{"prod-2"}}, false)
	require.ErrorContains(t, err, "the budget allows none after 1h0m0s")
}
