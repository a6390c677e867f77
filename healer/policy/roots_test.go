package policy

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// remade is a cluster of three whose CA has another root since prod-2 was
// rescheduled; the healer does what it decides, or dies before or after it.
type remade struct {
	*healing
	pki         pki
	roots       [3]int // by node: 0 is the old one
	runs        [3]int // of the pods
	begun       [3]time.Time
	out         [3]string // the coordinator's message; empty: CONNECTED
	mode        string    // trustRestart
	deaf        float64   // how often a deed has no effect
	mortal      bool      // the healer is killed again and again
	coordinator int       // ordinal
	after       change    // on top of all
	busy        int       // evictions that a disruption budget refuses
	random      *rand.Rand
	steps       []string
	changes     []change
	told        []Decision
}

func newRemade(t *testing.T, mode string, seed uint64) *remade {
	r := &remade{healing: newHealing(), pki: newPKI(t), mode: mode, random: rand.New(rand.NewPCG(seed, 1))}
	r.roots[2], r.out[2] = 1, lostText
	for ordinal := range r.begun {
		r.begun[ordinal] = start().Add(-time.Hour)
	}
	r.begun[2] = start().Add(-10 * time.Minute)
	return r
}

// show makes a snapshot show all that, and who is out by what the Lease says.
func (r *remade) show(c *view.Cluster) {
	for _, i := range r.memory.Incidents {
		if i.Healing != nil {
			for _, pod := range i.Healing.Own() {
				c.Taken = append(c.Taken, view.Taken{Pod: pod, By: "nifi-healer", Healer: true, Since: i.Since, Last: i.Healing.Updated})
			}
		}
	}
	c.StatefulSet.Unsynced, c.StatefulSet.TrustRestart, c.Authorities, c.Certificates = true, r.mode, nil, nil
	for i := range 3 {
		c.Pods[i].UID, c.Pods[i].Created, c.Pods[i].Containers[0].Started = fmt.Sprintf("uid-%d-%d", i, r.runs[i]), r.begun[i], r.begun[i]
		c.TLS[i].Files, c.TLS[i].Accepts, c.TLS[i].Stores = view.Files{}, nil, &view.Stores{}
		c.TLS[i].Served = view.Served{Chain: []trust.Certificate{r.pki.leaves[r.roots[i]][i][0], r.pki.roots[r.roots[i]]}}
		if r.out[i] != "" {
			all(says(i, "DISCONNECTED", r.out[i]), heard(i, time.Minute), knowsItIsOut(i))(c)
			c.Pods[i].Ready = false
		}
		if c.Nodes[i].Roles = nil; i == r.coordinator {
			c.Nodes[i].Roles = []string{"Cluster Coordinator"}
		}
		if c.Time.Sub(r.begun[i]) < 40*time.Second {
			c.TLS[i].Served = view.Served{Error: "connection refused"}
		}
	}
	if r.after != nil {
		r.after(c)
	}
}

// pass is one look, and what comes of it.
func (r *remade) pass(t *testing.T) {
	t.Helper()
	if r.roots == [3]int{1, 1, 1} { // they find each other, unless a person keeps one out
		for i := range r.out {
			if r.out[i] == lostText && r.now.Sub(r.begun[i]) > time.Minute {
				r.out[i] = ""
			}
		}
	}
	outcome := r.look(append(slices.Clone(r.changes), r.show)...)
	r.told = append(r.told, outcome.Decisions...)
	if outcome.Begin {
		r.begin(*r.memory.Doing().Act)
	}
	if r.mortal && r.random.IntN(3) == 0 {
		r.killed(t)
	}
}

// begin is what the healer does: a deed, unless a disruption budget refuses it.
func (r *remade) begin(act Intent) {
	if r.busy > 0 && act.Do != operation.DoDisconnect && act.Do != operation.DoConnect {
		r.busy--
		var told []Decision
		r.memory, told = r.memory.Postponed(names(), r.now, errors.New("the budget allows none"))
		r.told = append(r.told, told...)
		return
	}
	r.do(act)
	r.memory, _ = r.memory.Done(names(), r.now, act.Step)
}

func (r *remade) do(act Intent) {
	i := names().Ordinal(act.Pods[0])
	r.steps = append(r.steps, act.Step)
	switch {
	case r.random.Float64() < r.deaf:
	case act.Do == operation.DoConnect:
		r.out[i] = ""
	case act.Do == operation.DoDisconnect:
		r.out[i] = "Disconnection requested due to User CN=prod-healer requested that node be disconnected from cluster"
	case act.UID == fmt.Sprintf("uid-%d-%d", i, r.runs[i]):
		r.runs[i]++
		r.roots[i], r.out[i], r.begun[i] = 1, lostText, r.now
	}
}

func (r *remade) stages(stage Stage) []string {
	var all []string
	for _, d := range r.told {
		if d.Stage == stage && d.Pod == "" {
			all = append(all, d.Reason)
		}
	}
	return all
}

const remadePlan = `disconnect prod-1
restart prod-1
delete pod prod-0, which no disruption budget would let go while the others wait for it`

func TestRestartForTrust(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		r := newRemade(t, TrustRestartFull, seed)
		if seed > 1 {
			r.deaf = 0.3
		}
		r.mortal = seed > 0
		for range 150 {
			r.pass(t)
		}
		steps := slices.Compact(slices.Clone(r.steps))
		if len(r.stages(Escalated)) > 0 {
			require.NotZero(t, r.deaf, "seed %d: %v", seed, r.told)
			continue
		}
		require.Equal(t, strings.Split(remadePlan, "\n"), steps, "seed %d", seed)
		require.Equal(t, [3]int{1, 1, 0}, r.runs, "each restarts once, and the one that had the root not at all")
		require.Equal(t, [3]string{}, r.out)
		require.Len(t, r.stages(Recovered), 1)
		require.Empty(t, r.memory.Incidents)
	}
}

func TestRestartForTrustIsKeptFrom(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		mode    string
		changes []change
		stage   Stage
		want    string
	}{
		"never":   {TrustRestartNever, nil, Skipped, "spec.healer.trustRestart is never: kubectl nifi heal prod --trust does it"},
		"rolling": {"rolling", nil, Escalated, "restarting prod-1 would leave 1 of 3 nodes CONNECTED, fewer than the quorum of 2"},
		"observe": {TrustRestartFull, []change{func(c *view.Cluster) { c.StatefulSet.HealerMode = "observe" }}, Skipped, "would restart for trust: the mode is observe"},
		"suggest": {TrustRestartFull, []change{func(c *view.Cluster) { c.StatefulSet.HealerMode = "suggest" }}, Skipped, "would restart for trust: the mode is suggest"},
		"rollout": {TrustRestartFull, []change{func(c *view.Cluster) { c.StatefulSet.UpdateRevision = "b" }}, Skipped, "the StatefulSet rolls out"},
		"locked": {TrustRestartFull, []change{func(c *view.Cluster) {
			c.Operation = &view.Operation{Holder: "kim@laptop", What: "scale", Renewed: c.Time, Duration: 15 * time.Second}
		}}, Skipped, "kim@laptop holds the cluster's lock"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRemade(t, test.mode, 1)
			r.changes = test.changes
			for range 30 {
				r.pass(t)
			}
			assert.Empty(t, r.steps)
			require.NotEmpty(t, r.stages(test.stage), "%+v", r.told)
			assert.Contains(t, r.stages(test.stage)[0], test.want)
		})
	}
}

func TestRestartForTrustPausedInTheMiddle(t *testing.T) {
	t.Parallel()
	r := newRemade(t, TrustRestartFull, 1)
	for len(r.steps) < 2 {
		r.pass(t)
	}
	r.pause = &Pause{Reason: "a test", Until: r.now.Add(time.Hour)}
	for range 60 {
		r.pass(t)
	}
	assert.Len(t, r.steps, 2, "nothing while it is paused")
	r.pause = nil
	for range 60 {
		r.pass(t)
	}
	assert.Equal(t, [3]int{1, 1, 1}, r.roots, "and then it goes on")
}

func TestRestartForTrustLeavesWhomAPersonTookOut(t *testing.T) {
	t.Parallel()
	r := newRemade(t, TrustRestartFull, 1)
	r.out[1] = personText
	for range 120 {
		r.pass(t)
	}
	assert.Equal(t, [3]int{1, 0, 0}, r.runs)
	assert.Equal(t, personText, r.out[1])
}

// TestRestartForTrustEndsOtherDeeds: what was begun for a node before the roots
// were seen to differ doesn't keep the lock.
func TestRestartForTrustEndsOtherDeeds(t *testing.T) {
	t.Parallel()
	r := newRemade(t, TrustRestartFull, 1)
	r.memory.Incidents = []Incident{{
		ID: "prod-2-x", Pod: "prod-2", Finding: findings.HeartbeatsLost, Stage: Acted, Since: start(), Verdict: Reconnect,
		Tried: Tried{Reconnect: 1}, Act: &Intent{Deed: Reconnect, For: Reconnect, Pods: []string{"prod-2"}, At: start()},
	}}
	for range 60 {
		r.pass(t)
	}
	assert.Equal(t, strings.Split(remadePlan, "\n"), r.steps)
	assert.Nil(t, r.memory.Doing())
}
