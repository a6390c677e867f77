package topology

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// File is a NiFiCluster document together with the text it was read from, so
// that errors can name a line and edits keep the author's comments.
type File struct {
	Name     string // as the user knows it; only used in errors
	Document Document

	root *yaml.Node // the document's mapping
}

// Parse reads exactly one NiFiCluster document. Unknown fields, duplicates and
// values of the wrong type are errors that name their line.
func Parse(name string, text []byte) (*File, error) {
	var tree yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&tree); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s: the file is empty: write a %s document", name, Kind)
		}
		return nil, yamlError(name, err)
	}
	if err := decoder.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: holds more than one YAML document: keep one %s a file", name, Kind)
	}
	file := &File{Name: name, root: tree.Content[0]}
	if file.root.Kind != yaml.MappingNode {
		return nil, file.errorAt(file.root, "", "is not a %s document", Kind)
	}
	if err := file.checkKind(); err != nil {
		return nil, err
	}
	if err := file.checkKnown(file.root, reflect.TypeOf(Document{}), ""); err != nil {
		return nil, err
	}
	if err := tree.Decode(&file.Document); err != nil {
		return nil, yamlError(name, err)
	}
	return file, nil
}

// NewFile is the document that flags alone describe.
func NewFile(name string) *File {
	file := &File{root: &yaml.Node{Kind: yaml.MappingNode}}
	file.Set(APIVersion, "apiVersion")
	file.Set(Kind, "kind")
	file.Set(name, "metadata", "name")
	return file
}

// Bytes is the document as YAML, comments kept.
func (f *File) Bytes() ([]byte, error) {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(f.root); err != nil {
		return nil, fmt.Errorf("writing %s %q: %w", Kind, f.Document.Metadata.Name, err)
	}
	return out.Bytes(), nil
}

// Decode brings Document up to date with edits made by Set and Remove.
func (f *File) Decode() error {
	f.Document = Document{}
	if err := f.root.Decode(&f.Document); err != nil {
		return yamlError(f.Name, err)
	}
	return nil
}

// checkKind comes before every other check: a Deployment given by mistake
// should be told so, not that "spec.template" is unknown.
func (f *File) checkKind() error {
	kind, version := f.node("kind"), f.node("apiVersion")
	if kind == nil || kind.Value != Kind {
		return f.errorAt(orRoot(kind, f.root), "kind", "must be %s", Kind)
	}
	if version == nil || (version.Value != APIVersion && version.Value != LegacyAPIVersion) {
		return f.errorAt(orRoot(version, f.root), "apiVersion", "must be %s", APIVersion)
	}
	return nil
}

func orRoot(node, root *yaml.Node) *yaml.Node {
	if node == nil {
		return root
	}
	return node
}

// yamlError makes one line of the YAML library's error and puts the file's
// name before the line number it already has.
func yamlError(name string, err error) error {
	var typed *yaml.TypeError
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if errors.As(err, &typed) && len(typed.Errors) > 0 {
		text = strings.Join(typed.Errors, "; ")
	}
	return fmt.Errorf("%s: %s", name, text)
}
