package plugin

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestTableIsAlignedWhateverThePaint(t *testing.T) {
	t.Parallel()
	lay := func(p palette) string {
		tab := &table{}
		tab.header("A", "B", "C")
		tab.add(cell{"★◆", p.good}, cell{"long word", p.bad}, cell{"x", nil})
		tab.add(cell{"", p.good}, cell{"s", nil}, cell{"", nil})
		return tab.String()
	}
	assert.Equal(t, "A    B           C\n★◆   long word   x\n     s\n", lay(palette{}))
	assert.Equal(t, "A    B           C\n\x1b[32m★◆\x1b[0m   \x1b[31mlong word\x1b[0m   x\n     s\n", lay(palette{on: true}))
}

func TestHumanBytes(t *testing.T) {
	t.Parallel()
	tests := map[int64]string{
		0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 1<<20 - 1: "1.0 MiB", 1 << 20: "1.0 MiB",
		5 << 30: "5.0 GiB", 1<<63 - 1: "8.0 EiB",
	}
	for n, want := range tests {
		assert.Equal(t, want, humanBytes(n), n)
	}
}

func TestHumanTimes(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 18, 5, 0, 0, time.UTC)
	assert.Equal(t, "-", humanAge(now, time.Time{}))
	assert.Equal(t, "90s", humanAge(now, now.Add(-90*time.Second)))
	assert.Equal(t, "-", humanExpiry(now, time.Time{}))
	assert.Equal(t, "in 89d", humanExpiry(now, now.Add(89*24*time.Hour)))
	assert.Equal(t, "3d ago", humanExpiry(now, now.Add(-72*time.Hour)))
}
