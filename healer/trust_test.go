package healer

import (
	"crypto/tls"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube/kubetest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// trusting is a world whose certificates are cert-manager's, with a second CA
// of the first one's name.
type trusting struct {
	*world
	other  *nifitest.CA
	issued map[int]tls.Certificate // what each node's Secret holds
}

func newTrusting(t *testing.T) *trusting {
	t.Helper()
	other, err := nifitest.NewCA("prod-ca")
	require.NoError(t, err)
	w := &trusting{newWorld(t), other, map[int]tls.Certificate{}}
	for ordinal := range 3 {
		w.issue(ordinal, w.nifi.CA)
		w.deliver(ordinal, w.nifi.CA)
	}
	w.api.Set(w.path("api/v1", "secrets", "prod-trust"), corev1.Secret{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}, ObjectMeta: w.meta("prod-trust", nil),
	})
	return w
}

// issue is cert-manager putting a new certificate into a node's Secret.
func (w *trusting) issue(ordinal int, by *nifitest.CA) {
	w.t.Helper()
	pod, now := w.nifi.Names.Pod(ordinal), w.nifi.Clock.Now().UTC().Truncate(time.Second)
	pair, err := by.Issue(nifitest.Leaf{
		Subject:  pkix.Name{CommonName: pod, OrganizationalUnit: []string{"NIFI"}, Organization: []string{"nifi"}},
		DNSNames: []string{w.nifi.Names.FQDN(pod)}, NotBefore: now,
	})
	require.NoError(w.t, err)
	w.issued[ordinal] = pair
	w.set("certificaterequests", pod+"-tls-1", map[string]any{
		"ca": by.PEM(), "certificate": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}),
	})
	w.set("certificates", pod+"-tls", map[string]any{"notBefore": now.Format(time.RFC3339), "notAfter": pair.Leaf.NotAfter.Format(time.RFC3339)})
}

// set stores an object of cert-manager that is ready.
func (w *trusting) set(resource, name string, status map[string]any) {
	secret := name[:len("prod-0-tls")]
	status["conditions"] = []map[string]any{{"type": "Ready", "status": "True", "reason": "Issued"}}
	meta := w.meta(name, nil)
	meta.Annotations = map[string]string{"cert-manager.io/certificate-name": secret}
	w.api.Set(w.path("apis/cert-manager.io/v1", resource, name), map[string]any{
		"metadata": meta, "spec": map[string]any{"secretName": secret}, "status": status,
	})
}

// deliver is tls-sync writing what a pod's volume holds, and NiFi loading it.
func (w *trusting) deliver(ordinal int, anchors ...*nifitest.CA) {
	w.t.Helper()
	var fingerprints []trust.Fingerprint
	for _, anchor := range anchors {
		fingerprints = append(fingerprints, trust.FingerprintOf(anchor.Certificate.Raw))
	}
	line, err := json.Marshal(map[string]any{
		"time": w.nifi.Clock.Now().UTC().Format(time.RFC3339), "event": "published",
		"chain": []trust.Fingerprint{trust.FingerprintOf(w.issued[ordinal].Certificate[0])}, "anchors": fingerprints,
	})
	require.NoError(w.t, err)
	w.api.SetLog(w.podPath(ordinal), "tls-sync", new(kubetest.Log).Append(w.nifi.Clock.Now(), string(line)))
	w.nifi.Node(ordinal).Present(w.issued[ordinal])
	w.nifi.Node(ordinal).Trust(anchors...)
}

// obedient makes a nudge bring what is in the Secrets to the pod.
func (w *trusting) obedient() {
	w.api.OnChange(func(method, path string) {
		w.follow(method, path)
		if pod, nudged := strings.CutSuffix(path, "/status"); nudged {
			w.deliver(w.nifi.Names.Ordinal(pod[strings.LastIndexByte(pod, '/')+1:]), w.nifi.CA, w.other)
		}
	})
}

// reissued has the watch tell of a changed Certificate.
func reissued(c *cluster) { c.depth.reissued.Store(true) }

func TestADriftIsHealedBeforeItBites(t *testing.T) {
	t.Parallel()
	w := newTrusting(t)
	c := w.watcher()
	w.looks(c, 3)
	require.Empty(t, w.stages())
	w.obedient()
	w.issue(1, w.other)
	reissued(c)
	w.looks(c, 2)
	assert.Equal(t, []string{"Detected nudge", "Verdict nudge", "Acted nudge", "Recovered nudge"}, w.stages())
	assert.Equal(t, []string{"PATCH pods/prod-0/status", "PATCH pods/prod-1/status", "PATCH pods/prod-2/status"}, w.changed())
	assert.Contains(t, w.told[0].Reason, "3 of 3 nodes don't trust what it is to serve yet: prod-0, prod-1, prod-2")
	assert.Contains(t, w.last().Reason, "10 s after it was detected; 9 of 9 cells of the trust matrix are Yes, 3 of 3 nodes let the healer in")
	assert.Nil(t, w.lease().Spec.HolderIdentity)
	for ordinal := range 3 {
		assert.Equal(t, "CONNECTED", w.status(ordinal))
	}
	w.looks(c, 40)
	assert.Len(t, w.changed(), 3, "and nothing more")
}

// TestADriftBesideAnAnchorOfYesterday: what an anchor was is remembered when its
// CertificateRequest is gone and it is still in the files.
func TestADriftBesideAnAnchorOfYesterday(t *testing.T) {
	t.Parallel()
	w := newTrusting(t)
	gone, err := nifitest.NewCA("prod-ca")
	require.NoError(t, err)
	w.issue(2, gone)
	for ordinal := range 3 {
		w.deliver(ordinal, w.nifi.CA, gone)
	}
	c := w.watcher()
	w.looks(c, 1)
	w.issue(2, w.nifi.CA)
	w.deliver(2, w.nifi.CA, gone)
	w.issue(1, w.other)
	reissued(c)
	w.looks(c, 1)
	assert.Len(t, w.changed(), 3)
}

func TestOnlyWhoLacksTheAnchorIsNudged(t *testing.T) {
	t.Parallel()
	w := newTrusting(t)
	c := w.watcher()
	w.issue(1, w.other)
	w.deliver(1, w.nifi.CA, w.other)
	w.deliver(2, w.nifi.CA, w.other)
	w.looks(c, 1)
	assert.Equal(t, []string{"PATCH pods/prod-0/status"}, w.changed())
	w.looks(c, 3)
	assert.NotContains(t, w.stages(), "Recovered nudge", "prod-0 has not taken it over")
	assert.Equal(t, pressing, c.interval(), "it looks more often while it waits")
	w.deliver(0, w.nifi.CA, w.other)
	w.nifi.Node(2).Trust(w.other)
	w.looks(c, 2)
	assert.NotContains(t, w.stages(), "Recovered nudge", "prod-2 refuses the healer")
	w.nifi.Node(2).Trust(w.nifi.CA, w.other)
	w.looks(c, 1)
	assert.Equal(t, "Recovered nudge", w.stages()[len(w.stages())-1])
	assert.Equal(t, w.healer(time.Second).Interval, c.interval())
}

func TestARefusedNodeJoinsWithoutARestart(t *testing.T) {
	t.Parallel()
	w := newTrusting(t)
	c := w.watcher()
	w.looks(c, 1)
	w.issue(1, w.other)
	w.deliver(1, w.nifi.CA, w.other)
	w.setPod(1, "next", w.nifi.Clock.Now())
	w.nifi.Node(1).Edit(func(n *nifi.Node) { n.Status = nifi.Connecting })
	w.obedient()
	w.looks(c, 3)
	assert.Equal(t, []string{"PATCH pods/prod-0/status", "PATCH pods/prod-2/status"}, w.changed(), "a new pod is a change that is looked into")
	assert.NotContains(t, w.stages(), "Recovered nudge", "it isn't in yet")
	w.nifi.Node(1).Edit(func(n *nifi.Node) { n.Status = nifi.Connected })
	w.looks(c, 1)
	assert.Equal(t, []string{"Detected nudge", "Verdict nudge", "Acted nudge", "Recovered nudge"}, w.stages())
}

func TestNothingIsNudgedWhenAllIsWell(t *testing.T) {
	t.Parallel()
	w := newTrusting(t)
	c := w.watcher()
	w.looks(c, 1)
	w.issue(1, w.nifi.CA) // a renewal, on its way for two minutes
	for range 12 {
		reissued(c)
		w.looks(c, 1)
	}
	w.deliver(1, w.nifi.CA)
	w.looks(c, 40)
	for ordinal := range 3 { // a change of all that was prepared
		w.deliver(ordinal, w.nifi.CA, w.other)
	}
	w.issue(2, w.other)
	reissued(c)
	w.looks(c, 5)
	assert.Empty(t, w.changed())
	assert.Empty(t, w.stages())
}

func TestALockKeepsTheHealerFromNudging(t *testing.T) {
	t.Parallel()
	w := newTrusting(t)
	c := w.watcher()
	lease := w.lease()
	holder, seconds, now := "kim@laptop", int32(3600), metav1.NewMicroTime(w.nifi.Clock.Now())
	lease.Spec.HolderIdentity, lease.Spec.LeaseDurationSeconds, lease.Spec.RenewTime, lease.Spec.AcquireTime = &holder, &seconds, &now, &now
	w.setLease(lease)
	w.issue(1, w.other)
	w.looks(c, 3)
	assert.Empty(t, w.changed())
	assert.Contains(t, w.last().Reason, "kim@laptop holds the cluster's lock")
	lease = w.lease()
	lease.Spec.HolderIdentity = nil
	w.setLease(lease)
	w.looks(c, 1)
	assert.Len(t, w.changed(), 3, "at the first look after it is free")
}

// TestNothingThatIsSeenBecomesTrust: whatever a rogue CA gets into, the healer
// writes to no Secret. The worst that comes of it is a nudge, or one restart of
// the pod whose NiFi serves what its files don't hold.
func TestNothingThatIsSeenBecomesTrust(t *testing.T) {
	t.Parallel()
	tests := map[string]func(w *trusting){
		"served on the wire": func(w *trusting) {
			pair, err := w.other.Issue(nifitest.Leaf{Subject: pkix.Name{CommonName: "prod-1"}, DNSNames: []string{w.nifi.Names.FQDN("prod-1")}})
			require.NoError(w.t, err)
			w.nifi.Node(1).Present(pair)
		},
		"in a pod's own files": func(w *trusting) { w.deliver(1, w.nifi.CA, w.other) },
		"in a ConfigMap": func(w *trusting) {
			for _, name := range []string{"prod-trust", "prod-1-tls", "kube-root-ca.crt"} {
				w.api.Set(w.path("api/v1", "configmaps", name), corev1.ConfigMap{
					TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"}, ObjectMeta: w.meta(name, nil),
					Data: map[string]string{"ca.crt": string(w.other.PEM())},
				})
			}
		},
		"in a certificate": func(w *trusting) { w.issue(1, w.other) },
	}
	for name, stage := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTrusting(t)
			c := w.watcher()
			w.looks(c, 1)
			stage(w)
			for range 60 {
				reissued(c)
				w.looks(c, 1)
			}
			for _, change := range w.changed() {
				assert.Regexp(t, `^(PATCH pods/prod-\d/status|POST pods/prod-1/eviction)$`, change)
			}
			var kept corev1.Secret
			w.api.Read(t, w.path("api/v1", "secrets", "prod-trust"), &kept)
			assert.Empty(t, kept.Data)
		})
	}
}
