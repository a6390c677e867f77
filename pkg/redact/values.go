package redact

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// shortest is how long a value must be to be looked for everywhere: a shorter
// one would take words of every text with it.
const shortest = 8

// shortestNamed is shortest for a value that is a secret by its key's name.
const shortestNamed = 4

// Values collects what must not be in any text. The zero value is empty.
type Values struct {
	seen map[string]bool
}

// AddSecret adds every value of a Secret: each as it is, each of its lines,
// what it assigns to names of secrets, and all of that in base64 and as JSON
// writes it. Certificates are left out: they are shown to whoever connects.
func (v *Values) AddSecret(data map[string][]byte) {
	v.AddFiles(data)
	for _, value := range data {
		for line := range bytes.Lines(withoutCertificates(value)) {
			v.add(line, shortest)
		}
	}
}

// AddFiles is AddSecret for a Secret of start-up files, whose lines by
// themselves are nobody's secret: `"name": "prod",` stands in other files too.
func (v *Values) AddFiles(data map[string][]byte) {
	name, properties := secretName(), property()
	for key, value := range data {
		private := withoutCertificates(value)
		least := shortest
		if name.MatchString(key) {
			least = shortestNamed
		}
		v.add(private, least)
		for _, pattern := range []*regexp.Regexp{setting(), assignment()} {
			for _, match := range pattern.FindAllString(string(private), -1) {
				v.add([]byte(assignedText(match)), shortestNamed)
			}
		}
		for _, match := range properties.FindAllString(string(private), -1) {
			v.add([]byte(elementText(match)), shortestNamed)
		}
	}
}

// add adds a value in all its forms. A number is only added where its name
// says that it is secret, which is when so few characters are enough.
func (v *Values) add(value []byte, least int) {
	value = bytes.TrimSpace(value)
	text := string(value)
	number := strings.Trim(text, "0123456789.") == ""
	if len(value) < least || harmless(text) || strings.HasPrefix(text, "-----BEGIN ") && !strings.Contains(text, "\n") ||
		strings.HasPrefix(text, "-----END ") || number && least > shortestNamed {
		return
	}
	if v.seen == nil {
		v.seen = map[string]bool{}
	}
	if utf8.Valid(value) {
		v.seen[text] = true
		if quoted, err := json.Marshal(text); err == nil {
			v.seen[string(quoted[1:len(quoted)-1])] = true
		}
	}
	for _, form := range [][]byte{value, append(slices.Clone(value), '\n')} {
		v.seen[base64.StdEncoding.EncodeToString(form)] = true
		v.seen[base64.RawStdEncoding.EncodeToString(form)] = true
		v.seen[base64.RawURLEncoding.EncodeToString(form)] = true
	}
}

// replacer replaces the longest values first: a whole key before its lines.
func (v *Values) replacer() *strings.Replacer {
	all := make([]string, 0, len(v.seen))
	for value := range v.seen {
		all = append(all, value)
	}
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	pairs := make([]string, 0, 2*len(all))
	for _, value := range all {
		pairs = append(pairs, value, Mark)
	}
	return strings.NewReplacer(pairs...)
}

// withoutCertificates is a text with its PEM certificates taken out.
func withoutCertificates(text []byte) []byte {
	const begin = "-----BEGIN CERTIFICATE-----"
	if !bytes.Contains(text, []byte(begin)) {
		return text
	}
	var private []byte
	for {
		before, _, found := bytes.Cut(text, []byte(begin))
		private = append(private, before...)
		if !found {
			return private
		}
		text = text[len(before):]
		block, rest := pem.Decode(text)
		if block == nil || block.Type != "CERTIFICATE" {
			return append(private, text...)
		}
		text = rest
	}
}
