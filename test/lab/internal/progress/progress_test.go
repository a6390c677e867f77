package progress_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/progress"
)

// clock moves on by step at each look.
func clock(step time.Duration) func() time.Time {
	now := time.Unix(0, 0)
	return func() time.Time { now = now.Add(step); return now }
}

func TestSeconds(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]time.Duration{
		"0.0s":  0,
		"1.2s":  1234 * time.Millisecond,
		"10s":   10 * time.Second,
		"41s":   41*time.Second + 400*time.Millisecond,
		"1m00s": time.Minute,
		"6m05s": 6*time.Minute + 5*time.Second,
	} {
		assert.Equal(t, want, progress.Seconds(d))
	}
}

func TestPlainStepIsOneLine(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	r := progress.New(&out, false, clock(41*time.Second))
	require.NoError(t, r.Step(t.Context(), "kube-apiserver built", func(context.Context) error { return nil }))
	assert.Equal(t, "✓ kube-apiserver built                        41s\n", out.String())
}

func TestFailedStepIsMarkedAndReturned(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	boom := errors.New("boom")
	r := progress.New(&out, false, clock(time.Second))
	require.ErrorIs(t, r.Step(t.Context(), "x", func(context.Context) error { return boom }), boom)
	assert.True(t, strings.HasPrefix(out.String(), "✗ x "), out.String())
}

func TestLiveLineShowsWhatRuns(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	r := progress.New(&out, true, clock(time.Second))
	err := r.Step(t.Context(), "outer", func(ctx context.Context) error {
		return r.Step(ctx, "inner", func(context.Context) error { return nil })
	})
	require.NoError(t, err)
	assert.Contains(t, out.String(), "… outer")
	assert.Contains(t, out.String(), ", inner")
	assert.NotContains(t, out.String()[strings.LastIndex(out.String(), "✓ outer"):], "…")
}
