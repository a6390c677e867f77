package main

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMedian(t *testing.T) {
	t.Parallel()
	assert.Equal(t, 3*time.Second, median([]time.Duration{9 * time.Second, time.Second, 3 * time.Second}))
	assert.InDelta(t, 0.5, median([]float64{0.5}), 0)
}

func TestPairsCountsAndFails(t *testing.T) {
	t.Parallel()
	a, b, err := pairs(context.Background(), "true", "true", 3)
	require.NoError(t, err)
	assert.Len(t, a, 3, "the warm-up isn't counted")
	assert.Len(t, b, 3)
	_, _, err = pairs(context.Background(), "true", "false", 3)
	assert.ErrorContains(t, err, `running "false"`, "a failed run has no time")
}
