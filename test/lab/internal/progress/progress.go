// Package progress shows the steps of a long job: one line a finished step,
// and on a terminal a live line with those under way.
package progress

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
)

// clearLine returns the cursor to the start of an emptied line (ECMA-48 EL).
const clearLine = "\r\x1b[K"

// Reporter writes progress. Its methods may be called concurrently.
type Reporter struct {
	out  io.Writer
	live bool
	now  func() time.Time

	mu      sync.Mutex
	running []running
}

type running struct {
	name  string
	since time.Time
}

// New makes a Reporter that writes to out. live means that out is a terminal.
func New(out io.Writer, live bool, now func() time.Time) *Reporter {
	return &Reporter{out: out, live: live, now: now}
}

// Step runs do and writes a line with its name, its result and its time.
func (r *Reporter) Step(ctx context.Context, name string, do func(context.Context) error) error {
	started := r.begin(name)
	err := do(ctx)
	mark := "✓"
	if err != nil {
		mark = "✗"
	}
	r.end(name, Line(mark, name, r.now().Sub(started)))
	return err
}

// Say writes a line of its own.
func (r *Reporter) Say(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clear()
	fmt.Fprintf(r.out, format+"\n", args...)
	r.draw()
}

// Watch redraws the live line, until ctx ends, whenever tick fires.
func (r *Reporter) Watch(ctx context.Context, tick <-chan time.Time) {
	if !r.live {
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick:
			r.mu.Lock()
			r.clear()
			r.draw()
			r.mu.Unlock()
		}
	}
}

func (r *Reporter) begin(name string) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	r.running = append(r.running, running{name, now})
	r.clear()
	r.draw()
	return now
}

func (r *Reporter) end(name, line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running = slices.DeleteFunc(r.running, func(s running) bool { return s.name == name })
	r.clear()
	fmt.Fprintln(r.out, line)
	r.draw()
}

func (r *Reporter) clear() {
	if r.live {
		fmt.Fprint(r.out, clearLine)
	}
}

func (r *Reporter) draw() {
	if !r.live || len(r.running) == 0 {
		return
	}
	now := r.now()
	parts := make([]string, len(r.running))
	for i, s := range r.running {
		parts[i] = s.name + " " + Seconds(now.Sub(s.since))
	}
	fmt.Fprint(r.out, "… "+strings.Join(parts, ", "))
}

// Line is the line of a finished step: mark, name and time in columns.
func Line(mark, name string, took time.Duration) string {
	return fmt.Sprintf("%s %-40s %6s", mark, name, Seconds(took))
}

// Seconds formats a duration for a person: tenths below ten seconds, whole
// seconds below a minute, then minutes and seconds.
func Seconds(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.0fs", d.Seconds())
	default:
		d = d.Round(time.Second)
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
}
