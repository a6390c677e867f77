package view_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

func TestPhase(t *testing.T) {
	t.Parallel()
	desired := func(n int) func(*view.Cluster) { return func(c *view.Cluster) { c.StatefulSet.Desired = n } }
	pods := func(n int) func(*view.Cluster) { return func(c *view.Cluster) { c.Pods = c.Pods[:n] } }
	nodes := func(n int) func(*view.Cluster) { return func(c *view.Cluster) { c.Nodes = c.Nodes[:n] } }
	reason := func(ordinal int, reason string) func(*view.Cluster) {
		return func(c *view.Cluster) { c.Pods[ordinal].Ready, c.Pods[ordinal].Reason = false, reason }
	}
	young := func(age time.Duration) func(*view.Cluster) {
		return func(c *view.Cluster) { c.StatefulSet.Created = now().Add(-age) }
	}
	noLeases := func(c *view.Cluster) { c.Leases = []view.Lease{} }
	noSet := func(c *view.Cluster) { c.StatefulSet = nil }
	const newNode = "Connection requested from new node. Setting status to connecting."
	tests := map[string]struct {
		cluster view.Cluster
		phase   view.Phase
		message string
	}{
		"well":                        {with(), view.PhaseRunning, "3 of 3 nodes connected"},
		"well as far as is known":     {with(nifiSilent), view.PhaseRunning, "3 of 3 nodes ready"},
		"disconnected":                {with(status(2, "DISCONNECTED", "")), view.PhaseError, "2 of 3 nodes connected, not prod-2"},
		"not ready, NiFi silent":      {with(nifiSilent, notReady(1)), view.PhaseError, "2 of 3 nodes ready, not prod-1"},
		"crash loop":                  {with(reason(1, "CrashLoopBackOff")), view.PhaseError, "failing: prod-1 (CrashLoopBackOff)"},
		"restarting":                  {with(reason(1, "Terminating")), view.PhaseError, "3 of 3 nodes connected; not ready: prod-1"},
		"no place for an hour":        {with(reason(1, "Unschedulable")), view.PhaseError, "failing: prod-1 (Unschedulable)"},
		"no coordinator":              {with(nifiSilent, failed(view.SourceCoordinator, view.ReasonNoLeader)), view.PhaseError, "no cluster coordinator is elected"},
		"electing for the first time": {with(nifiSilent, noLeases, notReady(0), failed(view.SourceCoordinator, view.ReasonNoLeader)), view.PhaseCreating, "2 of 3 nodes ready"},
		"no pods yet":                 {with(nifiSilent, noLeases, pods(0)), view.PhaseCreating, "0 of 3 nodes ready"},
		"minutes old":                 {with(young(time.Minute), notReady(2), status(2, "CONNECTING", "")), view.PhaseCreating, "2 of 3 nodes connected"},
		"namesake's leases":           {with(nifiSilent, pods(0), young(0)), view.PhaseCreating, "0 of 3 nodes ready"},
		"scaling up, no pod":          {with(desired(4)), view.PhaseScaling, "3 of 4 nodes connected"},
		"scaling up, unknown node":    {with(nodes(2), notReady(2)), view.PhaseScaling, "2 of 3 nodes connected"},
		"scaling up, joining":         {with(notReady(2), status(2, "CONNECTING", newNode)), view.PhaseScaling, "2 of 3 nodes connected"},
		"rejoining":                   {with(notReady(2), status(2, "CONNECTING", "Connection requested from existing node. Setting status to connecting.")), view.PhaseError, "2 of 3 nodes connected, not prod-2"},
		"scaling down":                {with(desired(2)), view.PhaseScaling, "2 of 2 nodes connected"},
		"scaled to nothing":           {with(desired(0), pods(0), nifiSilent), view.PhaseScaling, "scaled to no nodes, 0 pods left"},
		"rolling": {with(func(c *view.Cluster) { c.StatefulSet.UpdateRevision, c.StatefulSet.Updated = "b", 1 }, notReady(2)),
			view.PhaseUpdating, "1 of 3 pods run the new revision"},
		"rotating":         {with(func(c *view.Cluster) { c.Operation = &view.Operation{What: "rotate-ca"} }), view.PhaseRotating, "3 of 3 nodes connected"},
		"not observed":     {with(func(c *view.Cluster) { c.StatefulSet.Observed = false }), view.PhaseUpdating, "3 of 3 pods run the new revision"},
		"no right":         {with(noSet, failed(view.SourceStatefulSet, view.ReasonForbidden)), view.PhaseUnknown, "the StatefulSet can't be read"},
		"absent":           {with(noSet, failed(view.SourceStatefulSet, view.ReasonNotFound)), view.PhaseError, "there is no StatefulSet"},
		"pods not listed":  {with(func(c *view.Cluster) { c.Pods = nil }), view.PhaseRunning, "3 of 3 nodes connected"},
		"nothing but sets": {with(nifiSilent, func(c *view.Cluster) { c.Pods, c.StatefulSet.Ready = nil, 2 }), view.PhaseError, "2 of 3 nodes ready"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			phase, message := test.cluster.Phase()
			assert.Equal(t, test.phase, phase)
			assert.Equal(t, test.message, message)
		})
	}
}

func TestWell(t *testing.T) {
	t.Parallel()
	stale := func(c *view.Cluster) {
		c.Nodes = append(c.Nodes, view.Node{Address: names().FQDN("prod-3"), Status: "DISCONNECTED"})
	}
	tests := map[string]struct {
		cluster view.Cluster
		want    bool
	}{
		"well":                {with(), true},
		"a node disagrees":    {with(func(c *view.Cluster) { c.Summaries[1].Connected = false }), false},
		"NiFi silent":         {with(nifiSilent), false},
		"disconnected":        {with(status(0, "DISCONNECTED", "")), false},
		"stale node":          {with(stale), false},
		"leases not readable": {with(func(c *view.Cluster) { c.Leases = nil }), true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, test.cluster.Well())
		})
	}
}
