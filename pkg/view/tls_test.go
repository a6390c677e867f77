package view_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// tlsWorld is a NiFi that can be shaken hands with, and what Kubernetes says.
type tlsWorld struct {
	nifi        *nifitest.Cluster
	logs        map[string]string // by pod; "<pod> previous" for the run before
	authorities []trust.Certificate
	failing     error
	identity    view.Identity
}

func (w *tlsWorld) SyncLog(_ context.Context, pod string, previous bool) ([]byte, error) {
	if previous {
		pod += " previous"
	}
	if log, ok := w.logs[pod]; ok {
		return []byte(log), w.failing
	}
	return nil, errors.Join(w.failing, view.ErrNotFound)
}

func (w *tlsWorld) Authorities(context.Context) ([]trust.Certificate, error) {
	return w.authorities, w.failing
}

func newTLSWorld(t *testing.T) *tlsWorld {
	cluster := nifitest.Start(t, nifitest.Options{})
	config, err := cluster.AdminTLS()
	require.NoError(t, err)
	ca := trust.NewCertificate(cluster.CA.Certificate)
	w := &tlsWorld{nifi: cluster, logs: map[string]string{}, authorities: []trust.Certificate{ca}}
	w.identity = view.Identity{Certificate: &config.Certificates[0], Anchors: w.authorities}
	for ordinal := range 3 {
		w.logs[names().Pod(ordinal)] = published(trust.FingerprintOf([]byte("leaf")), ca.Fingerprint)
	}
	return w
}

func (w *tlsWorld) gather(t *testing.T, timeout time.Duration, changes ...func(*view.Cluster)) view.Cluster {
	t.Helper()
	s := &sources{Cluster: with(changes...)}
	return view.Gather(t.Context(), view.Sources{Kubernetes: s, Credentials: s.credentials, TLS: &view.TLSSources{
		Objects: w, Dial: w.nifi.DialContext,
		Identity: func(context.Context) (view.Identity, error) { return w.identity, nil },
	}}, names(), timeout, now)
}

func published(leaf trust.Fingerprint, anchors ...trust.Fingerprint) string {
	var texts []string
	for _, a := range anchors {
		texts = append(texts, `"`+a.String()+`"`)
	}
	return fmt.Sprintf(`{"time":"2026-11-22T17:00:00Z","level":"info","logger":"tls-sync","pod":"x","event":"published","chain":["%s"],"anchors":[%s]}`+"\n",
		leaf, strings.Join(texts, ","))
}

func said(at, event, file, reason string) string {
	return fmt.Sprintf(`{"time":"2026-11-22T%sZ","level":"error","logger":"tls-sync","pod":"x","event":"%s","file":"%s","reason":"%s"}`+"\n", at, event, file, reason)
}

func TestGatherTLS(t *testing.T) {
	t.Parallel()
	w := newTLSWorld(t)
	got := w.gather(t, time.Minute)
	require.Len(t, got.TLS, 3)
	ca := w.authorities[0].Fingerprint
	for ordinal, pod := range got.TLS {
		assert.Equal(t, names().Pod(ordinal), pod.Pod)
		leaf, ok := pod.Served.Leaf()
		assert.True(t, ok, pod.Served.Error)
		assert.Equal(t, []string{w.nifi.Node(ordinal).FQDN()}, leaf.DNSNames)
		assert.Equal(t, []trust.Fingerprint{ca}, pod.Files.Anchors)
		assert.Equal(t, []view.Acceptance{{Authority: ca, Verdict: trust.Yes}}, pod.Accepts)
		assert.True(t, pod.Stale(), "the log names another leaf")
	}
	assert.True(t, got.Trust().Verified())
	assert.Empty(t, got.Errors)
	assert.Nil(t, gather(t, &sources{Cluster: well()}).TLS, "it must be asked for")
}

// TestGatherTLSOfHeldPods: a pod without a certificate that tls-sync takes stays
// Pending, and what was refused is all there is to know of it.
func TestGatherTLSOfHeldPods(t *testing.T) {
	t.Parallel()
	refused := said("18:00:00", "certificate-refused", "", "the key is neither PKCS#8 nor PKCS#1")
	tests := map[string]struct {
		container view.Container
		log       map[string]string
		pods      int
	}{
		"refused":             {view.Container{Name: "tls-sync", Started: now()}, map[string]string{"prod-2": refused}, 3},
		"refused, run before": {view.Container{Name: "tls-sync", Restarts: 1}, map[string]string{"prod-2": "", "prod-2 previous": refused}, 3},
		"waits for a Secret":  {view.Container{Name: "tls-sync", Started: now()}, map[string]string{"prod-2": ""}, 2},
		"not begun":           {view.Container{Name: "tls-sync"}, map[string]string{"prod-2": refused}, 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTLSWorld(t)
			maps.Copy(w.logs, test.log)
			got := w.gather(t, time.Minute, func(c *view.Cluster) {
				c.Pods[2].Phase, c.Pods[2].Ready, c.Pods[2].Containers = "Pending", false, []view.Container{test.container}
			})
			require.Len(t, got.TLS, test.pods)
			if test.pods == 3 {
				assert.Equal(t, view.EventCertificateRefused, got.TLS[2].Files.Refusals[0].Event)
				assert.NotEmpty(t, got.TLS[2].Served.Error)
			}
		})
	}
}

func TestGatherTLSOfDrift(t *testing.T) {
	t.Parallel()
	w := newTLSWorld(t)
	other, err := nifitest.NewCA("prod-ca")
	require.NoError(t, err)
	leaf, err := other.Issue(nifitest.Leaf{DNSNames: []string{w.nifi.Node(1).FQDN()}})
	require.NoError(t, err)
	w.nifi.Node(1).Present(leaf)
	w.nifi.Node(1).Trust(other)
	foreign := trust.NewCertificate(other.Certificate)
	w.logs["prod-1"] = published(trust.FingerprintOf(leaf.Certificate[0]), foreign.Fingerprint)
	unheard := w.gather(t, time.Minute)
	require.Len(t, unheard.TLS[1].Accepts, 1)
	assert.Equal(t, trust.Unknown, unheard.TLS[1].Accepts[0].Verdict, "our certificate is shown to nobody unverified, and what is seen on the wire verifies nobody")
	w.authorities = append(w.authorities, foreign)

	got := w.gather(t, time.Minute)
	require.Len(t, got.TLS, 3)
	assert.False(t, got.TLS[1].Stale())
	require.Len(t, got.TLS[1].Accepts, 1)
	assert.Equal(t, trust.No, got.TLS[1].Accepts[0].Verdict, "cert-manager's word lets us ask it")
	odd := got.Trust().OddOnes()
	require.Len(t, odd, 1)
	assert.Equal(t, []string{"prod-1"}, odd[0].Nodes)
	assert.Equal(t, []trust.Fingerprint{foreign.Fingerprint}, odd[0].Anchors)

	// A node that we verify and that refuses us has loaded other anchors.
	w.nifi.Node(2).Trust(other)
	refusal := w.gather(t, time.Minute).TLS[2].Accepts[0]
	assert.Equal(t, trust.No, refusal.Verdict)
	assert.Contains(t, refusal.Detail, "certificate")
}

func TestAcceptanceOfExpiredIdentity(t *testing.T) {
	t.Parallel()
	w := newTLSWorld(t)
	expired, err := w.nifi.CA.Issue(nifitest.Leaf{NotAfter: now().Add(-time.Hour)})
	require.NoError(t, err)
	w.identity.Certificate = &expired
	assert.Equal(t, []view.Acceptance{{
		Authority: w.authorities[0].Fingerprint, Verdict: trust.Unknown, Detail: "it expired at 2026-11-22T17:05:00Z",
	}}, w.gather(t, time.Minute).TLS[0].Accepts)
}

func TestHandshakeNeverCompletes(t *testing.T) {
	t.Parallel()
	certificate, err := mustCA(t).Issue(nifitest.Leaf{DNSNames: []string{"x"}})
	require.NoError(t, err)
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequestClientCert})
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	server := make(chan error, 3)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			server <- conn.(*tls.Conn).Handshake()
			_ = conn.Close()
		}
	}()
	w := newTLSWorld(t)
	s := &sources{Cluster: well()}
	s.Cluster.Pods = s.Cluster.Pods[:1]
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, listener.Addr().String())
	}
	got := view.Gather(t.Context(), view.Sources{Kubernetes: s, Credentials: s.credentials, TLS: &view.TLSSources{Objects: w, Dial: dial}}, names(), time.Minute, now)
	require.Len(t, got.TLS[0].Served.Chain, 1)
	assert.Nil(t, got.TLS[0].Accepts, "without an identity nothing is tried")
	assert.ErrorContains(t, <-server, "bad certificate", "the client must leave before it is connected")
}

func TestGatherTLSKeepsWhatOthersGave(t *testing.T) {
	t.Parallel()
	w := newTLSWorld(t)
	w.nifi.Node(0).Hang()
	w.failing = fmt.Errorf("reading it: %w", view.ErrForbidden)
	got := w.gather(t, 2*time.Second)
	require.Len(t, got.TLS, 3)
	assert.Equal(t, "no answer in time", got.TLS[0].Served.Error)
	assert.Empty(t, got.TLS[1].Served.Error)
	assert.Equal(t, view.Files{Error: "reading it: forbidden"}, got.TLS[1].Files)
	failure, failed := got.Failed(view.SourceAuthorities)
	assert.True(t, failed)
	assert.Equal(t, view.ReasonForbidden, failure.Reason)
	assert.Len(t, got.Authorities, 1, "the identity's anchors are known all the same")
	assert.Equal(t, trust.ReasonNoAnchors, got.Trust().Cells[1][2].Reason)
}

func TestFilesFromLog(t *testing.T) {
	t.Parallel()
	leaf, anchor := trust.FingerprintOf([]byte("leaf")), trust.FingerprintOf([]byte("anchor"))
	at := func(clock string) time.Time {
		t.Helper()
		parsed, err := time.Parse(time.RFC3339, "2026-11-22T"+clock+"Z")
		require.NoError(t, err)
		return parsed
	}
	good := view.Files{Published: at("17:00:00"), Chain: []trust.Fingerprint{leaf}, Anchors: []trust.Fingerprint{anchor}}
	with := func(refusals ...view.Refusal) view.Files {
		files := good
		files.Refusals = refusals
		return files
	}
	const differ = "key and certificate are of different pairs"
	pair := view.Refusal{Time: at("17:30:00"), Event: view.EventCertificateRefused, Reason: differ}
	bad := view.Refusal{Time: at("17:02:00"), Event: view.EventAnchorRefused, File: "a.crt", Reason: "no"}
	same := bad
	same.Time = at("16:59:59")
	line := published(leaf, anchor)
	tests := map[string]struct {
		log, previous string
		want          view.Files
	}{
		"published":              {line, "", good},
		"the last one counts":    {published(anchor, leaf) + line, "", good},
		"other lines":            {"starting\n{\n{\"event\":\"else\"}\n" + line, "", good},
		"refused since":          {line + said("17:30:00", "certificate-refused", "", differ), "", with(pair)},
		"refused before":         {said("16:00:00", "certificate-refused", "", differ) + line, "", good},
		"refused in the pass":    {said("16:59:59", "anchor-refused", "a.crt", "no") + line, "", with(same)},
		"said again":             {line + said("17:01:00", "anchor-refused", "a.crt", "no") + said("17:02:00", "anchor-refused", "a.crt", "no"), "", with(bad)},
		"restarted since":        {"", line, good},
		"restarted, and refused": {said("17:30:00", "certificate-refused", "", differ), line, with(pair)},
		"nothing yet":            {"", "", view.Files{}},
		"nothing but a refusal":  {said("17:30:00", "certificate-refused", "", differ), "", view.Files{Refusals: []view.Refusal{pair}}},
		"cut off":                {line[:40], "", view.Files{}},
	}
	cluster := newTLSWorld(t).nifi
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &tlsWorld{nifi: cluster, logs: map[string]string{"prod-0": test.log}}
			if test.previous != "" {
				w.logs["prod-0 previous"] = test.previous
			}
			assert.Equal(t, test.want, w.gather(t, time.Minute).TLSOf("prod-0").Files)
		})
	}
}

func mustCA(t *testing.T) *nifitest.CA {
	t.Helper()
	ca, err := nifitest.NewCA("prod-ca")
	require.NoError(t, err)
	return ca
}
