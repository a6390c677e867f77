package plugin

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestRestart(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	assertGolden(t, "operate/restart.golden", s.operate("restart", "prod", "--yes").String())
	assert.Equal(t, []string{"POST pods/prod-2/eviction", "POST pods/prod-1/eviction", "POST pods/prod-0/eviction"}, s.changes, "the coordinator last")
	for ordinal := range 3 {
		assert.Equal(t, int64(1000), s.queued(ordinal), "it stays on its volume")
	}
}

func TestRestartOfOne(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	assertGolden(t, "operate/restart-drain.golden", s.operate("restart", "prod", "1", "--drain", "--yes").String())
	assert.Equal(t, []string{"POST pods/prod-1/eviction"}, s.changes)
	assert.Zero(t, s.queued(1))
}

func TestRestartThatABudgetForbids(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.api.Fail(s.podPath(2)+"/eviction", http.StatusTooManyRequests, metav1.StatusReasonTooManyRequests, "Cannot evict pod as it would violate the pod's disruption budget.")
	assertGolden(t, "operate/restart-budget.golden", s.operate("restart", "prod", "2", "--yes").String())
	assert.Equal(t, "restart prod-2", s.record().Journal.Step)

	s.api.Heal(s.podPath(2) + "/eviction")
	got := s.operate("restart", "prod", "2", "--yes")
	assert.Equal(t, exitWell, got.code, got.stderr)
	assert.Equal(t, "prod-2: restarted\n", got.stdout)
}

// Killed with a node out, all of a restart goes on with the same command.
func TestRestartThatWasKilled(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.die("disconnect prod-1")
	got := s.operate("restart", "prod", "--yes")
	assert.Equal(t, exitFailed, got.code, got.stderr)
	s.revive()
	assertGolden(t, "operate/restart-resumed.golden", s.operateAs(t.Context(), "alex@desk", nil, nil, "restart", "prod", "--yes").String())
	assert.Equal(t, []string{"POST pods/prod-2/eviction", "POST pods/prod-1/eviction", "POST pods/prod-0/eviction"}, s.changes)
}

func TestRestartLeavesAloneWhatAPersonTookOut(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.disconnect(t, 1)
	s.nifi.Tick()
	s.second()
	got := s.operate("restart", "prod", "--yes")
	assert.Equal(t, exitFailed, got.code)
	assert.Equal(t, "error: prod-1 is DISCONNECTED because a person wanted it so, and a restart would bring it back: name the nodes to restart, or reconnect it first\n", got.stderr)
	got = s.operate("restart", "prod", "1", "--yes")
	assert.Equal(t, exitWell, got.code, got.stderr)
}
