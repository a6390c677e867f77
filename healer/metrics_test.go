package healer

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/healer/policy"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

func prod() topology.Names { return topology.Names{Cluster: "prod", Namespace: "nifi"} }

func noon() time.Time { return time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC) }

// incident is the decisions about a hung node from its detection to its end.
func incident() []policy.Decision {
	restart := policy.Decision{Time: noon(), Cluster: prod(), Incident: "4f2c", Pod: "prod-1", Finding: findings.Hung, Deed: policy.Restart}
	at := func(after time.Duration, stage policy.Stage, attempt int, reason string) policy.Decision {
		d := restart
		d.Time, d.Stage, d.Attempt, d.Reason = d.Time.Add(after), stage, attempt, reason
		return d
	}
	failed := at(60*time.Second, policy.Failed, 1, "no other pod after 30 s")
	failed.Error = "evicting pod \"prod-1\": too many requests"
	return []policy.Decision{
		at(0, policy.Detected, 0, "heartbeat 12 s old"),
		at(30*time.Second, policy.Verdict, 1, "heartbeat 65 s old, no handshake; 2 of 3 stay CONNECTED"),
		failed,
		at(70*time.Second, policy.Acted, 2, "evicted"),
		at(100*time.Second, policy.Recovered, 2, "CONNECTED"),
	}
}

func snapshot() view.Cluster {
	files := func(anchor byte) view.Files {
		return view.Files{Published: noon(), Anchors: []trust.Fingerprint{{anchor}, {9}}}
	}
	return view.Cluster{
		Names:       prod(),
		StatefulSet: &view.StatefulSet{Desired: 3, Ready: 2, UID: "uid-set"},
		Pods:        []view.Pod{{Name: "prod-0", UID: "uid-0"}, {Name: "prod-1", UID: "uid-1"}},
		Nodes:       []view.Node{{Status: "CONNECTED"}, {Status: "DISCONNECTED"}}, NodesFrom: "prod-0",
		Certificates: []view.Certificate{{Name: "prod-0-tls", NotAfter: noon()}, {Name: "prod-1-tls"}},
		TLS:          []view.TLS{{Pod: "prod-0", Files: files(1)}, {Pod: "prod-1", Files: files(2)}, {Pod: "prod-2"}},
	}
}

func newMetrics(t *testing.T) (*Metrics, *prometheus.Registry) {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	m, err := NewMetrics(registry)
	require.NoError(t, err)
	return m, registry
}

// told is metrics that were told everything there is to tell.
func told(t *testing.T) (*Metrics, *prometheus.Registry) {
	t.Helper()
	m, registry := newMetrics(t)
	for _, d := range incident() {
		m.Record(t.Context(), d)
	}
	m.Observe(snapshot())
	m.Allowed(prod(), policy.Act, true)
	m.Polled(prod(), noon(), 300*time.Millisecond, nil)
	m.Polled(prod(), noon().Add(time.Minute), 2*time.Second, errors.New("no answer"))
	return m, registry
}

func TestMetricsAreNamedByTheRules(t *testing.T) {
	t.Parallel()
	_, registry := told(t)
	problems, err := testutil.GatherAndLint(registry)
	require.NoError(t, err)
	require.Len(t, problems, 1)
	assert.Equal(t, "nifi_cluster_nodes_total", problems[0].Metric, "a gauge by a name that users know")

	families, err := registry.Gather()
	require.NoError(t, err)
	assert.Len(t, families, 15)
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			labels := map[string]string{}
			for _, pair := range metric.GetLabel() {
				labels[pair.GetName()] = pair.GetValue()
			}
			assert.Equal(t, "nifi", labels["namespace"], family.GetName())
			assert.Equal(t, "prod", labels["cluster"], family.GetName())
		}
	}
}

func TestMetricsCount(t *testing.T) {
	t.Parallel()
	_, registry := told(t)
	want, err := os.Open("testdata/metrics.txt")
	require.NoError(t, err)
	t.Cleanup(func() { _ = want.Close() })
	assert.NoError(t, testutil.GatherAndCompare(registry, want))
}

func TestScalingsAreCountedOnce(t *testing.T) {
	t.Parallel()
	m, _ := newMetrics(t)
	for _, desired := range []int{3, 3, 5, 0, 4} {
		c := snapshot()
		c.StatefulSet.Desired = desired
		m.Observe(c)
	}
	assert.InDelta(t, 3, testutil.ToFloat64(m.scalings), 0)
}

func TestUnknownStaysAsItWas(t *testing.T) {
	t.Parallel()
	m, _ := newMetrics(t)
	m.Observe(snapshot())
	m.Observe(view.Cluster{Names: prod()})
	assert.InDelta(t, 3, testutil.ToFloat64(m.nodes), 0)
	assert.InDelta(t, 1, testutil.ToFloat64(m.connected), 0)
	assert.InDelta(t, 1, testutil.ToFloat64(m.differ), 0)
}

// TestTrustHasATimeOfItsOwn: what a nudge has mended is measured apart.
func TestTrustHasATimeOfItsOwn(t *testing.T) {
	t.Parallel()
	m, registry := newMetrics(t)
	for _, d := range incident() {
		if d.Stage == policy.Recovered {
			d.Deed, d.Attempt = policy.Nudge, 1
		}
		m.Record(t.Context(), d)
	}
	count, err := testutil.GatherAndCount(registry, "nifi_healer_trust_recovery_seconds")
	require.NoError(t, err)
	assert.Equal(t, 1, count)
	_, registry = told(t)
	count, err = testutil.GatherAndCount(registry, "nifi_healer_trust_recovery_seconds")
	require.NoError(t, err)
	assert.Zero(t, count, "a restart is none")
}

// TestIncidentFromBefore is one that a healer that died had detected.
func TestIncidentFromBefore(t *testing.T) {
	t.Parallel()
	m, registry := newMetrics(t)
	m.Record(t.Context(), incident()[3])
	assert.InDelta(t, 1, testutil.ToFloat64(m.open), 0)
	m.Record(t.Context(), incident()[4])
	assert.InDelta(t, 0, testutil.ToFloat64(m.open), 0)
	count, err := testutil.GatherAndCount(registry, "nifi_healer_recovery_seconds")
	require.NoError(t, err)
	assert.Zero(t, count, "how long it took isn't known")
}

func TestForgottenClusterLeavesNoSeries(t *testing.T) {
	t.Parallel()
	m, registry := told(t)
	other := snapshot()
	other.Names.Namespace = "another"
	m.Observe(other)
	m.Forget(prod())
	families, err := registry.Gather()
	require.NoError(t, err)
	require.NotEmpty(t, families)
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			assert.NotContains(t, metric.String(), `"nifi"`, family.GetName())
		}
	}
	assert.Len(t, m.clusters, 1)
}
