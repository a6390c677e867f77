package plugin

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// diagnoseScreen ticks areas off as what they are judged by is read, and with
// --wait shows the last diagnosis, in place.
type diagnoseScreen struct {
	options *diagnoseOptions
	text    diagnoseText

	mu       sync.Mutex
	screen   screen
	clusters []ticks
	shown    bool // a whole diagnosis, from then on
}

// ticks is how far the reading of one cluster has come.
type ticks struct {
	names   topology.Names
	settled map[view.Source]bool
	checks  []findings.Check // of the snapshot so far
}

func newDiagnoseScreen(o *diagnoseOptions, names []topology.Names) *diagnoseScreen {
	s := &diagnoseScreen{
		options: o,
		text:    diagnoseText{palette: o.env.paletteOn(o.env.ErrTerminal != nil), verbose: o.Verbose},
		screen:  screen{out: o.env.ErrOut, size: o.env.ErrTerminal},
	}
	for _, n := range names {
		s.clusters = append(s.clusters, ticks{names: n, settled: map[view.Source]bool{}, checks: findings.Checks(view.Cluster{}, nil)})
	}
	return s
}

// settling judges the snapshot so far again whenever a source is settled. An
// area's mark may still change if a later finding explains it: what counts is
// printed at the end. Nothing depends on this text, so a stream that doesn't
// take it is no error.
func (s *diagnoseScreen) settling(cluster int) func(view.Source, view.Cluster) {
	return func(source view.Source, soFar view.Cluster) {
		checks := findings.Checks(soFar, findings.Judge(soFar))
		s.mu.Lock()
		defer s.mu.Unlock()
		s.clusters[cluster].settled[source] = true
		s.clusters[cluster].checks = checks
		if !s.shown {
			_ = s.screen.draw(s.ticking())
		}
	}
}

// ticking is the areas of a cluster, or of several a line each.
func (s *diagnoseScreen) ticking() string {
	var out strings.Builder
	for _, c := range s.clusters {
		name := fmt.Sprintf("%s (namespace %s)", s.text.bold(c.names.Cluster), c.names.Namespace)
		waiting, worst := 0, findings.Severity("")
		var lines []string
		for _, check := range c.checks {
			line := s.text.check(check)
			if awaited := findings.Awaited(check.Area, c.settled); len(awaited) > 0 {
				waiting++
				line = fmt.Sprintf("· %s: reading %s", check.Area, list(awaited))
			} else if w := check.Worst(); w != "" && (worst == "" || w.Rank() < worst.Rank()) {
				worst = w
			}
			lines = append(lines, "  "+line)
		}
		switch {
		case len(s.clusters) == 1:
			fmt.Fprintf(&out, "%s\n%s\n", name, strings.Join(lines, "\n"))
		case waiting > 0:
			fmt.Fprintf(&out, "· %s: %d of %d areas\n", name, len(lines)-waiting, len(lines))
		default:
			fmt.Fprintf(&out, "%s %s\n", s.text.glyph(worst), name)
		}
	}
	return out.String()
}

func list(sources []view.Source) string {
	names := make([]string, len(sources))
	for i, source := range sources {
		names[i] = string(source)
	}
	return strings.Join(names, ", ")
}

// looked shows a whole diagnosis while more are to come.
func (s *diagnoseScreen) looked(all []diagnosis) error {
	if !s.options.Wait || len(all) == 0 {
		return nil
	}
	var text strings.Builder
	if err := s.text.write(&text, all); err != nil {
		return err
	}
	fmt.Fprintf(&text, "\n%s  every %s until nothing is %s or worse, Ctrl-C ends\n",
		all[0].cluster.Time.Local().Format(time.TimeOnly), waitInterval, s.options.FailOn)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown = true
	return s.screen.draw(text.String())
}

func (s *diagnoseScreen) end() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.screen.wipe(), s.screen.restore())
}
