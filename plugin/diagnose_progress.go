package plugin

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// progress is what a person sees on stderr while diagnose looks.
type progress interface {
	// settling is told of the sources of a cluster while it is read; nil: not at all.
	settling(cluster int) func(view.Source, view.Cluster)
	// looked is told the diagnoses of a whole look.
	looked(all []diagnosis) error
	// end takes away what will be printed as a result.
	end() error
}

// progress is live on a terminal, a line for each change while waiting
// elsewhere, and nothing beside a document.
func (o *diagnoseOptions) progress(names []topology.Names) progress {
	switch {
	case o.Output != outputText:
		return silence{}
	case o.env.ErrTerminal != nil && o.env.Getenv("TERM") != "dumb":
		return newDiagnoseScreen(o, names)
	case o.Wait:
		return &diagnoseLines{out: o.env.ErrOut}
	default:
		return silence{}
	}
}

// silence shows nothing.
type silence struct{}

func (silence) settling(int) func(view.Source, view.Cluster) { return nil }
func (silence) looked([]diagnosis) error                     { return nil }
func (silence) end() error                                   { return nil }

// diagnoseLines tells which findings came and went since the look before.
type diagnoseLines struct {
	silence
	out  io.Writer
	last [][]string
}

func (l *diagnoseLines) looked(all []diagnosis) error {
	if l.last == nil {
		l.last = make([][]string, len(all))
	}
	for i, d := range all {
		now := shown(d.findings)
		changes := append(less("+", now, l.last[i]), less("-", l.last[i], now)...)
		l.last[i] = now
		if len(changes) == 0 {
			continue
		}
		if _, err := fmt.Fprintf(l.out, "%s %s/%s: %s; %s\n", d.cluster.Time.UTC().Format(time.RFC3339),
			d.cluster.Names.Namespace, d.cluster.Names.Cluster, strings.Join(changes, ", "), plural(len(now), "finding")); err != nil {
			return err
		}
	}
	return nil
}

// shown names the findings that no other one explains.
func shown(all []findings.Finding) []string {
	var names []string
	for _, f := range all {
		if f.HiddenBy == "" {
			names = append(names, strings.TrimSpace(string(f.ID)+" "+f.Subject))
		}
	}
	slices.SortFunc(names, cmp.Compare)
	return slices.Compact(names)
}

// less is what is in a and not in b, each behind a mark.
func less(mark string, a, b []string) []string {
	var rest []string
	for _, one := range a {
		if !slices.Contains(b, one) {
			rest = append(rest, mark+one)
		}
	}
	return rest
}
