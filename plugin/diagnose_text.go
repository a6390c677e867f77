package plugin

import (
	"fmt"
	"io"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
)

// diagnoseText writes diagnoses for people: the areas, ticked off, then what
// is wrong, how we know, and what to do.
type diagnoseText struct {
	palette
	verbose bool
}

func (t diagnoseText) write(w io.Writer, all []diagnosis) error {
	var blocks []string
	for _, d := range all {
		blocks = append(blocks, t.cluster(d))
	}
	if len(all) == 0 {
		blocks = []string{"There is no NiFi cluster.\n"}
	}
	_, err := io.WriteString(w, strings.Join(blocks, "\n"))
	return err
}

func (t diagnoseText) cluster(d diagnosis) string {
	var out strings.Builder
	phase, message := d.cluster.Phase()
	fmt.Fprintf(&out, "%s (namespace %s): %s, %s\n", t.bold(d.cluster.Names.Cluster), d.cluster.Names.Namespace, phase, message)
	for _, check := range findings.Checks(d.cluster, d.findings) {
		fmt.Fprintf(&out, "  %s\n", t.check(check))
	}
	out.WriteString(t.findings(d.findings))
	return out.String()
}

// check is an area's line.
func (t diagnoseText) check(c findings.Check) string {
	mark := t.glyph(c.Worst())
	if len(c.Findings) == 0 && len(c.Unread) > 0 {
		mark = t.warn("?") // nothing found, but not everything was read
	}
	line := mark + " " + c.Area
	if len(c.Findings) > 0 {
		line += fmt.Sprintf(": %s", plural(len(c.Findings), "finding"))
	}
	if len(c.Unread) > 0 {
		var sources []string
		for _, e := range c.Unread {
			sources = append(sources, string(e.Source))
		}
		line += fmt.Sprintf(" (could not read %s)", strings.Join(sources, ", "))
	}
	return line
}

// glyph is the mark of a severity; a tick for none.
func (t diagnoseText) glyph(severity findings.Severity) string {
	switch severity {
	case findings.Critical:
		return t.bad("✗")
	case findings.Warning:
		return t.warn("!")
	case findings.Info:
		return "i"
	default:
		return t.good("✓")
	}
}

// findings is the list of what is wrong, worst first, and the sum.
func (t diagnoseText) findings(all []findings.Finding) string {
	var out strings.Builder
	explained := 0
	for i, f := range all {
		if f.HiddenBy != "" {
			explained++
			if !t.verbose {
				continue
			}
		}
		if i == 0 || all[i-1].ID != f.ID || all[i-1].HiddenBy != f.HiddenBy {
			out.WriteString("\n" + t.title(f))
		}
		out.WriteString(t.finding(f))
	}
	out.WriteString("\n" + t.sum(all, explained) + "\n")
	return out.String()
}

func (t diagnoseText) title(f findings.Finding) string {
	d := f.ID.Definition()
	line := fmt.Sprintf("%s %s %s: %s", t.glyph(d.Severity), t.bold(string(d.ID)), d.Severity, d.Title)
	if f.HiddenBy != "" {
		line += fmt.Sprintf(" (explained by %s)", f.HiddenBy)
	}
	return line + "\n  see " + d.Anchor() + "\n"
}

func (t diagnoseText) finding(f findings.Finding) string {
	var out strings.Builder
	if f.Subject != "" {
		fmt.Fprintf(&out, "  %s\n", f.Subject)
	}
	for _, line := range f.Evidence {
		fmt.Fprintf(&out, "    %s\n", line)
	}
	fmt.Fprintf(&out, "    → %s\n", f.Remedy)
	return out.String()
}

// sum is the last line.
func (t diagnoseText) sum(all []findings.Finding, explained int) string {
	if len(all) == 0 {
		return t.good("No findings.")
	}
	counts := findings.Count(all)
	var parts []string
	for _, severity := range findings.Severities() {
		if counts[severity] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[severity], severity))
		}
	}
	line := strings.Join(parts, ", ") + "."
	if explained > 0 && !t.verbose {
		line += fmt.Sprintf(" %s that follow from these: -v shows them.", plural(explained, "more"))
	}
	return line
}

func plural(n int, word string) string {
	if n == 1 || word == "more" {
		return fmt.Sprintf("%d %s", n, word)
	}
	return fmt.Sprintf("%d %ss", n, word)
}
