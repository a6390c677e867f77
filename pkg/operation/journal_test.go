package operation

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestIntentAsTyped(t *testing.T) {
	t.Parallel()
	for want, intent := range map[string]Intent{
		"scale --replicas 2":                  {Kind: Scale, Replicas: 2},
		"restart prod-0 prod-1":               {Kind: Restart, Nodes: []string{"prod-0", "prod-1"}},
		"restart prod-0 --drain":              {Kind: Restart, Nodes: []string{"prod-0"}, Drain: true},
		"upgrade --version 2.4.0":             {Kind: Upgrade, Version: "2.4.0", Image: "apache/nifi:2.4.0", Nodes: []string{"prod-0", "prod-1"}},
		"upgrade --version 2.4.0 --drain":     {Kind: Upgrade, Version: "2.4.0", Drain: true},
		"scale --replicas 2 --delete-volumes": {Kind: Scale, Replicas: 2, Volumes: true},
		"remove prod-1 --lose-flowfiles":      {Kind: Remove, Nodes: []string{"prod-1"}, Lose: true},
		"offload prod-1":                      {Kind: Offload, Nodes: []string{"prod-1"}},
	} {
		assert.Equal(t, want, intent.String())
	}
}

func TestSameIntent(t *testing.T) {
	t.Parallel()
	base := Intent{Kind: Restart, Nodes: []string{"prod-0"}}
	assert.True(t, base.Same(Intent{Kind: Restart, Nodes: []string{"prod-0"}}))
	assert.Equal(t, []string{"prod-0"}, base.Nodes, "it looks and changes nothing")
	for name, other := range map[string]Intent{
		"kind":     {Kind: Offload, Nodes: []string{"prod-0"}},
		"nodes":    {Kind: Restart, Nodes: []string{"prod-0", "prod-1"}},
		"drain":    {Kind: Restart, Nodes: []string{"prod-0"}, Drain: true},
		"replicas": {Kind: Restart, Nodes: []string{"prod-0"}, Replicas: 1},
		"volumes":  {Kind: Restart, Nodes: []string{"prod-0"}, Volumes: true},
	} {
		assert.False(t, base.Same(other), name)
	}
}

func TestBegin(t *testing.T) {
	t.Parallel()
	s := healthy()
	j := Begin(Intent{Kind: Restart, Nodes: []string{"prod-1"}}, s, "kim@laptop")
	assert.Equal(t, map[string]string{"prod-1": s.Nodes[1].UID}, j.Pods)
	assert.Equal(t, []any{"kim@laptop", 3, "nifi:2.3.0", "2.3.0", s.Time}, []any{j.Holder, j.From, j.FromImage, j.FromVersion, j.Started})
	assert.Nil(t, Begin(Intent{Kind: Scale, Replicas: 2}, s, "kim@laptop").Pods, "no pod has to go that way")
}

// What a step is about to do is known before it is done.
func TestNotes(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	note := func(j Journal, step Step) Journal { return j.note(step, now) }
	empty := Journal{Reason: "it stopped before"}

	taken := note(empty, Step{Do: DoDisconnect, Pod: "prod-2"})
	assert.Equal(t, []string{"prod-2"}, taken.Taken)
	assert.Equal(t, "disconnect prod-2", taken.Step)
	assert.Equal(t, now, taken.Updated)
	assert.Empty(t, taken.Reason, "it goes on")
	assert.Empty(t, empty.Taken, "the old one is as it was")

	drained := note(note(taken, Step{Do: DoOffload, Pod: "prod-2"}), Step{Do: DoRemove, Pod: "prod-2", UID: "u"})
	assert.Equal(t, []string{"prod-2"}, drained.Taken, "once")
	assert.Equal(t, []string{"prod-2"}, drained.Drained)
	assert.Equal(t, map[string]string{"prod-2": "u"}, drained.Pods, "it stays out until that pod has ended")
	assert.Empty(t, note(drained, Step{Do: DoConnect, Pod: "prod-2"}).Drained, "it fills up again")
	assert.Empty(t, note(drained, Step{Do: DoOffload, Pod: "prod-2"}).Drained)

	evicted := note(taken, Step{Do: DoEvict, Pod: "prod-2", UID: "u"})
	assert.Empty(t, evicted.Taken, "it comes back by itself")
	assert.Equal(t, 2, note(drained, Step{Do: DoResize, Count: 2}).Size)
	assert.Zero(t, note(note(drained, Step{Do: DoResize, Count: 2}), Step{Do: DoDisconnect, Pod: "prod-1"}).Size, "only while it sets it")
}

// What an older or newer version has written is read all the same.
func TestJournalAsJSON(t *testing.T) {
	t.Parallel()
	j := Begin(Intent{Kind: Scale, Replicas: 2, Volumes: true}, healthy(), "kim@laptop").note(Step{Do: DoDisconnect, Pod: "prod-2"}, time.Unix(1_800_000_000, 0).UTC())
	j.Started = j.Started.UTC()
	raw, err := json.Marshal(j)
	require.NoError(t, err)
	assert.JSONEq(t, `{"kind":"scale","replicas":2,"volumes":true,"holder":"kim@laptop","started":"2027-01-15T08:00:00Z","from":3,"fromImage":"nifi:2.3.0",
		"fromVersion":"2.3.0","taken":["prod-2"],"step":"disconnect prod-2","updated":"2027-01-15T08:00:00Z"}`, string(raw))
	var back Journal
	require.NoError(t, json.Unmarshal(raw, &back))
	assert.Equal(t, j, back)
}
