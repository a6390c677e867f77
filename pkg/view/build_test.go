package view_test

import (
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// now is the time of every snapshot in these tests.
func now() time.Time { return time.Date(2026, 11, 22, 18, 5, 0, 0, time.UTC) }

func names() topology.Names {
	return topology.Names{Cluster: "prod", Namespace: "nifi", Domain: "cluster.local"}
}

// well is a snapshot of three nodes that have been connected for an hour.
func well() view.Cluster {
	created := now().Add(-time.Hour)
	c := view.Cluster{
		Names: names(), Time: now(), NodesFrom: "prod-0",
		StatefulSet: &view.StatefulSet{
			Desired: 3, Ready: 3, Updated: 3, CurrentRevision: "a", UpdateRevision: "a", Observed: true, Created: created,
		},
		Leases: []view.Lease{lease("prod-cluster-coordinator", "prod-0"), lease("prod-primary-node", "prod-1")},
	}
	for ordinal := range 3 {
		pod := names().Pod(ordinal)
		c.Pods = append(c.Pods, view.Pod{Name: pod, Phase: "Running", Ready: true, Created: created})
		c.Nodes = append(c.Nodes, view.Node{Address: names().FQDN(pod), Status: view.StatusConnected, FlowFiles: 10, Bytes: 1000})
		c.Summaries = append(c.Summaries, view.Summary{Pod: pod, Connected: true})
	}
	return c
}

func lease(name, pod string) view.Lease {
	return view.Lease{Name: name, Holder: names().FQDN(pod) + ":11443", Renewed: now().Add(-2 * time.Second), Duration: 15 * time.Second}
}

// with is a snapshot that is well but for these changes.
func with(changes ...func(*view.Cluster)) view.Cluster {
	c := well()
	for _, change := range changes {
		change(&c)
	}
	return c
}

func notReady(ordinal int) func(*view.Cluster) {
	return func(c *view.Cluster) { c.Pods[ordinal].Ready = false }
}

func status(ordinal int, status, event string) func(*view.Cluster) {
	return func(c *view.Cluster) { c.Nodes[ordinal].Status, c.Nodes[ordinal].Event = status, event }
}

// nifiSilent is a snapshot for which NiFi gave nothing.
func nifiSilent(c *view.Cluster) { c.Nodes, c.Summaries, c.NodesFrom = nil, nil, "" }

func failed(source view.Source, reason view.Reason) func(*view.Cluster) {
	return func(c *view.Cluster) {
		c.Errors = append(c.Errors, view.SourceError{Source: source, Reason: reason})
	}
}
