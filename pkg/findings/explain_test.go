package findings

import (
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// TestExplanationsLeadToARoot: what explains itself through others would hide
// all of them.
func TestExplanationsLeadToARoot(t *testing.T) {
	t.Parallel()
	effects := map[ID][]ID{}
	for _, e := range explanations() {
		for _, cause := range e.causes {
			effects[cause] = append(effects[cause], e.effects...)
		}
	}
	var walk func(path []ID)
	walk = func(path []ID) {
		for _, next := range effects[path[len(path)-1]] {
			if next == path[len(path)-1] {
				continue // a kind never explains itself
			}
			if slices.Contains(path, next) {
				assert.Fail(t, "a circle", "%v → %s", path, next)
				return
			}
			walk(append(slices.Clone(path), next))
		}
	}
	for cause := range effects {
		walk([]ID{cause})
	}
}

// TestNoWarningHidesWorse: --fail-on must see what is critical. What somebody
// wants for a node is the exception: it explains that the node is out.
func TestNoWarningHidesWorse(t *testing.T) {
	t.Parallel()
	intended := []ID{NodeOffloaded, OffloadStuck, PersonDisconnected, Decommissioned, TakenOut}
	for _, e := range explanations() {
		for _, cause := range e.causes {
			for _, effect := range e.effects {
				if !slices.Contains(intended, cause) {
					assert.LessOrEqual(t, cause.Definition().Severity.Rank(), effect.Definition().Severity.Rank(), "%s hides %s", cause, effect)
				}
			}
		}
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	all := explain([]Finding{
		{ID: HeapOverLimit}, {ID: OOMKilled, Subject: "prod-1"}, {ID: HeartbeatsLost, Subject: "prod-1"}, {ID: HeartbeatsLost, Subject: "prod-2"},
	})
	var hidden []ID
	for _, f := range all {
		hidden = append(hidden, f.HiddenBy)
	}
	assert.Equal(t, []ID{"", HeapOverLimit, HeapOverLimit, ""}, hidden, "to the root, and only for the same pod")
}

func TestTrim(t *testing.T) {
	t.Parallel()
	sign := lookFor(logOf("2026 ERROR "+string(make([]byte, 5000))+"java.lang.OutOfMemoryError: Java heap space"), patternOf(HeapExhausted))
	assert.Less(t, len(sign.line), 400)
	assert.Contains(t, sign.line, "OutOfMemoryError: Java heap space")
}

func logOf(lines ...string) view.Log {
	var log view.Log
	for _, line := range lines {
		log.Lines = append(log.Lines, view.LogLine{Text: line})
	}
	return log
}

func patternOf(id ID) *regexp.Regexp {
	all := signs()
	return regexp.MustCompile(all[slices.IndexFunc(all, func(s sign) bool { return s.id == id })].pattern)
}
