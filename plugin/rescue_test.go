package plugin

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// shrink is what kubectl scale does: fewer pods, and nobody was drained.
func (s *stage) shrink(replicas int32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	set := s.set()
	set.Spec.Replicas = &replicas
	s.api.Set(s.setPath(), set)
	s.follow("PATCH", s.setPath())
	s.changes = nil
}

func TestRescue(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	assertGolden(t, "operate/rescue-nothing.golden", s.operate("rescue", "prod", "--yes").String())
	s.shrink(2)
	s.second()
	assert.Equal(t, int64(1000), s.queued(2), "left behind")
	assertGolden(t, "operate/rescue.golden", s.operate("rescue", "prod", "--yes").String())
	assert.Zero(t, s.queued(2))
	assert.Equal(t, int64(3000), s.queued(0)+s.queued(1))
	assert.False(t, s.api.Has(s.podPath(2)))
	assert.Empty(t, s.known(2))
	assert.Equal(t, exitFailed, s.operate("rescue", "prod", "--yes").code, "nothing is left to rescue")
}

func TestRescueNeedsRoom(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.shrink(2)
	s.disconnect(t, 1)
	s.second()
	assertGolden(t, "operate/rescue-node-out.golden", s.operate("rescue", "prod", "--yes").String())
	assert.Equal(t, nifi.Disconnected, s.known(2))
	assert.Empty(t, s.changes)
}
