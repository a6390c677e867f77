//go:build e2e && faults

package e2e

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// timeline is what a command said on standard error, and when.
type timeline struct {
	began time.Time
	rest  []byte
	lines []string
	at    []time.Duration
}

// Write notes the time of each line.
func (l *timeline) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	for {
		line, rest, whole := bytes.Cut(l.rest, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		l.lines, l.at, l.rest = append(l.lines, string(line)), append(l.at, time.Since(l.began)), rest
	}
}

// String is every line with its time.
func (l *timeline) String() string {
	var text strings.Builder
	for i, line := range l.lines {
		fmt.Fprintf(&text, "\n%8s %s", l.at[i].Round(100*time.Millisecond), line)
	}
	return text.String()
}

// of is when a line that begins so was said; the last one counts.
func (l *timeline) of(t *testing.T, begin string) time.Duration {
	t.Helper()
	at, said := l.find(begin)
	require.True(t, said, "no line begins with %q in %s", begin, l)
	return at
}

func (l *timeline) find(begin string) (at time.Duration, said bool) {
	for i := len(l.lines) - 1; i >= 0; i-- {
		if strings.HasPrefix(l.lines[i], begin) {
			return l.at[i], true
		}
	}
	return 0, false
}

// timed runs the plugin about the cluster and notes when it said what.
func (c cluster) timed(t *testing.T, args ...string) (l *timeline, took time.Duration) {
	t.Helper()
	l = &timeline{began: time.Now()}
	command := exec.CommandContext(t.Context(), c.plugin, append(args, "-n", namespace)...)
	command.Stderr = l
	require.NoError(t, command.Run(), "%q", l.lines)
	return l, time.Since(l.began)
}
