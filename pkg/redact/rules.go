package redact

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
)

// rule finds one kind of secret by its look. keep is what of a match stays.
type rule struct {
	hint    string // stands in every text that the pattern matches
	pattern *regexp.Regexp
	keep    func(match string) string
}

func (r rule) apply(text string) string {
	if !strings.Contains(text, r.hint) {
		return text
	}
	return r.pattern.ReplaceAllStringFunc(text, r.keep)
}

// lineRule is a rule whose pattern ignores case and stays within a line. Such
// patterns are slow and most lines hold none of their words, in lower case.
type lineRule struct {
	words   []string
	pattern *regexp.Regexp
	keep    func(match string) string
}

func (r lineRule) apply(line, lower string) string {
	if !slices.ContainsFunc(r.words, func(word string) bool { return strings.Contains(lower, word) }) {
		return line
	}
	return r.pattern.ReplaceAllStringFunc(line, r.keep)
}

// secretWord is the end of what a property, a field or a variable is called
// that holds a secret: passwordSecretRef and secretName hold none.
const secretWord = `(?:passwd|password|passphrase|secret|token|sensitive\.props\.key|sensitive-props-key|` +
	`(?:api|access|private|secret|encryption|account)[-_.]?key)`

// value is what stands behind such a name: quoted, with the quotes escaped
// inside of another string or not, or up to the next blank or separator.
const value = `(?:\\*"(?:[^"\\\n]|\\[^"\n])*\\*"|'[^'\n]*'|[^\s"',;<>&\[\]{}\\]+)`

// assignment is `name = value` or `"name": "value"`, on one line.
func assignment() *regexp.Regexp {
	return regexp.MustCompile(`(?i)` + secretWord + `\\*["']?[ \t]*[=:][ \t]*` + value)
}

// setting is an assignment that has its line, in a file or in a log, to itself:
// the value goes on to the line's end, blanks and all.
func setting() *regexp.Regexp {
	return regexp.MustCompile(`(?im)^(?:[0-9T:.-]+Z )?[ \t-]*[\w.\-]*` + secretWord + `[ \t]*[=:][ \t]*[^\r\n]+`)
}

// property is the XML of NiFi's configuration, <property name="Password">value<.
func property() *regexp.Regexp {
	return regexp.MustCompile(`(?i)name="[\w.\- ]*` + secretWord + `"[^<>\n]*>[^<\n]+<`)
}

// rules is every kind of secret that is known by its look and may span lines,
// or by its characters alone.
func rules() []rule {
	return []rule{
		{"PRIVATE KEY-----", regexp.MustCompile(`(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\z)`), whole},
		{"PRIVATE KEY-----", regexp.MustCompile(`[A-Za-z0-9+/=\s]*-----END [A-Z0-9 ]*PRIVATE KEY-----`), whole}, // its beginning was cut off
		{"LS0tLS1CRUdJTi", regexp.MustCompile(`LS0tLS1CRUdJTi[A-Za-z0-9+/=_-]+`), encodedKey},                   // "-----BEGIN" in base64
		{"eyJ", regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*`), whole},         // RFC 7519
		{"$2", regexp.MustCompile(`\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}`), whole},                                // bcrypt
		{"enc{", regexp.MustCompile(`enc\{[0-9A-Fa-f]+\}`), whole},                                              // a sensitive property in NiFi's flow
		{"://", regexp.MustCompile(`://[^\s/:@]+:[^\s/@]+@`), func(string) string { return "://" + Mark + "@" }},
	}
}

// lineRules is every kind of secret that words beside it give away.
func lineRules() []lineRule {
	words := []string{"passw", "passphrase", "secret", "token", "key"} // of secretWord
	return []lineRule{
		{[]string{"bearer"}, regexp.MustCompile(`(?i)\bbearer +[A-Za-z0-9._~+/=-]{16,}`), upTo(" ")}, // RFC 6750
		{[]string{"authorization", "cookie"}, regexp.MustCompile(`(?i)\b(?:authorization|cookie)\\*"?[ \t]*[:=][ \t]*[^\r\n"\\]+`), upTo(":=")},
		{words, setting(), assigned},
		{words, assignment(), assigned},
		{words, property(), element},
	}
}

func whole(string) string { return Mark }

// upTo keeps a match up to the first of these characters.
func upTo(of string) func(string) string {
	return func(match string) string { return match[:strings.IndexAny(match, of)+1] + Mark }
}

// assigned keeps the name and the sign, and what is no secret.
func assigned(match string) string {
	text := assignedText(match)
	if harmless(text) {
		return match
	}
	at := strings.LastIndex(match, text)
	return match[:at] + Mark + match[at+len(text):]
}

// harmless tells a value that is no secret whatever its name: none at all, a
// mark, a truth value, or the path of a file in a container.
func harmless(text string) bool {
	switch strings.ToLower(text) {
	case "", "true", "false", "null", "none", Mark:
		return true
	}
	root, _, deep := strings.Cut(strings.TrimPrefix(text, "/"), "/")
	return deep && strings.HasPrefix(text, "/") && slices.Contains([]string{"etc", "opt", "var", "run"}, root)
}

// assignedText is the value of an assignment: what follows the first sign
// after its name.
func assignedText(match string) string {
	if stamp, rest, found := strings.Cut(match, "Z "); found && strings.Trim(stamp, "0123456789T:.-") == "" {
		match = rest
	}
	return strings.Trim(match[strings.IndexAny(match, "=:")+1:], " \t\\\"'")
}

// element keeps the tags of a property.
func element(match string) string { return match[:strings.LastIndexByte(match, '>')+1] + Mark + "<" }

// elementText is the value of a property.
func elementText(match string) string {
	return strings.TrimSuffix(match[strings.LastIndexByte(match, '>')+1:], "<")
}

// encodedKey keeps PEM in base64 that holds no private key.
func encodedKey(match string) string {
	text, _ := base64.StdEncoding.DecodeString(match[:len(match)/4*4])
	if len(text) > 0 && !strings.Contains(string(text), "PRIVATE KEY") {
		return match
	}
	return Mark
}
