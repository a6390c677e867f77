package policy

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
)

func TestTheTableIsSound(t *testing.T) {
	t.Parallel()
	known, seen := map[findings.ID]bool{}, map[findings.ID]bool{}
	for _, d := range findings.Catalogue() {
		known[d.ID] = true
	}
	for _, row := range Table() {
		assert.NotEmpty(t, row.Why)
		assert.Equal(t, row.Tries > 0, row.Deed != Leave && row.Deed != Escalate, row.Findings)
		assert.Equal(t, row.Tries > 0, row.When != "", "what is done is confirmed: %v", row.Findings)
		for _, id := range row.Findings {
			assert.True(t, known[id], id)
			assert.False(t, seen[id], "%s is in two rows", id)
			seen[id] = true
		}
	}
	for _, id := range []findings.ID{findings.PersonDisconnected, findings.NodeOffloaded, findings.OffloadStuck, findings.Decommissioned, findings.DisconnectedUnknown} {
		row, _ := rowOf([]findings.Finding{{ID: id}, {ID: findings.Hung}})
		if id != findings.DisconnectedUnknown {
			assert.Equal(t, Leave, row.Deed, "%s decides over what else is found", id)
		}
	}
	row, _ := rowOf([]findings.Finding{{ID: findings.DiskFull}})
	assert.Equal(t, Leave, row.Deed)
}

func TestExplain(t *testing.T) {
	t.Parallel()
	text := Explain()
	for _, want := range []string{
		"RESTART, at most 3 times; then escalate\n  NIFI-NODE-004  a node's JVM hangs\n  only if  no reason is known",
		"NUDGE, at most once; then restart, once; then escalate\n  NIFI-TLS-014",
		"LEAVE ALONE\n  everything else\n",
	} {
		assert.Contains(t, text, want)
	}
	assert.Equal(t, len(Table())+1, strings.Count(text, "\n  since "))
}

func TestTheDocumentationHasTheTable(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../../docs/healer.md")
	require.NoError(t, err)
	assert.Contains(t, string(document), Explain())
}

func TestPause(t *testing.T) {
	t.Parallel()
	none, err := ParsePause("")
	require.NoError(t, err)
	assert.Nil(t, none)
	p := Pause{By: "kim", Reason: "upgrade", Until: start()}
	read, err := ParsePause(p.Encode())
	require.NoError(t, err)
	assert.Equal(t, p, *read)
	assert.True(t, p.Active(start().Add(-time.Second)))
	assert.False(t, p.Active(start()))
	for name, value := range map[string]string{
		"no JSON": "{", "no reason": `{"reason":" ","until":"2026-11-22T18:05:00Z"}`, "no end": `{"reason":"x"}`,
	} {
		_, err := ParsePause(value)
		require.ErrorIs(t, err, ErrPause, name)
	}
}

func TestMemoryIsKept(t *testing.T) {
	t.Parallel()
	assert.Empty(t, Memory{}.Encode())
	h := newHealing()
	h.until(t, hung(1))
	read, err := ParseMemory(h.memory.Encode())
	require.NoError(t, err)
	assert.Equal(t, h.memory.Encode(), read.Encode())
	assert.Equal(t, h.memory.Doing().Act, read.Doing().Act)
	_, err = ParseMemory("{")
	require.ErrorContains(t, err, AnnotationIncident)
}
