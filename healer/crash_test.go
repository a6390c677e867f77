package healer

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/healer/policy"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
)

func TestADeedThatIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := newCluster(w.healer(time.Second), w.nifi.Names)
	w.api.Fail(w.podPath(1)+"/eviction", http.StatusTooManyRequests, metav1.StatusReasonTooManyRequests, "Cannot evict pod as it would violate the pod's disruption budget.")
	w.nifi.Node(1).Hang()
	w.nifi.Lose(1)
	w.nifi.Advance(70 * time.Second)
	w.looks(c, 6)
	assert.Equal(t, []string{"Detected restart", "Verdict restart", "Skipped restart"}, w.stages(), "told once")
	assert.Contains(t, w.last().Reason, "disruption budget")
	assert.Nil(t, w.lease().Spec.HolderIdentity, "the lock is given back")
	w.api.Heal(w.podPath(1) + "/eviction")
	w.looks(c, 1)
	assert.Equal(t, []string{"POST pods/prod-1/eviction"}, w.changed(), "at the next look")
	assert.Equal(t, 1, w.last().Attempt, "what was refused was none")
}

func TestKilledBetweenActAndVerification(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := newCluster(w.healer(time.Second), w.nifi.Names)
	w.nifi.Node(1).Hang()
	w.nifi.Lose(1)
	w.nifi.Advance(70 * time.Second)
	w.looks(first, 3)
	require.Len(t, w.changed(), 1)
	w.nifi.Advance(2 * time.Minute) // the lock is nobody's by then
	next := w.watcher()
	w.looks(next, 1)
	assert.Equal(t, "nifi-healer (restart prod-1)", *w.lease().Spec.HolderIdentity)
	assert.True(t, w.lease().Spec.RenewTime.After(w.nifi.Clock.Now().Add(-time.Minute)), "it is taken again")
	w.looks(next, 3)
	assert.Len(t, w.changed(), 1, "not a second time")
	assert.Equal(t, "Recovered restart", w.stages()[3])
	assert.Nil(t, w.lease().Spec.HolderIdentity)
}

// TestKilledAndSomebodyElseIsAtWork: a deed's end is watched, the lock is left to
// whoever has it by now.
func TestKilledAndSomebodyElseIsAtWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := newCluster(w.healer(time.Second), w.nifi.Names)
	w.nifi.Node(1).Hang()
	w.nifi.Lose(1)
	w.nifi.Advance(70 * time.Second)
	w.looks(first, 3)
	h := w.healer(10 * time.Second)
	h.Clock.Every = func(time.Duration) (<-chan time.Time, func()) { // kim lives
		lease, holder, now := w.lease(), "kim@laptop", metav1.NewMicroTime(w.nifi.Clock.Now())
		lease.Spec.HolderIdentity, lease.Spec.RenewTime = &holder, &now
		w.setLease(lease)
		tick := make(chan time.Time, 1)
		tick <- now.Time
		return tick, func() {}
	}
	w.looks(newCluster(h, w.nifi.Names), 4)
	assert.Len(t, w.changed(), 1)
	assert.Equal(t, "Recovered restart", w.stages()[3])
	assert.Equal(t, "kim@laptop", *w.lease().Spec.HolderIdentity)
}

func TestKilledBetweenVerdictAndAct(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := w.nifi.Clock.Now()
	w.nifi.Node(1).Hang()
	w.nifi.Lose(1)
	w.annotate(policy.AnnotationIncident, policy.Memory{Incidents: []policy.Incident{{
		ID: "prod-1-x", Pod: "prod-1", Finding: findings.Hung, Stage: policy.Acted, Since: now, Verdict: policy.Restart, Tried: policy.Tried{policy.Restart: 1},
		Act: &policy.Intent{Deed: policy.Restart, For: policy.Restart, Pods: []string{"prod-1"}, UID: "first-1", At: now},
	}}}.Encode())
	w.nifi.Advance(40 * time.Second)
	c := newCluster(w.healer(time.Second), w.nifi.Names)
	w.looks(c, 4)
	assert.Equal(t, []string{"Failed restart"}, w.stages(), "its intent had no effect")
	assert.Empty(t, w.changed())
	w.looks(c, 8)
	assert.Equal(t, []string{"POST pods/prod-1/eviction"}, w.changed(), "once, after the back-off")
	for _, d := range w.told {
		assert.Equal(t, "prod-1-x", d.Incident)
	}
}

func TestNoLeaseNoDeed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api.Delete(w.leasePath())
	w.nifi.Lose(1)
	w.nifi.Advance(time.Minute)
	w.looks(w.watcher(), 5)
	assert.Equal(t, []string{"Skipped leave alone"}, w.stages())
	assert.Contains(t, w.last().Error, "no operation Lease")
}

func TestARenewedCertificateIsTakenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.watcher()
	before, _, err := c.credentials.load(t.Context(), c.names)
	require.NoError(t, err)
	again, _, err := c.credentials.load(t.Context(), c.names)
	require.NoError(t, err)
	assert.Same(t, before, again)
	w.setCredentials()
	w.nifi.Advance(deepWell)
	w.looks(c, 1)
	renewed, _, err := c.credentials.load(t.Context(), c.names)
	require.NoError(t, err)
	assert.NotSame(t, before, renewed)
	w.looks(c, 2)
	assert.Empty(t, w.stages())

	w.api.Delete(w.path("api/v1", "secrets", "prod-healer-tls"))
	c.credentials.doubt()
	_, _, err = c.credentials.load(t.Context(), c.names)
	require.Error(t, err)
	assert.False(t, errors.Is(err, errNobody))
}
