package plugin

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
)

func TestNodes(t *testing.T) {
	t.Parallel()
	out := func(status nifi.NodeStatus) func(*stage) {
		return func(s *stage) {
			s.disconnect(s.t, 2)
			s.nifi.Node(2).Edit(func(n *nifi.Node) { n.Status = status })
			s.second()
		}
	}
	mute := func(s *stage) { out(nifi.Disconnected)(s); s.nifi.Node(2).SetFault(nifitest.Status(500, "")) }
	tests := map[string]struct {
		stage func(*stage)
		args  []string
		code  int
		end   nifi.NodeStatus // of prod-2; empty: the coordinator doesn't know it
	}{
		"disconnect":           {args: []string{"disconnect", "prod", "prod-2"}, end: nifi.Disconnected},
		"disconnect-by-number": {args: []string{"disconnect", "prod", "2"}, end: nifi.Disconnected},
		"disconnect-again":     {stage: out(nifi.Disconnected), args: []string{"disconnect", "prod", "prod-2"}, end: nifi.Disconnected},
		"disconnect-all":       {args: []string{"disconnect", "prod", "0", "1", "2"}, code: 1, end: nifi.Connected},
		"disconnect-unknown":   {args: []string{"disconnect", "prod", "prod-7"}, code: 1, end: nifi.Connected},
		"offload":              {args: []string{"offload", "prod", "prod-2"}, end: nifi.Offloaded},
		"offload-full":         {stage: func(s *stage) { s.nifi.Node(0).Fill(10<<30, 10<<30) }, args: []string{"offload", "prod", "prod-2"}, code: 1, end: nifi.Connected},
		"reconnect":            {stage: out(nifi.Offloaded), args: []string{"reconnect", "prod", "prod-2"}, end: nifi.Connected},
		"reconnect-in":         {args: []string{"reconnect", "prod", "prod-2"}, end: nifi.Connected},
		"reconnect-unknown":    {args: []string{"reconnect", "prod", "prod-7"}, code: 1, end: nifi.Connected},
		"remove":               {stage: out(nifi.Offloaded), args: []string{"remove", "prod", "prod-2"}, end: ""},
		"remove-in":            {args: []string{"remove", "prod", "prod-2"}, code: 1, end: nifi.Connected},
		"remove-queued":        {stage: out(nifi.Disconnected), args: []string{"remove", "prod", "prod-2"}, code: 1, end: nifi.Disconnected},
		"remove-lose":          {stage: out(nifi.Disconnected), args: []string{"remove", "prod", "prod-2", "--lose-flowfiles"}, end: ""},
		"remove-mute":          {stage: mute, args: []string{"remove", "prod", "prod-2"}, code: 1, end: nifi.Disconnected},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			if test.stage != nil {
				test.stage(s)
			}
			got := s.operate(append(test.args, "--yes")...)
			assert.Equal(t, test.code, got.code)
			assertGolden(t, "operate/nodes-"+name+".golden", got.String())
			assert.Equal(t, test.end, s.known(2))
			assert.Empty(t, s.record().Holder)
		})
	}
}

func TestNodesAreNamedRightly(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for want, args := range map[string][]string{
		"give a cluster's NAME and at least one NODE of it":                        {"disconnect", "prod"},
		`"prod-x" is no node of cluster "prod": nodes are called prod-0, prod-1 …`: {"offload", "prod", "prod-x"},
		`"dev-1" is no node of cluster "prod"`:                                     {"reconnect", "prod", "dev-1"},
		`"20" is no node`:                                                          {"remove", "prod", "20"},
		`"-1" is no node`:                                                          {"remove", "prod", "--kubeconfig", s.api.Kubeconfig(t, "nifi"), "--", "-1"},
		`"01" is no node`:                                                          {"restart", "prod", "01"},
		"unknown flag: --lose-flowfiles":                                           {"offload", "prod", "2", "--lose-flowfiles"},
		"--abort and --dry-run exclude each other":                                 {"offload", "prod", "2", "--abort", "--dry-run"},
	} {
		got := s.operate(args...)
		assert.Equal(t, exitUsage, got.code, want)
		assert.Contains(t, got.stderr, want)
	}
}

func TestAbortOfAnOffload(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.die("offload prod-2")
	assert.Equal(t, exitFailed, s.operate("offload", "prod", "2", "--yes").code)
	s.revive()
	got := s.operate("offload", "prod", "2", "--abort", "--yes")
	assert.Equal(t, exitWell, got.code, got.stderr)
	assert.Equal(t, "prod-2: as before\n", got.stdout)
	assert.Equal(t, nifi.Connected, s.known(2))
}

func TestOffloadThatNobodyWaitsFor(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	got := s.operate("offload", "prod", "2", "--yes", "--wait=false")
	assert.Equal(t, exitWell, got.code, got.stderr)
	assert.Equal(t, "prod-2: offload asked for\n", got.stdout)
	assert.Contains(t, got.stderr, "not waited for: offload prod-2\n")
	assert.Nil(t, s.record().Journal, "nothing is left to resume")
}
