package findings_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// TestHealthyClustersHaveNoFindings: nothing that passes by itself is one.
func TestHealthyClustersHaveNoFindings(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	noView := func(c *view.Cluster) { c.Nodes, c.NodesFrom = nil, "" }
	restarting := pod(2, func(p *view.Pod) { p.Reason, p.Ready = "Terminating", false })
	noContainers := func(ordinal int) change {
		return pod(ordinal, func(p *view.Pod) {
			p.Phase, p.Reason, p.Created, p.Containers = "Pending", "PodInitializing", ago(20*time.Second), []view.Container{{Name: "nifi", Waiting: "PodInitializing"}}
		})
	}
	const voting = "Cluster is still voting on which Flow is the correct flow for the cluster."
	tests := map[string][]change{
		"well":           nil,
		"without detail": {func(c *view.Cluster) { c.Detail, c.TLS = nil, nil }},
		"just applied": {noView, down(0), down(1), down(2), noContainers(0), noContainers(1), noContainers(2), func(c *view.Cluster) {
			c.StatefulSet.Created, c.Leases, c.TLS = ago(30*time.Second), []view.Lease{}, nil
			c.Detail.Endpoints = []view.Endpoint{}
			for i := range c.Certificates {
				c.Certificates[i] = view.Certificate{Name: c.Certificates[i].Name, Secret: c.Certificates[i].Secret, Reason: "DoesNotExist"}
			}
			for i := range c.Detail.Claims {
				c.Detail.Claims[i].Phase, c.Detail.Claims[i].Created = "Pending", ago(20*time.Second)
			}
		}},
		"electing the flow": {noView, down(0), down(1), down(2), started(0, time.Minute), started(1, time.Minute), started(2, time.Minute),
			failed(view.SourceCoordinator, "", view.ReasonNoLeader, "503"), func(c *view.Cluster) {
				for i := range 3 {
					c.Detail.Logs = append(c.Detail.Logs, view.Log{Pod: names().Pod(i), Lines: []view.LogLine{{Time: ago(50 * time.Second), Text: voting}, {Time: ago(time.Second), Text: voting}}})
				}
			}},
		"scaling up":                 {down(2), started(2, 30*time.Second), status(2, "CONNECTING", newNode), func(c *view.Cluster) { c.Nodes[2].Events[0].Time = ago(20 * time.Second) }},
		"about to be removed":        {failed(view.SourceNode, "prod-1", view.ReasonOther, "port-forwarding to port 8443 of pod \"prod-1\": connection refused, nothing listens there")},
		"the coordinator restarts":   {noView, down(0), started(0, time.Minute), failed(view.SourceCoordinator, "", view.ReasonTimeout, "asked through prod-0: context deadline exceeded")},
		"scaled up by kubectl alone": {func(c *view.Cluster) { n := 2; c.Detail.Candidates = &n }},
		"connected, its probe late, a peer just gone": {down(2), started(2, 8*time.Minute), func(c *view.Cluster) {
			var lines []view.LogLine
			for age := 25; age > 0; age -= 5 {
				lines = append(lines, view.LogLine{Time: ago(time.Duration(age) * time.Second), Text: "Caused by: java.net.NoRouteToHostException: No route to host"})
			}
			c.Detail.Logs = append(c.Detail.Logs, view.Log{Pod: names().Pod(2), Lines: lines})
		}},
		"no pod yet": {func(c *view.Cluster) { c.Pods, c.Nodes = c.Pods[:2], c.Nodes[:2] }},
		"scaled down": {func(c *view.Cluster) {
			n := 2
			c.StatefulSet.Desired, c.Pods, c.Detail.Candidates, c.Detail.Claims[2].Drained = 2, c.Pods[:2], &n, c.Time
		}},
		"being removed": {restarting, status(2, "DISCONNECTED", "Node was Shutdown"), restarting},
		"restarted":     {down(2), started(2, time.Minute), status(2, "DISCONNECTED", "Node Status changed from CONNECTED to DISCONNECTED due to Node was Shutdown")},
		"came back from a crash": {pod(2, func(p *view.Pod) {
			p.Restarts = 1
			p.Containers[1].Last = &view.Exit{Code: 137, Reason: "Error", Finished: ago(10 * time.Minute)}
		})},
		"out of memory yesterday": {pod(2, func(p *view.Pod) {
			p.Containers[1].Last = &view.Exit{Code: 137, Reason: "OOMKilled", Finished: ago(26 * time.Hour)}
		})},
		"rejoining": {down(2), started(2, time.Minute), status(2, "CONNECTING", existing), func(c *view.Cluster) { c.Nodes[2].Events[0].Time = ago(30 * time.Second) }},
		"renewed just now": {certificate("prod-1-tls", func(c *view.Certificate) { c.NotBefore = ago(time.Minute) }),
			tls(1, func(t *view.TLS) {
				t.Files.Published, t.Files.Chain = ago(10*time.Second), []trust.Fingerprint{p.leaves[1][1].Fingerprint}
			})},
		"new anchor on its way": {tls(1, func(t *view.TLS) {
			t.Files.Published, t.Files.Anchors = ago(30*time.Second), trust.Fingerprints(p.roots[:])
		})},
		"coordinator changes": {noView, failed(view.SourceCoordinator, "", view.ReasonNoLeader, "503"), func(c *view.Cluster) { c.Leases[0].Renewed = ago(20 * time.Second) }},
		"heavy flow": {func(c *view.Cluster) {
			for i := range c.Nodes {
				c.Nodes[i].FlowFiles, c.Nodes[i].Bytes, c.Nodes[i].Heartbeat = 1e6, 1e11, ago(time.Duration(9*i)*time.Second)
			}
		}},
		"four fifths full":              {filled(1, 80, 100)},
		"on a full disk with much left": {filled(1, 2000, 2150)},
		"a start at its CPU limit":      {started(1, 6*time.Minute), throttled(1, 3600, 2900)},
		"CPU in bursts":                 {throttled(1, 36000, 9000)},
		"without a CPU limit":           {throttled(1, 0, 0)},
		"kubelets out of bounds":        {failed(view.SourceCPU, "", view.ReasonForbidden, "nodes is forbidden")},
		"volumes unknown":               {failed(view.SourceVolumes, "", view.ReasonTimeout, "no answer in time")},
		"a passing trouble": {down(2), started(2, time.Minute), status(2, "CONNECTING", existing),
			func(c *view.Cluster) {
				c.Nodes[2].Events[0].Time = ago(30 * time.Second)
				c.Detail.Logs = []view.Log{{Pod: "prod-2", Lines: []view.LogLine{{Time: ago(40 * time.Second), Text: "java.net.NoRouteToHostException: No route to host"},
					{Time: ago(5 * time.Second), Text: "java.net.NoRouteToHostException: No route to host"}, {Time: ago(time.Second), Text: "INFO on we go"}}}}
			}},
		"certificates for later": {func(c *view.Cluster) {
			c.Certificates = append(c.Certificates, view.Certificate{Name: "prod-4-tls", Secret: "prod-4-tls", Reason: "DoesNotExist"})
		}},
		"warnings of long ago": {event("prod-1", "FailedMount", `secret "prod-keys" not found`), event("StatefulSet/prod", "FailedCreate", "exceeded quota")},
	}
	for name, changes := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Empty(t, findings.Judge(p.well(changes...)))
		})
	}
}

// TestJudgeIsPure: the same snapshot, untouched, gives the same findings.
func TestJudgeIsPure(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	c := p.well(crashing(1, 137, "OOMKilled"), p.drift(0), event("prod-1", "FailedMount", "x"))
	first := findings.Judge(c)
	assert.NotEmpty(t, first)
	assert.Equal(t, first, findings.Judge(c))
	order := slices.IsSortedFunc(first, func(a, b findings.Finding) int { return a.Severity().Rank() - b.Severity().Rank() })
	assert.True(t, order || slices.ContainsFunc(first, func(f findings.Finding) bool { return f.HiddenBy != "" }))
}
