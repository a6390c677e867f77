package process

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// stat is a /proc/PID/stat file of a process named "a) b" that started at 4711.
const stat = "42 (a) b) S 1 42 42 0 -1 4194560 171 0 0 0 0 0 0 0 20 0 1 0 4711 2928640 1728 18446744073709551615\n"

func TestParseStat(t *testing.T) {
	t.Parallel()
	state, ticks, err := parseStat([]byte(stat))
	require.NoError(t, err)
	assert.Equal(t, byte('S'), state)
	assert.Equal(t, uint64(4711), ticks)
	for name, text := range map[string]string{
		"empty":     "",
		"truncated": "42 (a) S 1 42",
		"no number": "42 (a) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 x 20",
	} {
		_, _, err := parseStat([]byte(text))
		require.ErrorIs(t, err, ErrMalformedStat, name)
	}
}

func TestMatchesOnlyTheRecordedProcess(t *testing.T) {
	t.Parallel()
	record := Record{PID: 42, StartTicks: 4711, BootID: "b"}
	for name, tc := range map[string]struct {
		record Record
		boot   string
		stat   string
		want   bool
	}{
		"same":         {record, "b", stat, true},
		"recycled pid": {Record{PID: 42, StartTicks: 4710, BootID: "b"}, "b", stat, false},
		"other boot":   {record, "c", stat, false},
		"zombie":       {record, "b", "42 (x) Z 1 42 42 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0\n", false},
		"no stat":      {record, "b", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tc.want, tc.record.matches(tc.boot, []byte(tc.stat)))
		})
	}
}

func table(t *testing.T) Table {
	t.Helper()
	dir := t.TempDir()
	return Table{Records: filepath.Join(dir, "processes"), Logs: filepath.Join(dir, "logs")}
}

func TestStartRecordsAndStopEnds(t *testing.T) {
	t.Parallel()
	tab := table(t)
	started, err := tab.Start(Spec{Name: "sleeper", Args: []string{"sleep", "60"}})
	require.NoError(t, err)
	records, err := tab.List()
	require.NoError(t, err)
	require.Equal(t, []Record{started}, records)
	require.True(t, started.Alive())
	require.NoError(t, started.Stop(t.Context(), time.Minute))
	assert.False(t, started.Alive())
	require.NoError(t, tab.Forget(started))
	records, err = tab.List()
	require.NoError(t, err)
	assert.Empty(t, records)
}

func TestStopKillsWhatIgnoresTERM(t *testing.T) {
	t.Parallel()
	tab := table(t)
	started, err := tab.Start(Spec{Name: "deaf", Args: []string{"sh", "-c", "trap '' TERM; echo ready; while :; do sleep 60; done"}})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return tab.Tail("deaf") == "ready" }, 10*time.Second, 5*time.Millisecond)
	require.NoError(t, started.Stop(t.Context(), time.Millisecond))
	assert.False(t, started.Alive())
}

func TestStopLeavesAnotherProcessAlone(t *testing.T) {
	t.Parallel()
	self, err := identify("self", os.Getpid())
	require.NoError(t, err)
	self.StartTicks--
	require.NoError(t, self.Stop(t.Context(), time.Millisecond))
}
