package healer

import (
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// Labels of every metric.
const (
	labelNamespace = "namespace"
	labelCluster   = "cluster"
)

func labels(more ...string) []string { return append([]string{labelNamespace, labelCluster}, more...) }

func gauge(name, help string, more ...string) *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels(more...))
}

func counter(name, help string, more ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels(more...))
}

func histogram(name, help string, buckets ...float64) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels())
}

// makeKnown makes the metrics whose names users of earlier operators know.
func (m *Metrics) makeKnown() {
	m.nodes = gauge("nifi_cluster_nodes_total", "Nodes that the cluster is to have.")
	m.ready = gauge("nifi_cluster_nodes_ready", "Nodes whose pods are ready, which they are while NiFi says CONNECTED.")
	m.scalings = counter("nifi_scaling_events_total", "How often the number of nodes that the cluster is to have was changed.")
	m.failures = counter("nifi_reconcile_errors_total", "Polls that failed.")
}

// makeOwn makes the others.
func (m *Metrics) makeOwn() {
	m.connected = gauge("nifi_healer_nodes_connected", "Nodes that the coordinator says are CONNECTED.")
	m.decisions = counter("nifi_healer_decisions_total", "Decisions, skips included.", "stage", "deed", "finding")
	m.actions = counter("nifi_healer_actions_total", "Acts that have ended, by how.", "deed", "result")
	m.open = gauge("nifi_healer_incidents_open", "Incidents that have been detected and not recovered from.")
	m.recovery = histogram("nifi_healer_recovery_seconds", "Time from the detection of an incident to its end.", 15, 30, 60, 120, 300, 900, 3600)
	m.trust = histogram("nifi_healer_trust_recovery_seconds", "Time from the detection of a lack of trust until, after a nudge, every node trusts every other.", 5, 10, 15, 20, 30, 60, 120, 300)
	m.poll = histogram("nifi_healer_poll_duration_seconds", "Time that a poll of a cluster took.", 0.1, 0.5, 1, 5, 10)
	m.polled = gauge("nifi_healer_last_poll_timestamp_seconds", "When the last poll that didn't fail began.")
	m.expiry = gauge("nifi_healer_certificate_expiry_timestamp_seconds", "When a certificate expires.", "certificate")
	m.differ = gauge("nifi_healer_anchors_differ", "1 if pods trust different sets of anchors, 0 if all trust the same.")
	m.paused = gauge("nifi_healer_paused", "1 while somebody has told the healer to keep its hands off.")
	m.mode = gauge("nifi_healer_mode", "1 for the mode that the healer is in.", "mode")
}

// anchorSets counts the different sets of anchors in the pods' files; known is
// false if there is none to be compared.
func anchorSets(all []view.TLS) (sets int, known bool) {
	distinct := map[string]bool{}
	for _, pod := range all {
		if !pod.Files.Known() {
			continue
		}
		distinct[joined(pod.Files.Anchors)] = true
	}
	return len(distinct), len(distinct) > 0
}

func joined(anchors []trust.Fingerprint) string {
	texts := make([]string, 0, len(anchors))
	for _, one := range anchors {
		texts = append(texts, one.String())
	}
	slices.Sort(texts)
	return strings.Join(texts, " ")
}
