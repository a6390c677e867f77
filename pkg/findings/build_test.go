package findings_test

import (
	"crypto/x509/pkix"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

const gibibyte = 1 << 30

// now is the time of every snapshot in these tests.
func now() time.Time { return time.Date(2026, 11, 22, 18, 5, 0, 0, time.UTC) }

func ago(d time.Duration) time.Time { return now().Add(-d) }

func names() topology.Names {
	return topology.Names{Cluster: "prod", Namespace: "nifi", Domain: "cluster.local"}
}

// change stages something in a snapshot.
type change func(*view.Cluster)

// pki is two CAs of one name, and a leaf of each for each node.
type pki struct {
	roots  [2]trust.Certificate
	leaves [2][]trust.Certificate
}

func newPKI(t *testing.T) pki {
	t.Helper()
	var p pki
	for i := range p.roots {
		ca, err := nifitest.NewCA("prod-ca")
		require.NoError(t, err)
		p.roots[i] = trust.NewCertificate(ca.Certificate)
		for ordinal := range 3 {
			pod := names().Pod(ordinal)
			pair, err := ca.Issue(nifitest.Leaf{
				Subject:  pkix.Name{CommonName: pod, OrganizationalUnit: []string{"NIFI"}, Organization: []string{"nifi"}},
				DNSNames: []string{names().FQDN(pod)}, NotBefore: ago(time.Hour), NotAfter: now().Add(80 * 24 * time.Hour),
			})
			require.NoError(t, err)
			p.leaves[i] = append(p.leaves[i], trust.NewCertificate(pair.Leaf))
		}
	}
	return p
}

// drift makes a node serve a leaf of the other CA, which only it trusts.
func (p pki) drift(ordinal int) change {
	return func(c *view.Cluster) {
		t := &c.TLS[ordinal]
		t.Served.Chain = []trust.Certificate{p.leaves[1][ordinal]}
		t.Files.Chain = trust.Fingerprints(t.Served.Chain)
		t.Files.Anchors = trust.Fingerprints(p.roots[:])
	}
}

// well is a snapshot of three nodes that have been connected for an hour, with
// everything a diagnosis reads.
func (p pki) well(changes ...change) view.Cluster {
	candidates := 3
	c := view.Cluster{
		Names: names(), Time: now(), NodesFrom: "prod-0",
		StatefulSet: &view.StatefulSet{
			Desired: 3, Ready: 3, Updated: 3, CurrentRevision: "a", UpdateRevision: "a", Observed: true, Created: ago(time.Hour),
			Parallel: true, NodesDomain: names().HeadlessFQDN(), Volumes: []string{"state"},
		},
		Leases: []view.Lease{lease("prod-cluster-coordinator", "prod-0"), lease("prod-primary-node", "prod-1")},
		Detail: &view.Detail{
			Events: []view.Event{}, Requests: []view.CertificateRequest{},
			Services:   []view.Service{{Name: "prod-nodes", Headless: true, PublishNotReady: true, Selector: map[string]string{"app": "nifi"}}, {Name: "prod-ui"}},
			Classes:    []view.StorageClass{{Name: "fast", Default: true}},
			Rules:      rules("get", "update", "patch"),
			Candidates: &candidates,
		},
		Authorities:  p.roots[:],
		Certificates: []view.Certificate{{Name: "prod-admin-tls", Secret: "prod-admin-tls", Ready: true, NotBefore: ago(time.Hour), NotAfter: now().Add(80 * 24 * time.Hour)}},
	}
	for ordinal := range 3 {
		p.add(&c, ordinal)
	}
	for _, change := range changes {
		change(&c)
	}
	return c
}

// add adds a node that is well.
func (p pki) add(c *view.Cluster, ordinal int) {
	pod := names().Pod(ordinal)
	c.Pods = append(c.Pods, view.Pod{
		Name: pod, Phase: "Running", Ready: true, Created: ago(time.Hour), Host: "worker", Heap: "2g", MemoryLimit: 4 << 30,
		Containers: []view.Container{{Name: "tls-sync", Init: true, Ready: true, Started: ago(time.Hour)}, {Name: "nifi", Ready: true, Started: ago(time.Hour)}},
	})
	c.Nodes = append(c.Nodes, view.Node{
		ID: pod, Address: names().FQDN(pod), Status: view.StatusConnected, Heartbeat: ago(3 * time.Second),
		Events: []view.NodeEvent{{Time: ago(time.Hour), Message: "Received first heartbeat from connecting node. Node connected."}},
	})
	c.Summaries = append(c.Summaries, view.Summary{Pod: pod, Connected: true})
	c.Certificates = append(c.Certificates, view.Certificate{
		Name: pod + "-tls", Secret: pod + "-tls", Ready: true, NotBefore: ago(time.Hour), NotAfter: now().Add(80 * 24 * time.Hour), RenewAt: now().Add(50 * 24 * time.Hour),
	})
	c.Detail.Claims = append(c.Detail.Claims, view.Claim{Name: "state-" + pod, Pod: pod, Phase: "Bound", Size: "10Gi", Created: ago(time.Hour)})
	c.Detail.Endpoints = append(c.Detail.Endpoints, view.Endpoint{Pod: pod, Ready: true})
	leaf := p.leaves[0][ordinal]
	c.TLS = append(c.TLS, view.TLS{
		Pod: pod, Served: view.Served{Chain: []trust.Certificate{leaf}},
		Files: view.Files{Published: ago(time.Hour), Chain: []trust.Fingerprint{leaf.Fingerprint}, Anchors: []trust.Fingerprint{p.roots[0].Fingerprint}},
	})
}

func lease(name, pod string) view.Lease {
	return view.Lease{Name: name, Holder: names().FQDN(pod) + ":11443", Renewed: ago(2 * time.Second), Duration: 15 * time.Second}
}

func rules(verbs ...string) []view.Rule {
	return []view.Rule{
		{Groups: []string{"coordination.k8s.io"}, Resources: []string{"leases"}, Names: []string{"prod-cluster-coordinator", "prod-primary-node"}, Verbs: verbs},
		{Groups: []string{"coordination.k8s.io"}, Resources: []string{"leases"}, Verbs: []string{"create"}},
		{Groups: []string{""}, Resources: []string{"configmaps"}, Verbs: []string{"get", "list", "create", "update", "patch", "delete"}},
	}
}

// event adds an event of a pod, or of another kind, "Kind/name".
func event(object, reason, message string) change {
	kind, name, found := strings.Cut(object, "/")
	if !found {
		kind, name = "Pod", object
	}
	return func(c *view.Cluster) {
		c.Detail.Events = append(c.Detail.Events, view.Event{Kind: kind, Name: name, Warning: true, Reason: reason, Message: message, Count: 3, Last: ago(10 * time.Second)})
	}
}

// pod changes the pod with this ordinal.
func pod(ordinal int, edit func(*view.Pod)) change {
	return func(c *view.Cluster) { edit(&c.Pods[ordinal]) }
}

// down is a pod that is not ready, whose NiFi nobody has an answer of.
func down(ordinal int) change {
	return func(c *view.Cluster) {
		c.Pods[ordinal].Ready, c.Pods[ordinal].Containers[1].Ready = false, false
		c.Summaries[ordinal] = view.Summary{Pod: names().Pod(ordinal), Error: "connection refused"}
		c.Errors = append(c.Errors, view.SourceError{Source: view.SourceNode, Subject: names().Pod(ordinal), Reason: view.ReasonOther, Message: "connection refused"})
	}
}

// crashing is a pod whose NiFi ends again and again, which makes it DISCONNECTED.
func crashing(ordinal, code int, reason string) change {
	return func(c *view.Cluster) {
		down(ordinal)(c)
		p := &c.Pods[ordinal]
		p.Restarts, p.Reason = 4, "CrashLoopBackOff"
		p.Containers[1] = view.Container{
			Name: "nifi", Restarts: 4, Waiting: "CrashLoopBackOff", Message: "back-off 1m20s restarting failed container",
			Last: &view.Exit{Code: code, Reason: reason, Finished: ago(30 * time.Second)},
		}
		status(ordinal, "DISCONNECTED", "Node disconnected from cluster due to Have not received a heartbeat from node in 43 seconds")(c)
	}
}

// wrote adds a line to the log of the run before.
func wrote(ordinal int, lines ...string) change {
	return func(c *view.Cluster) {
		log := view.Log{Pod: names().Pod(ordinal), Previous: true}
		for i, line := range lines {
			log.Lines = append(log.Lines, view.LogLine{Time: ago(time.Duration(40-i) * time.Second), Text: line})
		}
		c.Detail.Logs = append(c.Detail.Logs, log)
	}
}

// writes makes a pod write a line every ten seconds for two minutes, up to now.
func writes(ordinal int, line string) change {
	return func(c *view.Cluster) {
		log := view.Log{Pod: names().Pod(ordinal)}
		for i := range 13 {
			log.Lines = append(log.Lines, view.LogLine{Time: ago(time.Duration(120-10*i) * time.Second), Text: line})
		}
		c.Detail.Logs = append(c.Detail.Logs, log)
	}
}

// status makes the coordinator say this of a node, for this reason.
func status(ordinal int, status, message string) change {
	return func(c *view.Cluster) {
		n := &c.Nodes[ordinal]
		n.Status = status
		n.Events = append([]view.NodeEvent{{Time: ago(4 * time.Minute), Message: message}}, n.Events...)
		c.Summaries[ordinal].Connected = status == view.StatusConnected
		c.Pods[ordinal].Ready = status == view.StatusConnected
	}
}

// started makes NiFi of a pod have begun this long ago.
func started(ordinal int, d time.Duration) change {
	return func(c *view.Cluster) { c.Pods[ordinal].Containers[1].Started = ago(d) }
}

func unknownTo(ordinal int) change {
	return func(c *view.Cluster) { c.Nodes = append(c.Nodes[:ordinal:ordinal], c.Nodes[ordinal+1:]...) }
}

func failed(source view.Source, subject string, reason view.Reason, message string) change {
	return func(c *view.Cluster) {
		c.Errors = append(c.Errors, view.SourceError{Source: source, Subject: subject, Reason: reason, Message: message})
	}
}

func certificate(name string, edit func(*view.Certificate)) change {
	return func(c *view.Cluster) {
		for i := range c.Certificates {
			if c.Certificates[i].Name == name {
				edit(&c.Certificates[i])
			}
		}
	}
}

// leaf changes what a pod serves and has in its files.
func leaf(ordinal int, edit func(*trust.Certificate)) change {
	return func(c *view.Cluster) { edit(&c.TLS[ordinal].Served.Chain[0]) }
}

// filled makes the volume of a node's repositories hold so much, in tenths of
// its claim's 10 Gi.
func filled(ordinal int, used, total int64) change {
	return func(c *view.Cluster) {
		for _, repository := range []string{"content", "provenance", "flowfile"} {
			c.Detail.Usages = append(c.Detail.Usages, view.Usage{
				Pod: names().Pod(ordinal), Repository: repository, Used: used * gibibyte / 10, Free: (total - used) * gibibyte / 10, Total: total * gibibyte / 10,
			})
		}
	}
}

// throttled makes NiFi of a pod have been throttled in some of its periods.
func throttled(ordinal int, periods, throttled int64) change {
	return func(c *view.Cluster) {
		c.Detail.Throttling = append(c.Detail.Throttling, view.Throttling{Pod: names().Pod(ordinal), Periods: periods, Throttled: throttled})
	}
}

func tls(ordinal int, edit func(*view.TLS)) change {
	return func(c *view.Cluster) { edit(&c.TLS[ordinal]) }
}
