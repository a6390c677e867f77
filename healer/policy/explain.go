package policy

import (
	"fmt"
	"strings"
)

// Explain is the table for people, as nifi-healer explain prints it.
func Explain() string {
	var text strings.Builder
	text.WriteString("What nifi-healer does about what is found. Of several findings about a pod the\nfirst block that has one of them decides.\n")
	for _, row := range append(Table(), otherwise()) {
		text.WriteString("\n" + row.String())
	}
	return text.String()
}

// String is the row as a block of lines.
func (r Row) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s%s\n", strings.ToUpper(string(r.Deed)), r.limits())
	for _, id := range r.Findings {
		fmt.Fprintf(&text, "  %-14s %s\n", id, id.Definition().Title)
	}
	if len(r.Findings) == 0 {
		text.WriteString("  everything else\n")
	}
	if r.When != "" {
		fmt.Fprintf(&text, "  only if  %s\n", r.When)
	}
	fmt.Fprintf(&text, "  since    %s\n", r.Why)
	return text.String()
}

// limits says how often, and what comes then.
func (r Row) limits() string {
	switch {
	case r.Tries == 0:
		return ""
	case r.AtOnce:
		return fmt.Sprintf(" at once, at most %s; then %s", times(r.Tries), r.Then)
	case r.Then == Restart:
		return fmt.Sprintf(", at most %s; then %s, once; then %s", times(r.Tries), r.Then, Escalate)
	default:
		return fmt.Sprintf(", at most %s; then %s", times(r.Tries), r.Then)
	}
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
