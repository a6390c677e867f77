package policy

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// stages is the decisions as "stage finding deed".
func stages(all []Decision) []string {
	var got []string
	for _, d := range all {
		got = append(got, string(d.Stage)+" "+string(d.Finding)+" "+string(d.Deed))
	}
	return got
}

func TestEachCauseHasItsDeed(t *testing.T) {
	t.Parallel()
	untrusted := func(c *view.Cluster) { c.TLS[1].Files.Refusals = nil }
	tests := map[string]struct {
		change change
		want   []string // after five looks
		begins bool     // a deed at the third
		says   string   // the last decision's reason
	}{
		"all well": {all(), nil, false, ""},
		"hung":     {hung(1), []string{"Detected NIFI-NODE-004 restart", "Verdict NIFI-NODE-004 restart"}, true, "held for 3 looks"},
		"hung, and heard 50 s ago": {
			all(hung(1), heard(1, 50*time.Second)), []string{"Detected NIFI-NODE-004 restart", "Verdict NIFI-NODE-004 restart", "Skipped NIFI-NODE-004 restart"}, false,
			"heartbeat of prod-1 is 48 s old, and not yet 60",
		},
		"silent": {silent(1), []string{"Detected NIFI-NODE-005 reconnect", "Verdict NIFI-NODE-005 reconnect"}, true, "lives and is silent"},
		"out, and sends heartbeats": {
			all(silent(1), heard(1, 3*time.Second)), []string{"Detected NIFI-NODE-005 reconnect", "Verdict NIFI-NODE-005 reconnect", "Skipped NIFI-NODE-005 reconnect"}, false,
			"the coordinator reconnects it by itself",
		},
		"believes that it is in": {
			all(says(1, "DISCONNECTED", lostText), heard(1, time.Minute)), []string{"Detected NIFI-NODE-005 reconnect", "Verdict NIFI-NODE-005 reconnect", "Skipped NIFI-NODE-005 reconnect"}, false,
			"prod-1 believes that it is connected",
		},
		"other users and policies": {
			all(says(1, "DISCONNECTED", authorizerText), knowsItIsOut(1)), []string{"Detected NIFI-NODE-008 restart", "Verdict NIFI-NODE-008 restart"}, true, "a start takes them over",
		},
		"another flow": {
			all(says(1, "DISCONNECTED", flowText), knowsItIsOut(1)), []string{"Detected NIFI-NODE-007 escalate", "Escalated NIFI-NODE-007 escalate"}, false, "a person must decide",
		},
		"a person": {
			all(says(1, "DISCONNECTED", personText), knowsItIsOut(1)), []string{"Detected NIFI-NODE-001 leave alone", "Skipped NIFI-NODE-001 leave alone"}, false, "a person took it out",
		},
		"a person, and it hangs": {
			all(says(1, "DISCONNECTED", personText), heard(1, time.Hour), mute(1)),
			[]string{"Detected NIFI-NODE-004 restart", "Verdict NIFI-NODE-004 restart", "Skipped NIFI-NODE-004 restart"}, false, "a person took prod-1 out",
		},
		"offloaded": {
			all(says(1, "OFFLOADED", "Offload requested due to User CN=kim requested that node be offloaded"), knowsItIsOut(1)),
			[]string{"Detected NIFI-NODE-002 leave alone", "Skipped NIFI-NODE-002 leave alone"}, false, "on purpose",
		},
		"nobody knows why": {
			func(c *view.Cluster) { c.Nodes[1].Status, c.Nodes[1].Events = "DISCONNECTED", nil },
			[]string{"Detected NIFI-NODE-015 leave alone", "Skipped NIFI-NODE-015 leave alone"}, false, "nobody knows why",
		},
		"what it can't mend": {
			all(says(1, "DISCONNECTED", lostText), func(c *view.Cluster) {
				c.Pods[1].Ready, c.Pods[1].Reason = false, "CrashLoopBackOff"
				c.Pods[1].Containers[0] = view.Container{Name: "nifi", Waiting: "CrashLoopBackOff", Restarts: 5, Last: &view.Exit{Code: 137, Reason: "OOMKilled", Finished: c.Time}}
			}),
			[]string{"Detected NIFI-POD-003 leave alone", "Skipped NIFI-POD-003 leave alone"}, false, "diagnose says how",
		},
		"nothing wrong with trust": {untrusted, nil, false, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHealing()
			var told []Decision
			begun := 0
			for at := range 5 {
				outcome := h.look(test.change)
				told = append(told, outcome.Decisions...)
				if outcome.Begin {
					assert.Equal(t, 2, at, "at the third look")
					begun++
				}
			}
			assert.Equal(t, test.want, stages(told))
			assert.Equal(t, test.begins, begun == 1)
			if test.says != "" {
				assert.Contains(t, told[len(told)-1].Reason, test.says)
			}
		})
	}
}

func TestRulesThatForbid(t *testing.T) {
	t.Parallel()
	set := func(do func(*view.StatefulSet)) change { return func(c *view.Cluster) { do(c.StatefulSet) } }
	tests := map[string]struct {
		change change
		pause  *Pause
		says   string
	}{
		"observe":        {set(func(s *view.StatefulSet) { s.HealerMode = "observe" }), nil, "would restart: the mode is observe"},
		"suggest":        {set(func(s *view.StatefulSet) { s.HealerMode = "suggest" }), nil, "would restart: the mode is suggest"},
		"a strange mode": {set(func(s *view.StatefulSet) { s.HealerMode = "Act" }), nil, "the mode is observe"},
		"paused":         {all(), &Pause{By: "kim", Reason: "upgrade of the switch", Until: start().Add(time.Hour)}, "paused by kim until 2026-11-22T19:05:00Z: upgrade of the switch"},
		"locked": {func(c *view.Cluster) {
			c.Operation = &view.Operation{Holder: "kim@laptop", What: "scale --replicas 2", Since: c.Time, Renewed: c.Time, Duration: 15 * time.Second}
		}, nil, "kim@laptop holds the cluster's lock"},
		"cut": {func(c *view.Cluster) {
			c.Operation = &view.Operation{What: "scale --replicas 2", Step: "offload prod-2", Renewed: c.Time}
		}, nil, `scale --replicas 2 was cut at "offload prod-2"`},
		"rollout":  {set(func(s *view.StatefulSet) { s.UpdateRevision, s.Updated = "b", 1 }), nil, "1 of 3 pods run the new revision"},
		"not seen": {set(func(s *view.StatefulSet) { s.Observed = false }), nil, "hasn't seen that yet"},
		"scaled":   {func(c *view.Cluster) { c.Pods = c.Pods[:2] }, nil, "there are 2 pods and should be 3"},
		"leaving":  {func(c *view.Cluster) { c.Pods[2].Leaving = true }, nil, "pod prod-2 is being deleted"},
		"storm":    {says(2, "DISCONNECTED", lostText), nil, "frozen: 2 of 3 nodes are out or silent at once, and 1 may be: prod-1, prod-2"},
		"another hangs, and is still CONNECTED": {
			all(heard(2, 70*time.Second), mute(2)), nil, "frozen: 2 of 3 nodes are out or silent at once, and 1 may be: prod-1, prod-2",
		},
		"leaderless": {func(c *view.Cluster) { c.Nodes[0].Roles = nil }, nil, "frozen: the cluster has no coordinator"},
		"young":      {func(c *view.Cluster) { c.Pods[1].Containers[0].Started = c.Time.Add(-4 * time.Minute) }, nil, "started 240 s ago"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHealing()
			h.pause = test.pause
			told, _ := h.looks(12, hung(1), test.change)
			assert.Nil(t, h.memory.Doing())
			told = slices.DeleteFunc(told, func(d Decision) bool { return d.Pod != "prod-1" })
			last := told[len(told)-1]
			assert.Equal(t, Skipped, last.Stage)
			assert.Contains(t, last.Reason, test.says)
			assert.Equal(t, 1, countStage(told, Skipped), "it is said once")
		})
	}
}

func countStage(all []Decision, stage Stage) int {
	count := 0
	for _, d := range all {
		if d.Stage == stage {
			count++
		}
	}
	return count
}

// TestAShallowLookSaysNothingNew: while something holds a restart back, only some
// looks try handshakes, and the others are no news.
func TestAShallowLookSaysNothingNew(t *testing.T) {
	t.Parallel()
	h := newHealing()
	h.pause = &Pause{By: "kim", Reason: "a test", Until: start().Add(time.Hour)}
	said, _ := h.looks(4, hung(1))
	require.Equal(t, 1, countStage(said, Skipped))
	shallow := func(c *view.Cluster) { c.TLS = nil }
	for range 3 {
		said, _ = h.looks(2, hung(1), shallow)
		assert.Empty(t, said)
		said, _ = h.looks(1, hung(1))
		assert.Empty(t, said, "still paused")
	}
	h.pause = nil
	assert.True(t, h.look(hung(1)).Begin)
}

func TestBlindIsFrozen(t *testing.T) {
	t.Parallel()
	h := newHealing()
	told, last := h.looks(5, func(c *view.Cluster) {
		c.Nodes, c.NodesFrom = nil, ""
		mute(1)(c)
		c.Pods[1].Ready = false
		c.Errors = append(c.Errors, view.SourceError{Source: view.SourceCoordinator, Reason: view.ReasonNoLeader})
	})
	assert.False(t, last.Begin)
	assert.Zero(t, countStage(told, Acted))
	assert.NotContains(t, stages(told), "Recovered")
}
