package healer

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kubectl-nifi/kubectl-nifi/healer/policy"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

func TestWhenALookIsDeep(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 22, 18, 5, 0, 0, time.UTC)
	with := func(stage policy.Stage) policy.Memory {
		return policy.Memory{Incidents: []policy.Incident{{Stage: stage}}}
	}
	tests := map[string]struct {
		after    time.Duration
		memory   policy.Memory
		reissued bool
		want     bool
	}{
		"soon after one":             {10 * time.Second, policy.Memory{}, false, false},
		"when the time has come":     {250 * time.Second, policy.Memory{}, false, true},
		"a certificate was changed":  {time.Second, policy.Memory{}, true, true},
		"an incident is judged":      {2 * time.Second, with(policy.Verdict), false, true},
		"an incident is left alone":  {10 * time.Second, with(policy.Skipped), false, false},
		"and is looked at once more": {30 * time.Second, with(policy.Skipped), false, true},
		"a person was called for it": {10 * time.Second, with(policy.Escalated), false, false},
		"a deed is being verified":   {2 * time.Second, with(policy.Acted), false, true},
		"not before most of five":    {224 * time.Second, policy.Memory{}, false, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var d depth
			assert.True(t, d.due(start, policy.Memory{}), "the first")
			d.seen(start, 0.25, true)
			d.reissued.Store(test.reissued)
			assert.Equal(t, test.want, d.due(start.Add(test.after), test.memory))
			assert.False(t, d.reissued.Load(), "it is known by now")
		})
	}
}

func TestALookThatSawNothingIsRepeated(t *testing.T) {
	t.Parallel()
	var d depth
	now := time.Date(2026, 11, 22, 18, 5, 0, 0, time.UTC)
	d.seen(now, 0.5, false)
	assert.True(t, d.due(now.Add(time.Second), policy.Memory{}))
}

func TestWhatMoves(t *testing.T) {
	t.Parallel()
	well := func() view.Cluster {
		return view.Cluster{
			NodesFrom: "prod-0", Pods: []view.Pod{{Name: "prod-0", UID: "a", Containers: []view.Container{{Name: "nifi", Started: time.Unix(1, 0)}}}},
			Nodes: []view.Node{{Address: "prod-0", Status: view.StatusConnected}},
		}
	}
	tests := map[string]struct {
		change func(*view.Cluster)
		pause  string
		want   bool
	}{
		"nothing":               {func(*view.Cluster) {}, "", false},
		"a heartbeat":           {func(c *view.Cluster) { c.Nodes[0].Heartbeat = time.Unix(9, 0) }, "", false},
		"another pod":           {func(c *view.Cluster) { c.Pods[0].UID = "b" }, "", true},
		"NiFi in it":            {func(c *view.Cluster) { c.Pods[0].Containers[0].Started = time.Unix(2, 0) }, "", true},
		"a node's status":       {func(c *view.Cluster) { c.Nodes[0].Status = "CONNECTING" }, "", true},
		"the lock":              {func(c *view.Cluster) { c.Operation = &view.Operation{Holder: "kim"} }, "", true},
		"a pause":               {func(*view.Cluster) {}, "{}", true},
		"nobody says who is in": {func(c *view.Cluster) { c.NodesFrom, c.Nodes = "", nil }, "", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var d depth
			assert.False(t, d.moved(well(), ""), "before the first there is nothing")
			next := well()
			test.change(&next)
			assert.Equal(t, test.want, d.moved(next, test.pause))
			assert.False(t, d.moved(next, test.pause), "once")
		})
	}
}
