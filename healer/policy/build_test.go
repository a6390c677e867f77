package policy

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

func start() time.Time { return time.Date(2026, 11, 22, 18, 5, 0, 0, time.UTC) }

func names() topology.Names {
	return topology.Names{Cluster: "prod", Namespace: "nifi", Domain: "cluster.local"}
}

// well is a snapshot of nodes that have been connected for an hour.
func well(nodes int, now time.Time) view.Cluster {
	c := view.Cluster{
		Names: names(), Time: now, NodesFrom: "prod-0", Errors: nil,
		StatefulSet: &view.StatefulSet{
			Desired: nodes, Ready: nodes, Updated: nodes, CurrentRevision: "a", UpdateRevision: "a", Observed: true,
			Created: start().Add(-time.Hour), HealerMode: "act", TrustRestart: "rolling",
		},
		TLS: []view.TLS{},
	}
	for ordinal := range nodes {
		pod := names().Pod(ordinal)
		c.Pods = append(c.Pods, view.Pod{
			Name: pod, Phase: "Running", Ready: true, Created: start().Add(-time.Hour), UID: fmt.Sprintf("uid-%d", ordinal), Revision: "a",
			Containers: []view.Container{{Name: "nifi", Ready: true, Started: start().Add(-time.Hour)}},
		})
		c.Nodes = append(c.Nodes, view.Node{
			ID: fmt.Sprintf("id-%d", ordinal), Address: names().FQDN(pod), Status: view.StatusConnected, Heartbeat: now.Add(-2 * time.Second),
			Events: []view.NodeEvent{{Time: start().Add(-time.Hour), Message: "Received first heartbeat from connecting node. Node connected."}},
		})
		c.Summaries = append(c.Summaries, view.Summary{Pod: pod, Connected: true})
		c.TLS = append(c.TLS, view.TLS{Pod: pod})
	}
	c.Nodes[0].Roles = []string{"Cluster Coordinator"}
	return c
}

// change is something that is different from a well cluster.
type change func(*view.Cluster)

// says puts the coordinator's word about a node on top of its events.
func says(ordinal int, status, event string) change {
	return func(c *view.Cluster) {
		c.Nodes[ordinal].Status = status
		c.Nodes[ordinal].Events = append([]view.NodeEvent{{Time: start(), Message: event}}, c.Nodes[ordinal].Events...)
	}
}

// heard sets when a node was heard last, before now.
func heard(ordinal int, ago time.Duration) change {
	return func(c *view.Cluster) { c.Nodes[ordinal].Heartbeat = c.Time.Add(-ago) }
}

// knowsItIsOut makes a node answer that it isn't connected.
func knowsItIsOut(ordinal int) change {
	return func(c *view.Cluster) { c.Summaries[ordinal].Connected = false }
}

// mute makes a node accept connections and answer nothing.
func mute(ordinal int) change {
	return func(c *view.Cluster) {
		pod := names().Pod(ordinal)
		c.Summaries[ordinal] = view.Summary{Pod: pod, Error: "no answer in time"}
		c.TLS[ordinal].Served.Error = "no answer in time"
		c.Errors = append(c.Errors, view.SourceError{Source: view.SourceNode, Subject: pod, Reason: view.ReasonTimeout, Message: "no answer in time"})
	}
}

const (
	lostText       = "Node disconnected from cluster due to Have not received a heartbeat from node in 41 seconds"
	personText     = "Disconnection requested due to User CN=kim requested that node be disconnected from cluster"
	authorizerText = "Node Status changed from CONNECTING to DISCONNECTED due to org.apache.nifi.authorization.exception.UninheritableAuthorizationsException: Proposed Authorizer is not inheritable by the Flow Controller"
	flowText       = "Node Status changed from CONNECTING to DISCONNECTED due to org.apache.nifi.controller.UninheritableFlowException: Proposed configuration is not inheritable"
)

// hung is prod-n as SIGSTOP leaves it.
func hung(ordinal int) change {
	return all(says(ordinal, "DISCONNECTED", lostText), heard(ordinal, 70*time.Second), mute(ordinal))
}

// silent is prod-n after a reconnection that failed.
func silent(ordinal int) change {
	return all(says(ordinal, "DISCONNECTED", lostText), heard(ordinal, 5*time.Minute), knowsItIsOut(ordinal))
}

func all(changes ...change) change {
	return func(c *view.Cluster) {
		for _, each := range changes {
			each(c)
		}
	}
}

// healing is a healer's memory of a cluster of three, with its clock.
type healing struct {
	memory Memory
	now    time.Time
	pause  *Pause
	nodes  int
}

func newHealing() *healing { return &healing{now: start(), nodes: 3} }

// look judges a snapshot with these changes, and moves the clock by 10 s.
func (h *healing) look(changes ...change) Outcome {
	c := well(h.nodes, h.now)
	all(changes...)(&c)
	return h.judge(c)
}

func (h *healing) judge(c view.Cluster) Outcome {
	outcome := Judge(Input{
		Cluster: c, Findings: findings.Judge(c), Pause: h.pause, Limits: DefaultLimits(), Me: "nifi-healer",
		Random: func() float64 { return 0.5 },
	}, h.memory)
	h.memory, h.now = outcome.Memory, h.now.Add(10*time.Second)
	return outcome
}

// looks is a number of looks at the same; the decisions of all, the last outcome.
func (h *healing) looks(count int, changes ...change) (all []Decision, last Outcome) {
	for range count {
		last = h.look(changes...)
		all = append(all, last.Decisions...)
	}
	return all, last
}

// until looks until a deed is begun.
func (h *healing) until(t *testing.T, changes ...change) Incident {
	t.Helper()
	for range 60 {
		if h.look(changes...).Begin {
			return *h.memory.Doing()
		}
	}
	require.Fail(t, "no deed was begun", "%+v", h.memory)
	return Incident{}
}

// restarted is the pod's next run, as old as a minute.
func restarted(ordinal int, ago time.Duration) change {
	return func(c *view.Cluster) {
		c.Pods[ordinal].UID += "-next"
		c.Pods[ordinal].Created = c.Time.Add(-ago)
		c.Pods[ordinal].Containers[0].Started = c.Time.Add(-ago)
	}
}
