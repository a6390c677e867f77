package healer

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"

	"github.com/kubectl-nifi/kubectl-nifi/healer/policy"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube/kubetest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// world is a Kubernetes with one NiFi cluster, prod in nifi, of three nodes that
// have been up for an hour.
type world struct {
	t    *testing.T
	api  *kubetest.Server
	nifi *nifitest.Cluster
	away atomic.Bool // the API server can't be reached

	death atomic.Pointer[death] // of the healer; nil: it lives

	mu        sync.Mutex
	changes   []string // what was changed in Kubernetes, and how
	told      []policy.Decision
	forgotten []string
}

func newWorld(t *testing.T) *world { return newWorldOf(t, nifitest.Options{}) }

func newWorldOf(t *testing.T, options nifitest.Options) *world {
	t.Helper()
	w := &world{t: t, api: kubetest.Start(t), nifi: nifitest.Start(t, options)}
	replicas := int32(3)
	w.api.Set(w.path("apis/apps/v1", "statefulsets", "prod"), appsv1.StatefulSet{
		TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "StatefulSet"}, ObjectMeta: w.meta("prod", nil),
		Spec: appsv1.StatefulSetSpec{
			Replicas: &replicas, PodManagementPolicy: appsv1.ParallelPodManagement,
			Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{InitContainers: []corev1.Container{{Name: "tls-sync", RestartPolicy: new(corev1.ContainerRestartPolicyAlways)}}}},
		},
		Status: appsv1.StatefulSetStatus{ReadyReplicas: 3, UpdatedReplicas: 3, CurrentRevision: "a", UpdateRevision: "a"},
	})
	for ordinal := range 3 {
		w.setPod(ordinal, "first", w.nifi.Clock.Now().Add(-time.Hour))
	}
	w.api.Set(w.leasePath(), coordinationv1.Lease{
		TypeMeta: metav1.TypeMeta{APIVersion: "coordination.k8s.io/v1", Kind: "Lease"}, ObjectMeta: w.meta("prod-operation", nil),
	})
	for _, name := range []string{"prod-cluster-coordinator", "prod-primary-node"} {
		holder, seconds, now := w.nifi.Names.FQDN("prod-0")+":11443", int32(24*3600), metav1.NewMicroTime(w.nifi.Clock.Now())
		w.api.Set(w.path("apis/coordination.k8s.io/v1", "leases", name), coordinationv1.Lease{
			TypeMeta: metav1.TypeMeta{APIVersion: "coordination.k8s.io/v1", Kind: "Lease"}, ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "nifi"},
			Spec: coordinationv1.LeaseSpec{HolderIdentity: &holder, LeaseDurationSeconds: &seconds, RenewTime: &now},
		})
	}
	w.setCredentials()
	w.api.OnChange(w.follow)
	return w
}

func (w *world) path(group, resource, name string) string {
	return fmt.Sprintf("/%s/namespaces/nifi/%s/%s", group, resource, name)
}

func (w *world) leasePath() string {
	return w.path("apis/coordination.k8s.io/v1", "leases", "prod-operation")
}

func (w *world) podPath(ordinal int) string {
	return w.path("api/v1", "pods", w.nifi.Names.Pod(ordinal))
}

func (w *world) meta(name string, more map[string]string) metav1.ObjectMeta {
	labels := map[string]string{topology.LabelName: "nifi", topology.LabelInstance: "prod", topology.LabelManagedBy: "kubectl-nifi"}
	for key, value := range more {
		labels[key] = value
	}
	return metav1.ObjectMeta{
		Name: name, Namespace: "nifi", Labels: labels, ResourceVersion: "1",
		CreationTimestamp: metav1.NewTime(w.nifi.Clock.Now().Add(-time.Hour)),
	}
}

func (w *world) setPod(ordinal int, uid string, started time.Time) {
	meta := w.meta(w.nifi.Names.Pod(ordinal), map[string]string{topology.LabelComponent: "node"})
	meta.UID = types.UID(fmt.Sprintf("%s-%d", uid, ordinal))
	w.api.Set(w.podPath(ordinal), corev1.Pod{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}, ObjectMeta: meta,
		Spec: corev1.PodSpec{NodeName: "host", Containers: []corev1.Container{{Name: "nifi"}}},
		Status: corev1.PodStatus{
			Phase:      corev1.PodRunning,
			Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}},
			ContainerStatuses: []corev1.ContainerStatus{{
				Name: "nifi", Ready: true, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(started)}},
			}},
		},
	})
}

// setCredentials stores a healer's certificate, a new one each time.
func (w *world) setCredentials() {
	config, err := w.nifi.HealerTLS()
	require.NoError(w.t, err)
	key, err := x509.MarshalPKCS8PrivateKey(config.Certificates[0].PrivateKey)
	require.NoError(w.t, err)
	w.api.Set(w.path("api/v1", "secrets", "prod-healer-tls"), corev1.Secret{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}, ObjectMeta: w.meta("prod-healer-tls", nil),
		Data: map[string][]byte{
			"tls.crt": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: config.Certificates[0].Certificate[0]}),
			"tls.key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), "ca.crt": w.nifi.CA.PEM(),
		},
	})
}

// follow is what Kubernetes does about a change: a pod that was ended comes back.
func (w *world) follow(method, path string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !strings.HasSuffix(path, "/prod-operation") {
		w.changes = append(w.changes, method+" "+path[strings.Index(path, "/namespaces/nifi/")+len("/namespaces/nifi/"):])
	}
	if pod, evicted := strings.CutSuffix(path, "/eviction"); evicted {
		ordinal := w.nifi.Names.Ordinal(pod[strings.LastIndexByte(pod, '/')+1:])
		w.setPod(ordinal, "next", w.nifi.Clock.Now())
		if err := w.nifi.StartNode(ordinal); err != nil {
			w.t.Error(err)
		}
	}
}

// healer is a healer of this world.
func (w *world) healer(timeout time.Duration) *Healer {
	config := kube.Quick(w.api.Config(), "test")
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return gate{w, next} })
	client, err := kube.NewClient(rest.CopyConfig(config))
	require.NoError(w.t, err)
	return &Healer{
		Kubernetes: client, Namespaces: []string{"nifi"}, Interval: 10 * time.Second, Timeout: timeout,
		Dial:   func(string) view.Dial { return w.nifi.DialContext },
		Clock:  operation.Clock{Now: w.nifi.Clock.Now, Every: func(time.Duration) (<-chan time.Time, func()) { return nil, func() {} }},
		Limits: policy.DefaultLimits(), Random: func() float64 { return 0.5 }, Tell: w, Log: slog.New(slog.DiscardHandler),
	}
}

// gate is the network before the API server.
type gate struct {
	world *world
	next  http.RoundTripper
}

func (g gate) RoundTrip(r *http.Request) (*http.Response, error) {
	death, writes := g.world.death.Load(), r.Method != http.MethodGet
	if g.world.away.Load() || death.before(writes) {
		return nil, errors.New("connection refused")
	}
	response, err := g.next.RoundTrip(r)
	death.after(writes)
	return response, err
}

// death is that of a healer, at one of its writes to the API server.
type death struct {
	left int    // writes before it
	late bool   // the last of them is still done
	die  func() // ends all that it does
	dead atomic.Bool
}

// before tells that it is dead, as it may be from this request on.
func (d *death) before(writes bool) bool {
	if d == nil {
		return false
	}
	if writes && !d.dead.Load() {
		if d.left--; d.left < 0 || d.left == 0 && !d.late {
			d.end()
		}
	}
	return d.dead.Load()
}

func (d *death) after(writes bool) {
	if d != nil && writes && d.left == 0 && d.late {
		d.end()
	}
}

func (d *death) end() {
	d.dead.Store(true)
	d.die()
}

// watcher is a healer's watch over prod.
func (w *world) watcher() *cluster { return newCluster(w.healer(10*time.Second), w.nifi.Names) }

// looks looks a number of times, 10 s apart.
func (w *world) looks(c *cluster, count int) {
	w.t.Helper()
	for range count {
		c.look(w.t.Context())
		w.nifi.Advance(10 * time.Second)
	}
}

// lease is the operation Lease.
func (w *world) lease() coordinationv1.Lease {
	var lease coordinationv1.Lease
	w.api.Read(w.t, w.leasePath(), &lease)
	return lease
}

// annotate sets an annotation of the operation Lease.
func (w *world) annotate(name, value string) {
	lease := w.lease()
	if lease.Annotations == nil {
		lease.Annotations = map[string]string{}
	}
	lease.Annotations[name] = value
	w.setLease(lease)
}

func (w *world) setLease(lease coordinationv1.Lease) {
	lease.TypeMeta = metav1.TypeMeta{APIVersion: "coordination.k8s.io/v1", Kind: "Lease"}
	w.api.Set(w.leasePath(), lease)
}

// changed is what was changed in Kubernetes but the operation Lease.
func (w *world) changed() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.changes...)
}

// stages is what was told so far, in short.
func (w *world) stages() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []string
	for _, d := range w.told {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s", d.Stage, d.Deed)))
	}
	return all
}

// last is what was told last.
func (w *world) last() policy.Decision {
	w.mu.Lock()
	defer w.mu.Unlock()
	require.NotEmpty(w.t, w.told)
	return w.told[len(w.told)-1]
}

func (w *world) Record(_ context.Context, d policy.Decision) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, d)
}

func (w *world) Observe(view.Cluster)                                   {}
func (w *world) Polled(topology.Names, time.Time, time.Duration, error) {}
func (w *world) Allowed(topology.Names, policy.Mode, bool)              {}

// Forget remembers whom to forget.
func (w *world) Forget(n topology.Names) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forgotten = append(w.forgotten, n.Cluster)
}
