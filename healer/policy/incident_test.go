package policy

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

func TestARestartIsFollowedToItsEnd(t *testing.T) {
	t.Parallel()
	h := newHealing()
	incident := h.until(t, hung(1))
	assert.Equal(t, Intent{Deed: Restart, For: Restart, Pods: []string{"prod-1"}, UID: "uid-1", Node: "id-1", At: start().Add(20 * time.Second)}, *incident.Act)
	var d Decision
	h.memory, d = h.memory.Done(names(), h.now, "evicted pod prod-1")
	assert.Equal(t, Acted, d.Stage)
	assert.Equal(t, 1, d.Attempt)

	told, _ := h.looks(3, hung(1), func(c *view.Cluster) { c.Pods[1].Leaving = true })
	told2, _ := h.looks(3, restarted(1, 20*time.Second), says(1, "CONNECTING", "Connection requested from existing node."), knowsItIsOut(1))
	assert.Empty(t, append(told, told2...), "nothing is news until it is back")
	told, _ = h.looks(3, restarted(1, time.Minute))
	require.Equal(t, []string{"Recovered NIFI-NODE-004 restart"}, stages(told))
	assert.Equal(t, incident.ID, told[0].Incident)
	assert.Contains(t, told[0].Reason, "well again 90 s after the deed (restart)")
	assert.Empty(t, h.memory.Incidents)

	told, last := h.looks(6, restarted(1, 6*time.Minute), hung(1))
	assert.False(t, last.Begin, "it cools down")
	assert.Contains(t, told[len(told)-1].Reason, "it was healed")
	h.now = h.now.Add(10 * time.Minute)
	assert.Equal(t, Tried{Restart: 2}, h.until(t, restarted(1, 20*time.Minute), hung(1)).Tried, "the former attempt counts")
}

func TestADeedWithoutEffectIsTriedAgainAndThenEscalated(t *testing.T) {
	t.Parallel()
	h := newHealing()
	var waits []time.Duration
	for range 3 {
		h.until(t, silent(1))
		h.memory, _ = h.memory.Done(names(), h.now, "asked")
		began := h.now
		told, _ := h.looks(7, silent(1))
		require.Equal(t, []string{"Failed NIFI-NODE-005 reconnect"}, stages(told))
		assert.Equal(t, "it had no effect within 1m0s", told[0].Error)
		waits = append(waits, h.memory.Incidents[0].NotBefore.Sub(began).Round(time.Minute))
		h.now = h.memory.Incidents[0].NotBefore
	}
	assert.Equal(t, []time.Duration{2 * time.Minute, 3 * time.Minute, 5 * time.Minute}, waits, "1, 2 and 4 minutes, and a tenth by chance")
	told, _ := h.looks(30, silent(1))
	assert.Equal(t, []string{"Escalated NIFI-NODE-005 escalate"}, stages(told))
	told, _ = h.looks(3)
	assert.Equal(t, []string{"Recovered NIFI-NODE-005 reconnect"}, stages(told))
}

func TestAReconnectionMayLeadToARestart(t *testing.T) {
	t.Parallel()
	h := newHealing()
	h.until(t, silent(1))
	h.memory, _ = h.memory.Done(names(), h.now, "asked")
	h.looks(1, says(1, "CONNECTING", "Requesting that node connect to cluster on behalf of healer"), knowsItIsOut(1))
	refused := all(says(1, "DISCONNECTED", authorizerText), knowsItIsOut(1))
	told, _ := h.looks(6, refused)
	require.Equal(t, []string{"Failed NIFI-NODE-008 reconnect"}, stages(told))
	assert.Contains(t, told[0].Error, "it is out again")
	incident := h.until(t, refused)
	assert.Equal(t, Restart, incident.Act.Deed)
	assert.Equal(t, Tried{Reconnect: 1, Restart: 1}, incident.Tried)
}

func TestABurstOfLooksIsOne(t *testing.T) {
	t.Parallel()
	h := newHealing()
	for range 20 {
		require.False(t, h.look(hung(1)).Begin)
		h.now = h.now.Add(-9 * time.Second) // a look a second
		if h.now.Sub(start()) >= 16*time.Second {
			break
		}
	}
	assert.Equal(t, 2, h.memory.Incidents[0].held)
}

func TestOneDeedAtATime(t *testing.T) {
	t.Parallel()
	h := newHealing()
	h.nodes = 7 // of which two may be out
	assert.Equal(t, "prod-1", h.until(t, hung(1), silent(2)).Pod)
	told, last := h.looks(1, hung(1), silent(2))
	assert.False(t, last.Begin)
	assert.Empty(t, told)
	assert.Equal(t, "Skipped/busy", h.memory.incident("prod-2").News)
}

func TestAPersonIsRememberedWhenTheCoordinatorForgets(t *testing.T) {
	t.Parallel()
	h := newHealing()
	h.looks(1, says(1, "DISCONNECTED", personText), knowsItIsOut(1))
	restored, err := ParseMemory(h.memory.Encode())
	require.NoError(t, err)
	h.memory = restored
	forgotten := all(hung(1), func(c *view.Cluster) { c.Nodes[1].Events = nil })
	told, _ := h.looks(20, forgotten)
	assert.Nil(t, h.memory.Doing())
	assert.Contains(t, told[len(told)-1].Reason, "a person took prod-1 out")
	h.looks(1)
	assert.Empty(t, h.memory.Out, "it is in again")
}

func TestAHealerThatComesBackDoesNothingTwice(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		after change
		looks int
		want  []string
	}{
		"it was done": {restarted(1, time.Minute), 3, []string{"Recovered NIFI-NODE-004 restart"}},
		"it was not":  {hung(1), 7, []string{"Failed NIFI-NODE-004 restart"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHealing()
			h.until(t, hung(1))
			restored, err := ParseMemory(h.memory.Encode())
			require.NoError(t, err)
			h.memory = restored
			var told []Decision
			for range test.looks {
				outcome := h.look(test.after)
				require.False(t, outcome.Begin)
				told = append(told, outcome.Decisions...)
			}
			assert.Equal(t, test.want, stages(told))
		})
	}
}

func TestDeedsThatCouldNotBeDone(t *testing.T) {
	t.Parallel()
	h := newHealing()
	h.until(t, hung(1))
	missed, d := h.memory.Missed(names(), h.now, errors.New("too many requests"), DefaultLimits(), func() float64 { return 0 })
	assert.Equal(t, Failed, d.Stage)
	assert.Equal(t, "too many requests", d.Error)
	assert.Equal(t, h.now.Add(time.Minute), missed.Incidents[0].NotBefore)

	withdrawn, d := h.memory.Withdrawn(names(), h.now, "somebody was faster")
	assert.Equal(t, Skipped, d.Stage)
	assert.Nil(t, withdrawn.Doing())
	assert.Equal(t, Tried{Restart: 0}, withdrawn.Incidents[0].Tried)
	assert.NotNil(t, h.memory.Doing(), "a memory is a value")
}

func TestWhatCannotBeConfirmedIsEscalated(t *testing.T) {
	t.Parallel()
	h := newHealing()
	disagrees := all(says(1, "DISCONNECTED", lostText), heard(1, time.Minute))
	told, _ := h.looks(100, disagrees)
	assert.Equal(t, Escalated, told[len(told)-1].Stage)
	assert.Equal(t, 1, countStage(told, Escalated))
	assert.Equal(t, Reconnect, h.until(t, silent(1)).Act.Deed, "what is confirmed later is acted on")
}

func TestTrust(t *testing.T) {
	t.Parallel()
	distrust := []findings.Finding{{ID: findings.NotLoaded, Subject: "prod-1"}}
	for restart, then := range map[string]Deed{"rolling": Restart, "never": Escalate} {
		t.Run(restart, func(t *testing.T) {
			t.Parallel()
			h := newHealing()
			judge := func() Outcome {
				c := well(3, h.now)
				c.StatefulSet.TrustRestart = restart
				h.now = h.now.Add(10 * time.Second)
				outcome := Judge(Input{Cluster: c, Findings: distrust, Limits: DefaultLimits(), Me: "nifi-healer", Random: func() float64 { return 0 }}, h.memory)
				h.memory = outcome.Memory
				return outcome
			}
			var deeds []Deed
			for range 100 {
				outcome := judge()
				for _, d := range outcome.Decisions {
					if d.Stage == Escalated {
						deeds = append(deeds, Escalate)
					}
				}
				if outcome.Begin {
					deeds = append(deeds, h.memory.Doing().Act.Deed)
				}
			}
			require.GreaterOrEqual(t, len(deeds), 2)
			assert.Equal(t, []Deed{Nudge, then}, deeds[:2])
		})
	}
}
