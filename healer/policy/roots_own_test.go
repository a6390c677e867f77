package policy

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// killed is kill -9 and a start.
func (r *remade) killed(t *testing.T) {
	t.Helper()
	memory, err := ParseMemory(r.memory.Encode())
	require.NoError(t, err)
	r.memory = memory
}

// TestRestartForTrustKnowsItsOwn: killed between disconnection and eviction, it
// knows that it was no person who took the node out.
func TestRestartForTrustKnowsItsOwn(t *testing.T) {
	t.Parallel()
	r := newRemade(t, TrustRestartFull, 1)
	for len(r.steps) < 1 {
		r.pass(t)
	}
	require.Equal(t, []string{"disconnect prod-1"}, r.steps)
	for range 3 {
		r.killed(t)
		r.pause = &Pause{Reason: "a test", Until: r.now.Add(time.Hour)}
		r.pass(t)
		assert.Empty(t, r.memory.Out)
	}
	r.pause = nil
	for range 60 {
		r.pass(t)
	}
	assert.Equal(t, strings.Split(remadePlan, "\n"), r.steps)
	assert.Equal(t, [3]string{}, r.out)
	for _, d := range r.told {
		assert.NotEqual(t, findings.PersonDisconnected, d.Finding, "%+v", d)
	}
}

// TestRestartForTrustHeedsAPersonInTheMiddle: whoever is taken out by hand while
// others restart stays out, whenever the healer is killed.
func TestRestartForTrustHeedsAPersonInTheMiddle(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		r := newRemade(t, TrustRestartFull, seed)
		r.mortal = true
		for len(r.steps) < 1+int(seed%2) {
			r.pass(t)
		}
		r.out[0] = personText // the coordinator, that would be the last one
		r.coordinator = 2
		for pass := range 100 {
			if seed > 3 && pass == 5 { // the next coordinator may know nothing of it
				r.after = func(c *view.Cluster) { c.Nodes = slices.Delete(c.Nodes, 0, 1) }
			}
			r.pass(t)
		}
		require.Equal(t, [3]int{0, 1, 0}, r.runs, "seed %d: %v", seed, r.steps)
		require.Equal(t, personText, r.out[0], "seed %d", seed)
		require.Equal(t, []string{"prod-0"}, r.memory.Out, "seed %d", seed)
	}
}

// TestRestartForTrustHeldBack: a disruption budget that passes costs no attempt;
// one that stays ends it, and who was disconnected for nothing comes back.
func TestRestartForTrustHeldBack(t *testing.T) {
	t.Parallel()
	r := newRemade(t, TrustRestartFull, 1)
	r.busy = 4
	for range 60 {
		r.pass(t)
	}
	assert.Equal(t, strings.Split(remadePlan, "\n"), r.steps)
	assert.Empty(t, r.stages(Failed))
	held := 0
	for _, d := range r.told {
		if strings.Contains(d.Reason, "a disruption budget holds it back") {
			held++
		}
	}
	assert.Equal(t, 1, held, "it is told once")

	r = newRemade(t, TrustRestartFull, 1)
	r.busy = 1000
	for range 200 {
		r.pass(t)
		if r.random.IntN(20) == 0 {
			r.killed(t)
		}
	}
	assert.Equal(t, []string{"disconnect prod-1", "reconnect prod-1"}, r.steps)
	assert.Equal(t, [3]string{"", "", lostText}, r.out)
	require.Len(t, r.stages(Escalated), 1)
	assert.Equal(t, "restart prod-1: a disruption budget has let no pod go for 15m0s: the budget allows none", r.stages(Escalated)[0])
	r.out[1] = personText
	for range 30 {
		r.pass(t)
	}
	assert.Equal(t, personText, r.out[1], "it is done with that node")
}

// TestRestartForTrustIsRefused: what it has begun it ends by readiness alone,
// and says what lets it in again.
func TestRestartForTrustIsRefused(t *testing.T) {
	t.Parallel()
	r := newRemade(t, TrustRestartFull, 1)
	for len(r.steps) < 2 {
		r.pass(t)
	}
	r.after = func(c *view.Cluster) {
		c.Nodes, c.NodesFrom = nil, ""
		for i := range c.TLS {
			c.TLS[i].Accepts = []view.Acceptance{{Authority: r.pki.roots[0].Fingerprint, Verdict: trust.No}}
		}
	}
	for range 60 {
		r.pass(t)
	}
	assert.Equal(t, [3]int{1, 1, 0}, r.runs)
	require.Len(t, r.stages(Recovered), 1)
	command := "kubectl nifi -n nifi certs renew prod admin healer"
	assert.Contains(t, r.stages(Recovered)[0], command)
	require.NotEmpty(t, r.stages(Escalated))
	assert.Contains(t, r.stages(Escalated)[0], command)
}
