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

func TestPercentile(t *testing.T) {
	t.Parallel()
	var times []time.Duration
	for i := range 20 {
		times = append(times, time.Duration(20-i)*time.Second)
	}
	assert.Equal(t, 10*time.Second, percentile(times, 50))
	assert.Equal(t, 19*time.Second, percentile(times, 95))
	assert.Equal(t, time.Second, percentile(times[19:], 95))
}

func TestAloneCountsAndFails(t *testing.T) {
	t.Parallel()
	times, err := alone(context.Background(), "true", 3)
	require.NoError(t, err)
	assert.Len(t, times, 3, "the warm-up isn't counted")
	_, err = alone(context.Background(), "false", 3)
	assert.ErrorContains(t, err, `running "false"`)
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
