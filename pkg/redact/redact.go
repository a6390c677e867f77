// Package redact takes secrets out of texts: by what they look like, and by
// what they are, where the values of a cluster's Secrets are known. It is pure:
// the same values and text give the same text.
package redact

import (
	"regexp"
	"strings"
)

// Mark stands where a secret was.
const Mark = "[redacted]"

// Redactor takes secrets out of texts. It is safe for concurrent use.
type Redactor struct {
	known *strings.Replacer
	rules []rule
	lines []lineRule
	name  *regexp.Regexp // of what is secret
}

// New makes a redactor that knows these values beside what all redactors know.
func New(values Values) *Redactor {
	return &Redactor{known: values.replacer(), rules: rules(), lines: lineRules(), name: secretName()}
}

// Text is the text without secrets. Known values go first: what is left of a
// text by then still looks like what the rules look for.
func (r *Redactor) Text(text string) string {
	text = r.known.Replace(text)
	for _, rule := range r.rules {
		text = rule.apply(text)
	}
	var out strings.Builder
	out.Grow(len(text))
	for line := range strings.Lines(text) {
		lower := strings.ToLower(line)
		for _, rule := range r.lines {
			line = rule.apply(line, lower)
		}
		out.WriteString(line)
	}
	return out.String()
}
