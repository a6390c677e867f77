package healer

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/healer/policy"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
)

func TestAWellClusterIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.looks(w.watcher(), 5)
	assert.Empty(t, w.stages())
	assert.Empty(t, w.changed())
	assert.Empty(t, w.lease().Annotations)
}

func TestASilentNodeIsReconnected(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.watcher()
	w.looks(c, 1)
	w.nifi.Lose(1)
	w.nifi.Advance(20 * time.Second)
	w.looks(c, 3)
	assert.Equal(t, []string{"Detected reconnect", "Verdict reconnect", "Acted reconnect"}, w.stages())
	assert.Contains(t, w.last().Reason, "asked the coordinator through prod-0")
	lease := w.lease()
	assert.Equal(t, "nifi-healer (reconnect prod-1)", *lease.Spec.HolderIdentity, "whoever finds the lock held knows for what")
	memory, err := policy.ParseMemory(lease.Annotations[policy.AnnotationIncident])
	require.NoError(t, err)
	assert.Equal(t, []string{"prod-1"}, memory.Doing().Act.Pods)

	w.looks(c, 4)
	assert.Equal(t, "Recovered reconnect", w.stages()[3])
	assert.Len(t, w.stages(), 4)
	assert.Nil(t, w.lease().Spec.HolderIdentity)
	assert.Empty(t, w.changed(), "nothing in Kubernetes was changed")
}

func TestAHungNodeIsRestarted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := newCluster(w.healer(time.Second), w.nifi.Names)
	w.nifi.Node(1).Hang()
	w.nifi.Lose(1)
	w.nifi.Advance(70 * time.Second)
	w.looks(c, 3)
	assert.Equal(t, []string{"Detected restart", "Verdict restart", "Acted restart"}, w.stages())
	assert.Equal(t, []string{"POST pods/prod-1/eviction"}, w.changed())
	w.looks(c, 4)
	assert.Equal(t, "Recovered restart", w.stages()[3])
	assert.Len(t, w.changed(), 1)
}

func TestWhatPeopleDidIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.watcher()
	w.person(nifi.Disconnecting)
	w.looks(c, 10)
	w.person(nifi.Offloading)
	w.looks(c, 10)
	assert.Equal(t, []string{"Detected leave alone", "Skipped leave alone", "Skipped leave alone"}, w.stages())
	assert.Empty(t, w.changed())
	assert.Equal(t, string(nifi.Offloaded), w.status(1))
}

// person is what a person asks of prod-1.
func (w *world) person(status nifi.NodeStatus) {
	admin, err := w.nifi.AdminTLS()
	require.NoError(w.t, err)
	through, err := nifi.NewClient(w.nifi.Node(0).URL(), w.nifi.HTTPClient(admin))
	require.NoError(w.t, err)
	found, err := through.Cluster(w.t.Context())
	require.NoError(w.t, err)
	_, err = through.SetNodeStatus(w.t.Context(), found.Nodes[1].ID, status)
	require.NoError(w.t, err)
	w.nifi.Advance(10 * time.Second)
}

// status is the coordinator's word about a node.
func (w *world) status(ordinal int) string {
	admin, err := w.nifi.AdminTLS()
	require.NoError(w.t, err)
	through, err := nifi.NewClient(w.nifi.Node(0).URL(), w.nifi.HTTPClient(admin))
	require.NoError(w.t, err)
	found, err := through.Cluster(w.t.Context())
	require.NoError(w.t, err)
	return string(found.Nodes[ordinal].Status)
}

func TestHandsOff(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		set  func(w *world)
		says string
	}{
		"paused": {func(w *world) {
			w.annotate(policy.AnnotationPaused, policy.Pause{By: "kim", Reason: "a test", Until: w.nifi.Clock.Now().Add(time.Hour)}.Encode())
		}, "paused by kim"},
		"a pause that can't be read": {func(w *world) { w.annotate(policy.AnnotationPaused, "{") }, "not a pause of the healer"},
		"locked": {func(w *world) {
			lease := w.lease()
			holder, seconds, now := "kim@laptop", int32(3600), metav1.NewMicroTime(w.nifi.Clock.Now())
			lease.Spec.HolderIdentity, lease.Spec.LeaseDurationSeconds, lease.Spec.RenewTime, lease.Spec.AcquireTime = &holder, &seconds, &now, &now
			lease.TypeMeta = metav1.TypeMeta{APIVersion: "coordination.k8s.io/v1", Kind: "Lease"}
			w.api.Set(w.leasePath(), lease)
		}, "kim@laptop holds the cluster's lock"},
		"two of three gone": {func(w *world) { w.nifi.Lose(2) }, "frozen: 2 of 3 nodes are out or silent at once"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.watcher()
			w.nifi.Lose(1)
			w.nifi.Advance(30 * time.Second)
			test.set(w)
			w.looks(c, 8)
			assert.NotContains(t, w.stages(), "Acted reconnect")
			assert.Equal(t, policy.Skipped, w.last().Stage)
			assert.Contains(t, w.last().Reason, test.says)
			assert.Equal(t, "DISCONNECTED", w.status(1))
		})
	}
}

func TestNiFiThatAnswersNonsense(t *testing.T) {
	t.Parallel()
	faults := map[string]nifitest.Fault{
		"401": nifitest.Status(http.StatusUnauthorized, "Unauthorized"), "403": nifitest.Status(http.StatusForbidden, "Forbidden"),
		"409": nifitest.Status(http.StatusConflict, "Conflict"), "500": nifitest.Status(http.StatusInternalServerError, "An unexpected error"),
		"garbage": nifitest.Garbage(), "page": nifitest.Page("Log in"), "nothing": nifitest.Drop(),
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.watcher()
			w.nifi.Lose(1)
			w.nifi.Advance(30 * time.Second)
			w.looks(c, 1)
			for ordinal := range 3 {
				w.nifi.Node(ordinal).SetFault(fault)
			}
			w.looks(c, 10)
			assert.NotContains(t, w.stages(), "Acted reconnect")
			assert.NotContains(t, w.stages(), "Recovered reconnect", "what can't be seen isn't well")
			for ordinal := range 3 {
				w.nifi.Node(ordinal).SetFault(nil)
			}
			w.looks(c, 10)
			assert.Equal(t, "Recovered reconnect", w.stages()[len(w.stages())-1], "it goes on where it was")
			assert.Empty(t, w.changed())
		})
	}
}

func TestAPIServerAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.watcher()
	w.nifi.Lose(1)
	w.nifi.Advance(30 * time.Second)
	w.looks(c, 2)
	w.away.Store(true)
	w.looks(c, 6)
	assert.Equal(t, []string{"Detected reconnect", "Skipped leave alone"}, w.stages(), "it does nothing, and says so once")
	assert.Contains(t, w.last().Error, "the API server can't be reached")
	assert.Equal(t, "DISCONNECTED", w.status(1))
	w.away.Store(false)
	w.looks(c, 1)
	assert.Equal(t, []string{"Recovered leave alone", "Verdict reconnect", "Acted reconnect"}, w.stages()[2:])
}

func TestASilentNodeIsAskedAgainSoon(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.watcher()
	w.looks(c, 1)
	usual := w.healer(time.Second).Interval
	assert.Equal(t, usual, c.interval())
	w.nifi.Node(1).Hang()
	w.nifi.Advance(10 * time.Second) // its heartbeat is late, which has it asked
	for range 3 {
		w.looks(c, 1)
		assert.Equal(t, pressing, c.interval())
	}
	w.looks(c, 1)
	assert.Equal(t, usual, c.interval(), "it may stay silent for hours")
}
