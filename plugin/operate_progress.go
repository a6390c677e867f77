package plugin

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
)

const barWidth = 24

// operationProgress shows how far an operation is, on stderr: in place on a terminal,
// else a line a step.
type operationProgress struct {
	env     Environment
	journal operation.Journal
	began   time.Time
	screen  *screen // nil on what is no terminal
	palette palette
	seen    []string // steps that are done
	now     operation.Progress
	peak    int64  // FlowFiles when the drain began
	waited  string // what was said last about waiting
}

func newOperationProgress(env Environment, j operation.Journal, began time.Time) *operationProgress {
	p := &operationProgress{env: env, journal: j, began: began, palette: env.paletteOn(env.ErrTerminal != nil)}
	if env.ErrTerminal != nil && env.Getenv("TERM") != "dumb" {
		p.screen = &screen{out: env.ErrOut, size: env.ErrTerminal}
	}
	return p
}

// show takes the news. What can't be shown is no reason to stop.
func (p *operationProgress) show(now operation.Progress) {
	changed := now.Step.String() != p.now.Step.String()
	if changed && p.now.Step != (operation.Step{}) {
		p.seen = append(p.seen, p.now.Step.String())
	}
	if changed {
		p.peak = now.FlowFiles
	}
	waits := now.Waiting != "" && now.Waiting == p.now.Waiting && now.Waiting != p.waited // not for a moment only
	p.now = now
	switch {
	case p.screen != nil:
		_ = p.screen.draw(p.text())
	case waits:
		p.waited = now.Waiting
		fmt.Fprintf(p.env.ErrOut, "waiting: %s\n", now.Waiting)
	case changed && now.Step != (operation.Step{}):
		text := numbers(now.Step, now.State)
		if now.Step.Do == operation.DoOffload && now.FlowFiles == 0 {
			text = "" // the node may not have said yet
		}
		fmt.Fprintf(p.env.ErrOut, "%s%s\n", now.Step, text)
	}
}

// end leaves the last picture where it is.
func (p *operationProgress) end(well bool) {
	if p.screen == nil {
		return
	}
	if well && p.now.Step != (operation.Step{}) {
		p.seen, p.now.Done, p.now.Step, p.now.Waiting = append(p.seen, p.now.Step.String()), p.now.Total, operation.Step{}, ""
		_ = p.screen.draw(p.text())
	}
	_ = p.screen.restore()
}

func (p *operationProgress) text() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s   step %d of %d, %s\n", p.palette.bold(p.journal.String()),
		min(p.now.Done+1, p.now.Total), p.now.Total, p.now.State.Time.Sub(p.began).Round(time.Second))
	for _, step := range p.seen {
		fmt.Fprintf(&out, "%s %s\n", p.palette.good("✓"), step)
	}
	if p.now.Step == (operation.Step{}) {
		return out.String()
	}
	fmt.Fprintf(&out, "%s %s", p.palette.warn("●"), p.now.Step)
	if p.now.Step.Do == operation.DoOffload {
		p.bar(&out)
	}
	if p.now.Waiting != "" {
		fmt.Fprintf(&out, "\n  %s", p.now.Waiting)
	}
	return out.String()
}

// bar draws how much of a node's queue has moved.
func (p *operationProgress) bar(out io.Writer) {
	if p.peak = max(p.peak, p.now.FlowFiles); p.peak == 0 { // the node may not have said yet
		return
	}
	full := int(barWidth * (p.peak - p.now.FlowFiles) / p.peak)
	fmt.Fprintf(out, "  %s%s %s left", strings.Repeat("█", full), strings.Repeat("░", barWidth-full), queueText(p.now.FlowFiles, p.now.Bytes))
	if p.now.Rate > 0 {
		fmt.Fprintf(out, ", %s/s, %s to go", thousands(int64(p.now.Rate)), p.now.ToGo.Round(time.Second))
	}
}
