package logs_test

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/logs"
)

func TestHead(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		level logs.Level
		head  bool
	}{
		"2026-11-22 20:34:11,390 INFO [main] o.a.nifi.NiFi Launching":                       {logs.LevelInfo, true},
		"2026-11-22 20:34:11,390 WARN [Clustering Tasks Thread-1] o.a.n.c.c.Heartbeat lost": {logs.LevelWarn, true},
		"2026-11-22 20:34:11,390 ERROR [main] x":                                            {logs.LevelError, true},
		"2026-11-22 20:34:11,390 FATAL [main] x":                                            {},
		"2026-11-22 20:34:11.390 INFO [main] x":                                             {},
		"2026-11-22 20:34:11,390 INFO":                                                      {},
		"2026-11-22 20:34:11,390 INFO without a thread":                                     {},
		"\tat java.base/java.lang.Thread.run(Thread.java:1583)":                             {},
		"Caused by: java.io.IOException: broken":                                            {},
		"":                                                                                  {},
		`{"time":"2026-11-22T20:34:11Z","level":"error","logger":"tls-sync","event":"refused"}`: {logs.LevelError, true},
		`{"time":"2026-11-22T20:34:11Z","level":"info","logger":"tls-sync"}`:                    {logs.LevelInfo, true},
		`{"level":"loud"}`: {},
		`{"level":`:        {},
	}
	for line, want := range tests {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			level, head := logs.Head(line)
			assert.Equal(t, want.head, head)
			assert.Equal(t, want.level, level)
		})
	}
}

func TestParseLevel(t *testing.T) {
	t.Parallel()
	level, err := logs.ParseLevel("warn")
	require.NoError(t, err)
	assert.Equal(t, logs.LevelWarn, level)
	for _, wrong := range []string{"", "loud"} {
		_, err := logs.ParseLevel(wrong)
		assert.ErrorContains(t, err, "TRACE, DEBUG, INFO, WARN, ERROR")
	}
}

const (
	info  = "2026-11-22 20:34:11,390 INFO [main] o.a.n.Flow all is well"
	warn  = "2026-11-22 20:34:12,000 WARN [main] o.a.n.Flow disk at 81%"
	fatal = "2026-11-22 20:34:13,000 ERROR [main] o.a.n.Flow could not start"
	trace = "java.lang.IllegalStateException: port taken"
	frame = "\tat org.apache.nifi.Flow.start(Flow.java:12)"
)

func TestSieve(t *testing.T) {
	t.Parallel()
	all := []string{"sh: a line before the JVM", info, warn, fatal, trace, frame, info}
	tests := map[string]struct {
		level logs.Level
		grep  string
		lines []string
		want  []string
	}{
		"everything":                    {lines: all, want: all},
		"level keeps the trace":         {level: logs.LevelError, lines: all, want: []string{all[0], fatal, trace, frame}},
		"level of several":              {level: logs.LevelWarn, lines: all, want: []string{all[0], warn, fatal, trace, frame}},
		"a cut-off trace is kept":       {level: logs.LevelError, lines: []string{frame, info, warn}, want: []string{frame}},
		"a trace of what is not wanted": {level: logs.LevelError, lines: []string{warn, trace, frame}},
		"grep on the head":              {grep: "could not", lines: all, want: []string{fatal, trace, frame}},
		"grep in the trace":             {grep: "port taken", lines: all, want: []string{fatal, trace, frame}},
		"grep at the end of the trace":  {grep: `Flow\.java:12`, lines: all, want: []string{fatal, trace, frame}},
		"grep and level":                {level: logs.LevelError, grep: "disk|port", lines: all, want: []string{fatal, trace, frame}},
		"grep of nothing":               {grep: "absent", lines: all},
		"grep matches each entry anew":  {grep: "all is well", lines: all, want: []string{info, info}},
		"grep before the first head":    {grep: "before", lines: all, want: all[:1]},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			filter := logs.Filter{Level: test.level}
			if test.grep != "" {
				filter.Grep = regexp.MustCompile(test.grep)
			}
			sieve := logs.NewSieve(filter)
			var got []string
			for _, line := range test.lines {
				for _, entry := range sieve.Put(logs.Line{Text: line}) {
					got = append(got, entry.Text)
				}
			}
			assert.Equal(t, test.want, got)
		})
	}
}

func TestSieveForgetsLongEntries(t *testing.T) {
	t.Parallel()
	sieve := logs.NewSieve(logs.Filter{Grep: regexp.MustCompile("needle")})
	sieve.Put(logs.Line{Text: info})
	for range 40 {
		assert.Empty(t, sieve.Put(logs.Line{Text: strings.Repeat("x", 100<<10)}))
	}
	passed := sieve.Put(logs.Line{Text: "needle"})
	assert.Less(t, len(passed), 15, "a mebibyte is remembered, not four")
	assert.Equal(t, info, passed[0].Text)
	assert.Equal(t, "needle", passed[len(passed)-1].Text)
}

func at(second int) time.Time {
	return time.Date(2026, 11, 22, 20, 0, second, 123456789, time.UTC)
}

func stamped(second int, text string) string {
	return at(second).Format(time.RFC3339Nano) + " " + text + "\n"
}

func TestReader(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("y", 300<<10)
	reader := logs.NewReader(strings.NewReader(stamped(1, "one") + stamped(2, "") + "no time\r\n" + stamped(3, long) + at(4).Format(time.RFC3339Nano) + " end"))
	var got []logs.Line
	for {
		line, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		got = append(got, line)
	}
	require.Len(t, got, 5)
	assert.Equal(t, logs.Line{Stamp: at(1), Text: "one"}, got[0])
	assert.Equal(t, logs.Line{Stamp: at(2), Text: ""}, got[1])
	assert.Equal(t, logs.Line{Stamp: at(2), Text: "no time"}, got[2])
	assert.Equal(t, at(3), got[3].Stamp)
	assert.Less(t, len(got[3].Text), 256<<10, "a line is cut, not the memory filled")
	assert.Equal(t, logs.Line{Stamp: at(4), Text: "end"}, got[4])

	_, err := logs.NewReader(iotest.ErrReader(errors.New("connection lost"))).Next()
	assert.EqualError(t, err, "reading the log: connection lost")
}

func TestMerge(t *testing.T) {
	t.Parallel()
	source := func(text string) logs.Source { return logs.NewSieved(strings.NewReader(text), logs.Filter{}) }
	sources := []logs.Source{
		source(stamped(1, info) + stamped(5, fatal) + stamped(9, trace)),
		source(stamped(2, warn) + stamped(5, warn) + stamped(6, info)),
		logs.NewSieved(io.MultiReader(strings.NewReader(stamped(3, info)), iotest.ErrReader(errors.New("gone"))), logs.Filter{}),
		source(""),
	}
	var got, failed []string
	err := logs.Merge(sources,
		func(source int, entry logs.Entry) error {
			got = append(got, fmt.Sprintf("%d %s", source, entry.Text))
			return nil
		},
		func(source int, err error) { failed = append(failed, fmt.Sprintf("%d %v", source, err)) },
	)
	require.NoError(t, err)
	assert.Equal(t, []string{"0 " + info, "1 " + warn, "2 " + info, "0 " + fatal, "0 " + trace, "1 " + warn, "1 " + info}, got,
		"a trace that came late stays with its head")
	assert.Equal(t, []string{"2 reading the log: gone"}, failed)

	full := errors.New("disk full")
	assert.ErrorIs(t, logs.Merge(sources[:0:0], nil, nil), nil)
	assert.ErrorIs(t, logs.Merge([]logs.Source{source(stamped(1, info))}, func(int, logs.Entry) error { return full }, nil), full)
}

func TestResume(t *testing.T) {
	t.Parallel()
	var resume logs.Resume
	seen := []logs.Line{{at(1), "a"}, {at(2), "b"}, {at(2), "c"}}
	for _, line := range seen {
		assert.True(t, resume.Fresh(line))
	}
	assert.Equal(t, at(2), resume.Since())
	for range 2 { // opened anew twice: the second's lines come once more
		resume.Reopened()
		for _, line := range seen {
			assert.False(t, resume.Fresh(line), line.Text)
		}
	}
	resume.Reopened()
	assert.False(t, resume.Fresh(seen[1]))
	assert.False(t, resume.Fresh(seen[2]))
	assert.True(t, resume.Fresh(logs.Line{Stamp: at(2), Text: "d"}), "a third line of that moment")
	assert.True(t, resume.Fresh(logs.Line{Stamp: at(3), Text: "e"}))
}
