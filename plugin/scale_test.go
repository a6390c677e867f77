package plugin

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestScaleDown(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	assertGolden(t, "operate/scale-down.golden", s.operate("scale", "prod", "--replicas", "2", "--yes").String())
	assert.Equal(t, []string{"PATCH persistentvolumeclaims/state-prod-2", "PATCH secrets/prod-topology", "PATCH statefulsets/prod"}, s.changes)
	assert.False(t, s.api.Has(s.podPath(2)))
	assert.True(t, s.api.Has(s.claimPath(2)), "volumes are kept")
	assert.Zero(t, s.queued(2))
	assert.Equal(t, int64(3000), s.queued(0)+s.queued(1))
	r := s.record()
	assert.Empty(t, r.Holder)
	assert.Nil(t, r.Journal)
	assert.Equal(t, "scale --replicas 2", r.Last.String())
}
