package plugin

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func terminalSize() (width, height int, err error) { return 200, 50, nil }

// rows is what a terminal shows after it was written to.
func (s *session) rows(t *testing.T, out *transcript) *emulator {
	t.Helper()
	terminal := &emulator{}
	terminal.feed(t, out.String())
	return terminal
}

func TestDiagnoseTicksAreasOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setDetail()
	w.setCandidates("4")
	s := w.startOn(t, terminalSize, "diagnose", "prod")
	assert.Equal(t, exitFailed, <-s.code)
	drawn := s.errOut.String()
	for _, part := range []string{"· Nodes: reading ", "✓ Kubernetes", "! Election: 1 finding"} {
		assert.Contains(t, drawn, part)
	}
	last := strings.LastIndex(drawn, "\x1b[?25l")
	assert.NotContains(t, drawn[last:], "reading", "every source is settled in the end")
	terminal := s.rows(t, s.errOut)
	assert.Empty(t, strings.Join(terminal.rows, ""), "the result takes its place")
	assert.False(t, terminal.hidden)
	assert.False(t, terminal.cut)
	assert.Equal(t, w.run(t, "diagnose", "prod").stdout, s.out.String())
}

func TestDiagnoseTicksClustersOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setDetail()
	w.setCandidates("4")
	w.api.Set("/apis/apps/v1/statefulsets", map[string]any{"apiVersion": "apps/v1", "kind": "StatefulSetList", "items": []any{
		map[string]any{"metadata": w.metadata("prod", nil)}, map[string]any{"metadata": metav1.ObjectMeta{Name: "gone", Namespace: "nifi"}},
	}})
	w.api.Set("/api/v1/pods", map[string]any{"apiVersion": "v1", "kind": "PodList", "items": []any{}})
	s := w.startOn(t, terminalSize, "diagnose", "-A")
	assert.Equal(t, exitFailed, <-s.code)
	drawn := s.errOut.String()
	assert.Regexp(t, `· prod \(namespace nifi\): \d of 8 areas`, drawn)
	assert.Contains(t, drawn, "! prod (namespace nifi)")
	assert.Contains(t, drawn, "✗ gone (namespace nifi)")
	assert.Empty(t, strings.Join(s.rows(t, s.errOut).rows, ""))
}

func TestDiagnoseTicksNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setDetail()
	for _, args := range [][]string{{"-o", "json"}, {"-o", "yaml"}} {
		s := w.startOn(t, terminalSize, append([]string{"diagnose", "prod"}, args...)...)
		assert.Equal(t, exitWell, <-s.code)
		assert.Empty(t, s.errOut.String(), "a document has no company")
	}
	assert.Empty(t, w.run(t, "diagnose", "prod").stderr, "there is no terminal")
}

func TestDiagnoseWaitsInPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setDetail()
	w.setCandidates("4")
	w.setHeadless(func(s *corev1.Service) { s.Spec.PublishNotReadyAddresses = false })
	s := w.startOn(t, terminalSize, "diagnose", "prod", "--wait", "--timeout", "1m")
	s.errOut.wait(t, "every 3s until nothing is warning or worse, Ctrl-C ends")
	shown := strings.Join(s.rows(t, s.errOut).rows, "\n")
	assert.Contains(t, shown, "NIFI-ELECT-001")
	assert.Contains(t, shown, "NIFI-JOIN-002")
	w.setHeadless(func(*corev1.Service) {})
	s.tickUntil(t, s.errOut, "\r1 warning.")
	assert.NotContains(t, strings.Join(s.rows(t, s.errOut).rows, "\n"), "NIFI-JOIN-002", "it changes in place")
	assert.Empty(t, s.out.String(), "results come at the end")
	w.setCandidates("3")
	s.tickUntil(t, s.out, "No findings.")
	assert.Equal(t, exitWell, <-s.code)
	terminal := s.rows(t, s.errOut)
	assert.Empty(t, strings.Join(terminal.rows, ""))
	assert.False(t, terminal.hidden)
}

func TestDiagnoseWaitsUntilCtrlC(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setDetail()
	w.setCandidates("4")
	s := w.startOn(t, terminalSize, "diagnose", "prod", "--wait", "--timeout", "1m")
	s.errOut.wait(t, "Ctrl-C ends")
	assert.NotEqual(t, exitWell, s.end(t))
	terminal := s.rows(t, s.errOut)
	assert.False(t, terminal.hidden, "the terminal is given back")
	assert.False(t, terminal.cut)
}
