package bundle

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/redact"
)

// index is the archive's table of contents, in Markdown.
func (a *Archive) index(title string) string {
	var out strings.Builder
	fmt.Fprintf(&out, "# %s\n\nTaken at %s. Start with `view.json`: the cluster as Kubernetes, its coordinator and each node saw it.\n",
		title, a.time.UTC().Format(time.RFC3339))
	slices.SortFunc(a.entries, func(x, y entry) int { return cmp.Compare(x.name, y.name) })
	out.WriteString("\n## What is in it\n\n| file | what it is | bytes | redacted |\n|---|---|---|---|\n")
	for _, e := range a.entries {
		fmt.Fprintf(&out, "| %s | %s | %d | %d |\n", e.name, e.about, e.bytes, e.marks)
	}
	out.WriteString("\n## What was redacted\n\n" + redacted + "\n## What could not be had\n\n")
	if len(a.missing) == 0 {
		out.WriteString("Nothing is missing.\n")
	}
	slices.SortFunc(a.missing, func(x, y gap) int { return cmp.Compare(x.what, y.what) })
	for _, gap := range a.missing {
		fmt.Fprintf(&out, "- %s: %s\n", gap.what, strings.Join(strings.Fields(gap.why), " "))
	}
	return out.String()
}

// redacted is how secrets were taken out, for who is to send the archive.
const redacted = "`" + redact.Mark + "` stands for a secret. Of Secrets only names, keys and sizes are here. In every file these were taken out: " +
	"private keys, values of properties and fields called password, passphrase, token, secret, API key or the like, `nifi.sensitive.props.key`, " +
	"bearer tokens and JWTs, cookies, bcrypt hashes, encrypted properties, log-ins in URLs, and each value of the cluster's Secrets that could be read, " +
	"with each of its lines, plain and in base64. Certificates, names and addresses are left: read the files before you send them on.\n"

// marks counts the secrets that were taken out of a text.
func marks(text string) int { return strings.Count(text, redact.Mark) }
