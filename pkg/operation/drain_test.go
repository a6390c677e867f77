package operation

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestDrain(t *testing.T) {
	t.Parallel()
	type look struct {
		at   time.Duration
		left int64
	}
	tests := map[string]struct {
		looks    []look
		rate     float64
		toGo     time.Duration
		patience time.Duration
	}{
		"just begun":       {looks: []look{{0, 1000}}, patience: 2 * time.Minute},
		"nothing moves":    {looks: []look{{0, 1000}, {time.Minute, 1000}}, patience: 2 * time.Minute},
		"fast":             {looks: []look{{0, 1000}, {time.Second, 900}, {2 * time.Second, 800}}, rate: 100, toGo: 8 * time.Second, patience: time.Minute},
		"slow":             {looks: []look{{0, 10}, {10 * time.Second, 9}}, rate: 0.1, toGo: 90 * time.Second, patience: 100 * time.Second},
		"then it stalls":   {looks: []look{{0, 1000}, {time.Second, 900}, {time.Minute, 900}}, rate: 100, toGo: 9 * time.Second, patience: time.Minute},
		"more than before": {looks: []look{{0, 10}, {time.Second, 5}, {2 * time.Second, 20}}, patience: 2 * time.Minute},
		"empty":            {looks: []look{{0, 10}, {time.Second, 0}}, rate: 10, patience: time.Minute},
	}
	began := time.Unix(1_800_000_000, 0)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var d drain
			for _, look := range test.looks {
				d.observe(began.Add(look.at), look.left)
			}
			assert.InDelta(t, test.rate, d.rate(), 0.001)
			assert.Equal(t, test.toGo, d.toGo())
			assert.Equal(t, test.patience, d.patience())
			assert.False(t, d.stalled(d.moved.Add(test.patience)))
			assert.True(t, d.stalled(d.moved.Add(test.patience+1)))
		})
	}
}
