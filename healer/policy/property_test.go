package policy

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

const (
	histories = 2000
	troubled  = 45  // looks with faults: some minutes
	calmed    = 420 // looks after them: longer than all back-offs
)

// TestRandomHistories holds the healer to its promises in random histories, in
// which it is killed at random, too.
func TestRandomHistories(t *testing.T) {
	t.Parallel()
	acts, ends := 0, map[Stage]int{}
	for seed := range uint64(histories) {
		s := newSimulation(seed)
		acts += s.run(t, fmt.Sprintf("history %d", seed), troubled, ends)
		if seed%100 == 0 { // the long way to the end
			s.calm = true
			acts += s.run(t, fmt.Sprintf("end of history %d", seed), calmed, ends)
			for _, i := range s.memory.Incidents {
				require.Contains(t, []Stage{Skipped, Escalated}, i.Stage, "history %d: %+v", seed, i)
			}
		}
	}
	require.Greater(t, acts, histories/20, "the histories are of use")
	for _, stage := range []Stage{Detected, Verdict, Failed, Recovered, Escalated, Skipped} {
		require.NotZero(t, ends[stage], stage)
	}
}

// run lives a number of looks, and returns how many deeds were begun.
func (s *simulation) run(t *testing.T, which string, looks int, told map[Stage]int) (acts int) {
	t.Helper()
	for range looks {
		s.pass()
		if s.chance(0.02) { // the healer was killed, and comes back
			restored, err := ParseMemory(s.memory.Encode())
			require.NoError(t, err)
			s.memory = restored
		}
		if s.look(t, which, told) {
			acts++
		}
	}
	return acts
}

// look is one look of the healer; whether it began a deed.
func (s *simulation) look(t *testing.T, which string, told map[Stage]int) bool {
	t.Helper()
	c := s.snapshot()
	outcome := Judge(Input{
		Cluster: c, Findings: findings.Judge(c), Pause: s.pause, Limits: DefaultLimits(), Me: "nifi-healer", Random: s.random.Float64,
	}, s.memory)
	s.memory = outcome.Memory
	for _, pod := range s.memory.Out {
		s.seen[pod] = true
	}
	for _, d := range outcome.Decisions {
		told[d.Stage]++
	}
	under := 0
	for _, i := range s.memory.Incidents {
		if i.Act != nil {
			under++
		}
	}
	require.LessOrEqual(t, under, 1, "%s: two deeds at once", which)
	if outcome.Begin {
		s.allowed(t, which, c, *s.memory.Doing())
		s.carryOut()
	}
	return outcome.Begin
}

// allowed checks a deed against the truth, which the healer doesn't see.
func (s *simulation) allowed(t *testing.T, which string, c view.Cluster, i Incident) {
	t.Helper()
	require.False(t, s.locked || s.blind || s.pause != nil && s.pause.Active(s.now), "%s: %+v", which, i)
	require.Equal(t, s.set.CurrentRevision, s.set.UpdateRevision, which)
	require.Contains(t, []string{"act", ""}, s.set.HealerMode, which)
	in, gone := map[string]bool{}, 0
	for at, n := range c.Nodes {
		if n.Status == view.StatusConnected && !s.silent(at) {
			in[names().Pod(at)] = true
		} else if !taken(s.nodes[at]) {
			gone++
		}
	}
	require.LessOrEqual(t, gone, max(1, len(s.nodes)/3), "%s: a deed in a storm", which)
	for _, pod := range i.Act.Pods {
		ordinal := names().Ordinal(pod)
		require.False(t, taken(s.nodes[ordinal]), "%s: %s is out by a person: %+v", which, pod, i)
		if i.Act.Deed == Restart && c.Nodes[ordinal].Status == view.StatusConnected {
			delete(in, pod)
			require.GreaterOrEqual(t, len(in), len(s.nodes)/2+1, "%s: below quorum", which)
		}
	}
}

// carryOut does what was begun, or fails at it, or dies before or after.
func (s *simulation) carryOut() {
	act := *s.memory.Doing().Act
	switch {
	case s.chance(0.1): // killed between verdict and act
	case s.chance(0.1):
		s.memory, _ = s.memory.Missed(names(), s.now, errors.New("refused"), DefaultLimits(), s.random.Float64)
	case s.chance(0.05):
		s.memory, _ = s.memory.Withdrawn(names(), s.now, "somebody was faster")
	case s.chance(0.1): // killed between act and verification
		s.do(act)
	default:
		s.do(act)
		s.memory, _ = s.memory.Done(names(), s.now, "done")
	}
}

func TestBackOffGrowsAndIsBounded(t *testing.T) {
	t.Parallel()
	limits := DefaultLimits()
	last := time.Duration(0)
	for failures := 1; failures < 20; failures++ {
		wait := limits.backOff(failures, func() float64 { return 0 })
		require.GreaterOrEqual(t, wait, last)
		require.LessOrEqual(t, limits.backOff(failures, func() float64 { return 0.999 }), limits.MaxBack*6/5)
		last = wait
	}
	require.Equal(t, limits.MaxBack, last)
}
