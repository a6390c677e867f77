package plugin

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"path/filepath"
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
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// healStage is a stage whose pods get stores from a CA when they start. The CA
// has lost its root and made another one, which prod-2 got when it was
// rescheduled: nobody trusts it, so it is out.
type healStage struct {
	*stage
	certs *certsWorld
	root  *nifitest.CA // that the CA signs with now
}

func newHealStage(t *testing.T) *healStage {
	t.Helper()
	s := &healStage{stage: newStage(t)}
	s.certs = newCertsWorldIn(t, s.world)
	s.setStatefulSet(3, unsynced, func(set *appsv1.StatefulSet) { set.Status.UpdateRevision = "of apache/nifi:2.3.0" })
	for ordinal := range 2 {
		s.certs.setStores(t, ordinal, s.nifi.CA, []string{"e0", "e1"}[ordinal])
	}
	s.root = s.certs.namesake(t)
	s.certs.setStores(t, 2, s.root, "ef")
	s.setCreated(2)
	s.nifi.Node(2).Edit(func(n *nifi.Node) { n.Status = nifi.Disconnected })
	s.api.OnChange(func(method, path string) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.react(method, path)
	})
	return s
}

func (s *healStage) setCreated(ordinal int) {
	var pod corev1.Pod
	s.api.Read(s.t, s.podPath(ordinal), &pod)
	pod.CreationTimestamp = metav1.NewTime(s.nifi.Clock.Now())
	s.api.Set(s.podPath(ordinal), pod)
}

// react is what the CA does about a pod that starts, and the cluster about a
// coordinator of another root.
func (s *healStage) react(method, path string) {
	for ordinal := range 3 {
		if method == "DELETE" && path == s.podPath(ordinal) {
			s.nifi.StopNode(ordinal)
		}
	}
	before := s.pods
	s.follow(method, path)
	for ordinal := range 3 {
		if s.pods > before && strings.HasPrefix(path, s.podPath(ordinal)) {
			s.certs.setStores(s.t, ordinal, s.root, []string{"f0", "f1", "f2"}[ordinal])
			s.setCreated(ordinal)
		}
	}
	for ordinal, status := range []nifi.NodeStatus{s.joined(0), s.joined(1), s.joined(2)} {
		s.nifi.Node(ordinal).Edit(func(n *nifi.Node) { n.Status = status })
	}
}

// joined is the status of a node: with the new root it is in once all have it.
func (s *healStage) joined(ordinal int) nifi.NodeStatus {
	switch {
	case s.odd() == 0:
		return nifi.Connected
	case s.certs.served[ordinal].Leaf.CheckSignatureFrom(s.root.Certificate) == nil:
		return nifi.Disconnected
	default:
		return s.seen(ordinal).Status
	}
}

// odd counts the nodes of another root than the CA's.
func (s *healStage) odd() int {
	count := 0
	for _, served := range s.certs.served {
		if served.Leaf.CheckSignatureFrom(s.root.Certificate) != nil {
			count++
		}
	}
	return count
}

func TestHealTrust(t *testing.T) {
	t.Parallel()
	s := newHealStage(t)
	plan := s.operate("heal", "prod", "--trust", "--dry-run")
	assert.Equal(t, exitWell, plan.code)
	assertGolden(t, filepath.Join("heal", "dry-run.golden"), s.certs.masked(plan))
	assert.Empty(t, s.changes)

	got := s.operate("heal", "prod", "--trust", "--yes")
	assertGolden(t, filepath.Join("heal", "trust.golden"), s.certs.masked(got))
	assert.Equal(t, exitWell, got.code)
	assert.Equal(t, []string{"POST pods/prod-1/eviction", "DELETE pods/prod-0"}, s.changes, "prod-2 had the root already")
	assert.Zero(t, s.odd())

	again := s.operate("heal", "prod", "--trust", "--anchor", s.fingerprint(s.root))
	assert.Equal(t, "nothing to do\n", again.stdout)
}

func (s *healStage) fingerprint(ca *nifitest.CA) string {
	return trust.FingerprintOf(ca.Certificate.Raw).String()
}

func TestHealTrustRefusals(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		stage func(t *testing.T, s *healStage)
		args  []string
		want  string
	}{
		"rolling": {args: []string{"--rolling"}, want: "restarting prod-1 would leave 1 of 3 nodes CONNECTED, fewer than the quorum of 2"},
		"stores that reload": {stage: func(_ *testing.T, s *healStage) { s.setStatefulSet(3) },
			want: "NiFi loads new anchors by itself, and no restart is of any use"},
		"nobody knows which is the CA's": {stage: func(_ *testing.T, s *healStage) { s.setCreated(0) },
			want: "have different roots"},
		"a rollout is on its way": {stage: func(_ *testing.T, s *healStage) {
			s.setStatefulSet(3, unsynced, func(set *appsv1.StatefulSet) { set.Status.UpdateRevision = "newer" })
		}, want: "Kubernetes is rolling out a change"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newHealStage(t)
			if test.stage != nil {
				test.stage(t, s)
			}
			got := s.operate(append([]string{"heal", "prod", "--trust", "--yes"}, test.args...)...)
			assert.Equal(t, exitFailed, got.code)
			assert.Contains(t, got.stderr, test.want)
			assert.Empty(t, s.changes)
		})
	}
}

func TestHealTrustIsResumed(t *testing.T) {
	t.Parallel()
	s := newHealStage(t)
	s.die("restart prod-1")
	got := s.operate("heal", "prod", "--trust", "--yes")
	assert.NotEqual(t, exitWell, got.code)
	s.revive()
	s.nifi.Advance(time.Minute) // whoever held the lock is dead
	got = s.operate("operations", "prod", "--resume", "--yes")
	require.Equal(t, exitWell, got.code, got.stderr)
	assert.Zero(t, s.odd())
	assert.Equal(t, []string{"POST pods/prod-1/eviction", "DELETE pods/prod-0"}, s.changes, "nobody restarted twice")
}

func TestHealToTheRootThatIsSaid(t *testing.T) {
	t.Parallel()
	s := newHealStage(t)
	s.setCreated(0) // that doesn't tell any more
	got := s.operate("heal", "prod", "--trust", "--dry-run", "--anchor", s.fingerprint(s.nifi.CA))
	assert.Contains(t, s.certs.masked(got), "prod-2: restart, it serves root cbcbcbcbcbcb, not cacacacacaca\n")
	assert.Equal(t, exitWell, got.code)
}

func TestHealUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"heal"}, {"heal", "prod"}, {"heal", "prod", "--trust", "--anchor", "abc"}, {"heal", "prod", "--abort", "--anchor", strings.Repeat("ab", 32)}} {
		got := runWith(t, time.Now(), args...)
		assert.Equal(t, exitUsage, got.code, args)
		assert.Equal(t, 1, got.lines(), got.stderr)
	}
}

func TestHealAsksTheCA(t *testing.T) {
	t.Parallel()
	s := newHealStage(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "prod-ca"}, NotBefore: s.now.AddDate(-1, 0, 0), NotAfter: s.now.AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	s.api.SetForward(func(ctx context.Context, pod string, port int) (net.Conn, error) {
		if pod != "prod-nifi-ca-abc" || port != topology.PortNiFiCA {
			return s.nifi.DialContext(ctx, "tcp", s.names.FQDN(pod)+":8443")
		}
		ours, theirs := net.Pipe()
		server := tls.Server(theirs, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
		go func() { _ = server.HandshakeContext(t.Context()) }()
		return ours, nil
	})
	labels := map[string]string{topology.LabelName: "nifi-ca"}
	s.api.Set(s.path("api/v1", "pods", "prod-nifi-ca-abc"), corev1.Pod{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}, ObjectMeta: s.metadata("prod-nifi-ca-abc", labels), Status: corev1.PodStatus{Phase: corev1.PodRunning},
	})
	got := s.operate("heal", "prod", "--trust", "--dry-run")
	assert.Equal(t, exitWell, got.code)
	root := trust.FingerprintOf(der).Short()
	assert.Contains(t, got.stderr, "root "+root+" is wanted: prod-nifi-ca signs with it now\n")
	assert.Contains(t, got.stderr, "warning: no node has root "+root+" yet: whether restarts bring it is seen by the first one\n")
	assert.Contains(t, got.stdout, "   1. restart prod-2\n   2. wait until prod-2 serves a chain of root "+root+"\n", "it is out: nobody misses it")
}
