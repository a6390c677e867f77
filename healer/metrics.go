package healer

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/kubectl-nifi/kubectl-nifi/healer/policy"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// Metrics are the healer's, all by namespace and cluster. It is a Recorder that
// counts decisions, and it is told of each snapshot and each poll.
type Metrics struct {
	nodes, ready, connected *prometheus.GaugeVec
	scalings, failures      *prometheus.CounterVec

	decisions, actions *prometheus.CounterVec
	open               *prometheus.GaugeVec
	recovery, poll     *prometheus.HistogramVec
	trust              *prometheus.HistogramVec
	polled             *prometheus.GaugeVec
	expiry             *prometheus.GaugeVec
	differ             *prometheus.GaugeVec
	paused, mode       *prometheus.GaugeVec

	mu       sync.Mutex
	clusters map[topology.Names]*seen
}

// seen is what must be known of a cluster from before.
type seen struct {
	desired  int                  // -1: not yet known
	detected map[string]time.Time // open incidents: since when; zero for one from before our start
}

// NewMetrics registers the metrics.
func NewMetrics(registry prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{clusters: map[topology.Names]*seen{}}
	m.makeKnown()
	m.makeOwn()
	for _, one := range m.all() {
		if err := registry.Register(one); err != nil {
			return nil, fmt.Errorf("registering the metrics: %w", err)
		}
	}
	return m, nil
}

// series are those of a metric.
type series interface {
	prometheus.Collector
	DeletePartialMatch(labels prometheus.Labels) int
}

func (m *Metrics) all() []series {
	return []series{
		m.nodes, m.ready, m.connected, m.scalings, m.failures, m.decisions, m.actions, m.open,
		m.recovery, m.trust, m.poll, m.polled, m.expiry, m.differ, m.paused, m.mode,
	}
}

// Record implements Recorder.
func (m *Metrics) Record(_ context.Context, d policy.Decision) {
	n := d.Cluster
	m.decisions.WithLabelValues(n.Namespace, n.Cluster, string(d.Stage), string(d.Deed), string(d.Finding)).Inc()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.follow(m.of(n).detected, d)
	m.open.WithLabelValues(n.Namespace, n.Cluster).Set(float64(len(m.of(n).detected)))
	if d.Attempt > 0 && (d.Stage == policy.Recovered || d.Stage == policy.Failed) {
		m.actions.WithLabelValues(n.Namespace, n.Cluster, string(d.Deed), string(d.Stage)).Inc()
	}
}

// follow keeps the open incidents.
func (m *Metrics) follow(detected map[string]time.Time, d policy.Decision) {
	since, known := detected[d.Incident]
	switch {
	case d.Incident == "":
	case d.Stage == policy.Recovered:
		delete(detected, d.Incident)
		if !since.IsZero() {
			m.recovery.WithLabelValues(d.Cluster.Namespace, d.Cluster.Cluster).Observe(d.Time.Sub(since).Seconds())
			if d.Deed == policy.Nudge && d.Attempt > 0 {
				m.trust.WithLabelValues(d.Cluster.Namespace, d.Cluster.Cluster).Observe(d.Time.Sub(since).Seconds())
			}
		}
	case d.Stage == policy.Detected:
		detected[d.Incident] = d.Time
	case !known:
		detected[d.Incident] = time.Time{}
	}
}

// Observe sets what a snapshot says. What it doesn't say stays as it was.
func (m *Metrics) Observe(c view.Cluster) {
	n := c.Names
	if set := c.StatefulSet; set != nil {
		m.nodes.WithLabelValues(n.Namespace, n.Cluster).Set(float64(set.Desired))
		m.ready.WithLabelValues(n.Namespace, n.Cluster).Set(float64(set.Ready))
		m.countScaling(n, set.Desired)
	}
	if c.NodesFrom != "" {
		m.connected.WithLabelValues(n.Namespace, n.Cluster).Set(float64(c.Connected()))
	}
	for _, certificate := range c.Certificates {
		if !certificate.NotAfter.IsZero() {
			m.expiry.WithLabelValues(n.Namespace, n.Cluster, certificate.Name).Set(float64(certificate.NotAfter.Unix()))
		}
	}
	if sets, known := anchorSets(c.TLS); known {
		m.differ.WithLabelValues(n.Namespace, n.Cluster).Set(asNumber(sets > 1))
	}
}

func (m *Metrics) countScaling(n topology.Names, desired int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	counter, of := m.scalings.WithLabelValues(n.Namespace, n.Cluster), m.of(n)
	if of.desired >= 0 && of.desired != desired {
		counter.Inc()
	}
	of.desired = desired
}

// Polled tells how long a poll took that began then, and whether it failed.
func (m *Metrics) Polled(n topology.Names, began time.Time, took time.Duration, err error) {
	m.poll.WithLabelValues(n.Namespace, n.Cluster).Observe(took.Seconds())
	failures := m.failures.WithLabelValues(n.Namespace, n.Cluster)
	if err != nil {
		failures.Inc()
		return
	}
	m.polled.WithLabelValues(n.Namespace, n.Cluster).Set(float64(began.Unix()))
}

// Allowed tells what the healer may do to a cluster at present.
func (m *Metrics) Allowed(n topology.Names, mode policy.Mode, paused bool) {
	for _, each := range []policy.Mode{policy.Observe, policy.Suggest, policy.Act} {
		m.mode.WithLabelValues(n.Namespace, n.Cluster, string(each)).Set(asNumber(each == mode))
	}
	m.paused.WithLabelValues(n.Namespace, n.Cluster).Set(asNumber(paused))
}

// Forget drops every series of a cluster that is no more.
func (m *Metrics) Forget(n topology.Names) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.clusters, n)
	for _, metric := range m.all() {
		metric.DeletePartialMatch(prometheus.Labels{labelNamespace: n.Namespace, labelCluster: n.Cluster})
	}
}

// of is what is known of a cluster, under the lock.
func (m *Metrics) of(n topology.Names) *seen {
	if m.clusters[n] == nil {
		m.clusters[n] = &seen{desired: -1, detected: map[string]time.Time{}}
	}
	return m.clusters[n]
}

func asNumber(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
