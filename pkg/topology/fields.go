package topology

import (
	"fmt"
	"reflect"
	"sort"
	"strings"

	"github.com/agnivade/levenshtein"
	"go.yaml.in/yaml/v3"
)

// FieldError is one rule broken by one field, with its place in the file.
type FieldError struct {
	File    string // "" when the value came from a flag or a default
	Line    int    // 0 when the field isn't written in the file
	Field   string // "spec.replicas"
	Message string
}

func (e *FieldError) Error() string {
	var place string
	switch {
	case e.File != "" && e.Line > 0:
		place = fmt.Sprintf("%s:%d: ", e.File, e.Line)
	case e.File != "":
		place = e.File + ": "
	}
	if e.Field == "" {
		return place + e.Message
	}
	return place + e.Field + ": " + e.Message
}

// Errorf is the error of one field, with the line it stands on.
func (f *File) Errorf(field, format string, args ...any) error {
	return f.errorAt(f.node(field), field, format, args...)
}

func (f *File) errorAt(node *yaml.Node, field, format string, args ...any) error {
	err := &FieldError{File: f.Name, Field: field, Message: fmt.Sprintf(format, args...)}
	if node != nil {
		err.Line = node.Line
	}
	return err
}

// checkKnown walks the tree beside the type it is to be decoded into and stops
// at the first field the type doesn't have.
func (f *File) checkKnown(node *yaml.Node, t reflect.Type, path string) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if t.Kind() != reflect.Struct || node.Kind != yaml.MappingNode {
		return nil
	}
	known := fieldTypes(t)
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		field := strings.TrimPrefix(path+"."+key.Value, ".")
		fieldType, ok := known[key.Value]
		if !ok {
			return f.errorAt(key, field, "no such field%s", suggestion(key.Value, known))
		}
		if err := f.checkKnown(value, fieldType, field); err != nil {
			return err
		}
	}
	return nil
}

func fieldTypes(t reflect.Type) map[string]reflect.Type {
	fields := make(map[string]reflect.Type, t.NumField())
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		fields[name] = t.Field(i).Type
	}
	return fields
}

// suggestion names the nearest known field, or all of them when none is near.
func suggestion(unknown string, known map[string]reflect.Type) string {
	names := make([]string, 0, len(known))
	for name := range known {
		names = append(names, name)
	}
	sort.Strings(names)
	if near := nearest(unknown, names); near != "" {
		return near
	}
	return "; known here: " + strings.Join(names, ", ")
}

// nearest asks whether the known name that is least unlike was meant; empty if
// none is near.
func nearest(unknown string, known []string) string {
	best, distance := "", len(unknown)/2+1
	for _, name := range known {
		if d := levenshtein.ComputeDistance(strings.ToLower(unknown), strings.ToLower(name)); d < distance {
			best, distance = name, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}
