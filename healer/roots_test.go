package healer

import (
	"crypto/x509/pkix"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// remade is a world whose pods get stores from a CA when they start. It has lost
// its root, and prod-2 has the new one, since it was rescheduled.
type remade struct {
	*world
	root *nifitest.CA
}

func newRemade(t *testing.T, trustRestart string) *remade {
	t.Helper()
	root, err := nifitest.NewCA("prod-ca")
	require.NoError(t, err)
	w := &remade{newWorld(t), root}
	var set appsv1.StatefulSet
	w.api.Read(t, w.path("apis/apps/v1", "statefulsets", "prod"), &set)
	set.TypeMeta = metav1.TypeMeta{APIVersion: "apps/v1", Kind: "StatefulSet"}
	set.Spec.Template.Spec.InitContainers, set.Annotations = nil, map[string]string{topology.AnnotationTrustRestart: trustRestart}
	w.api.Set(w.path("apis/apps/v1", "statefulsets", "prod"), set)
	w.give(0, w.nifi.CA)
	w.give(1, w.nifi.CA)
	w.begin(2)
	w.nifi.Lose(2)
	w.api.OnChange(func(method, path string) {
		w.follow(method, path)
		if pod, evicted := strings.CutSuffix(path, "/eviction"); evicted {
			w.begin(w.nifi.Names.Ordinal(pod[strings.LastIndexByte(pod, '/')+1:]))
		}
	})
	return w
}

// give has a node serve and trust what a CA gave it.
func (w *remade) give(ordinal int, by *nifitest.CA) {
	pod := w.nifi.Names.Pod(ordinal)
	pair, err := by.Issue(nifitest.Leaf{Subject: pkix.Name{CommonName: pod}, DNSNames: []string{w.nifi.Names.FQDN(pod)}})
	require.NoError(w.t, err)
	pair.Certificate = append(pair.Certificate, by.Certificate.Raw)
	w.nifi.Node(ordinal).Present(pair)
	w.nifi.Node(ordinal).Trust(by)
}

// begin is the start of a pod: it gets stores of the new root.
func (w *remade) begin(ordinal int) {
	w.give(ordinal, w.root)
	var pod corev1.Pod
	w.api.Read(w.t, w.podPath(ordinal), &pod)
	pod.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}
	pod.CreationTimestamp = metav1.NewTime(w.nifi.Clock.Now())
	w.api.Set(w.podPath(ordinal), pod)
}

// until looks until a decision is told, at most so often; between looks the
// watcher may be another one.
func (w *remade) until(told string, most int, next func(*cluster) *cluster) {
	w.t.Helper()
	c := w.watcher()
	for range most {
		if c = next(c); slices.Contains(w.stages(), told) {
			return
		}
		w.looks(c, 1)
	}
	require.Fail(w.t, told+" was never told", "%v", w.stages())
}

func TestARemadeRootIsFollowed(t *testing.T) {
	t.Parallel()
	w := newRemade(t, "full")
	w.until("Recovered restart for trust", 30, func(c *cluster) *cluster {
		w.looks(c, 2)
		w.nifi.Advance(2 * time.Minute) // nobody renews its lock
		return w.watcher()              // killed, and started again
	})
	assert.Equal(t, []string{"POST pods/prod-1/eviction", "POST pods/prod-0/eviction"}, w.changed())
	assert.Nil(t, w.lease().Spec.HolderIdentity)
}

func TestARemadeRootWithoutTheRightToDelete(t *testing.T) {
	t.Parallel()
	w := newRemade(t, "full")
	w.api.Fail(w.podPath(0)+"/eviction", http.StatusTooManyRequests, metav1.StatusReasonTooManyRequests, "Cannot evict pod as it would violate the pod's disruption budget")
	c := w.watcher()
	w.looks(c, 6)
	require.Equal(t, []string{"POST pods/prod-1/eviction"}, w.changed())
	w.nifi.Node(1).Edit(func(n *nifi.Node) { n.Status = nifi.Disconnected }) // nobody there trusts it
	var pod corev1.Pod
	w.api.Read(t, w.podPath(1), &pod)
	pod.TypeMeta, pod.Status.Conditions = metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}, nil
	w.api.Set(w.podPath(1), pod)
	w.api.Deny(w.podPath(0))
	w.until("Escalated escalate", 110, func(*cluster) *cluster { return c })
	assert.Equal(t, []string{"POST pods/prod-1/eviction"}, w.changed())
	assert.Contains(t, w.last().Reason, "a disruption budget has let no pod go for 15m0s")
	assert.Contains(t, w.last().Reason, "kubectl nifi heal prod --trust does it with a person's rights")
	assert.NotContains(t, w.stages(), "Failed restart for trust")
}

func TestARemadeRootIsLeftAlone(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"never", "rolling"} {
		w := newRemade(t, mode)
		w.looks(w.watcher(), 4)
		assert.Empty(t, w.changed(), mode)
		assert.Contains(t, w.stages(), map[string]string{"never": "Skipped restart for trust", "rolling": "Escalated escalate"}[mode])
	}
}
