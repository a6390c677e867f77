package overlay

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"unicode/utf16"

	"github.com/kubectl-nifi/kubectl-nifi/kustomize"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// Files are the contents of an overlay by path below its folder, with slashes.
type Files map[string][]byte

// Render makes every file of the overlay but the document itself. Secrets must
// hold what the cluster's log-in and key need; see Secrets.Complete.
func Render(c topology.Cluster, secrets Secrets) (Files, error) {
	v := values{Cluster: c, access: accessFor(c), PasswordHash: secrets.PasswordHash}
	files := Files{}
	sources := map[string]string{"base": "generated", "secrets": "secrets", "overlay": "."}
	for _, component := range v.Components() {
		sources["components/"+component] = "generated/components/" + component
	}
	for from, to := range sources {
		if err := renderTree(files, kustomize.Files, from, to, v); err != nil {
			return nil, err
		}
	}
	if v.SingleUser() {
		files[passwordFile] = []byte(secrets.Password + "\n")
		files[hashFile] = []byte(secrets.PasswordHash + "\n" + secrets.HashOf + "\n")
	} else {
		delete(files, "secrets/login-identity-providers.xml")
	}
	if v.FromNiFiCA() {
		files[tokenFile] = []byte(secrets.CAToken + "\n")
	}
	if v.SelfSigned() {
		secrets.addTo(files)
	}
	if v.GeneratesKey() {
		files[keyFile] = []byte(secrets.SensitiveKey + "\n")
	}
	return files, nil
}

func renderTree(files Files, tree fs.FS, from, to string, v any) error {
	return fs.WalkDir(tree, from, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		rendered, err := execute(name, string(text), v)
		files[path.Join(to, strings.TrimPrefix(name, from))] = rendered
		return err
	})
}

func execute(name, text string, v any) ([]byte, error) {
	t, err := template.New(name).Option("missingkey=error").Funcs(template.FuncMap{
		"q":        strconv.Quote,
		"json":     toJSON,
		"xml":      escapeXML,
		"property": escapeProperty,
	}).Parse(text)
	if err != nil {
		return nil, fmt.Errorf("parsing template %q: %w", name, err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, v); err != nil {
		return nil, fmt.Errorf("rendering template %q: %w", name, err)
	}
	return bytes.TrimLeft(out.Bytes(), "\n"), nil
}

func toJSON(value any) (string, error) {
	text, err := json.Marshal(value) // maps come out sorted by key
	return string(text), err
}

func escapeXML(text string) (string, error) {
	var out strings.Builder
	err := xml.EscapeText(&out, []byte(text))
	return out.String(), err
}

// escapeProperty writes a value as java.util.Properties reads it back:
// ISO-8859-1, with a backslash before a backslash and \uXXXX for the rest.
func escapeProperty(text string) string {
	var out strings.Builder
	for _, unit := range utf16.Encode([]rune(text)) {
		switch {
		case unit == '\\':
			out.WriteString(`\\`)
		case unit < ' ' || unit > '~':
			fmt.Fprintf(&out, `\u%04X`, unit)
		default:
			out.WriteByte(byte(unit))
		}
	}
	return out.String()
}

// Paths are the files' names in order.
func (f Files) Paths() []string {
	paths := make([]string, 0, len(f))
	for name := range f {
		paths = append(paths, name)
	}
	slices.Sort(paths)
	return paths
}
