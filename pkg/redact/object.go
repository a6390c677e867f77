package redact

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// secretName is a key, or a variable's name, that says its value is secret.
func secretName() *regexp.Regexp {
	return regexp.MustCompile(`(?i)` + secretWord + `$`)
}

// Object is a Kubernetes object, as JSON decodes it, without secrets, the
// fields that only servers need, and the copy of itself that kubectl apply
// keeps in an annotation. Of a Secret it keeps the keys and the sizes.
func (r *Redactor) Object(object map[string]any) map[string]any {
	if object["kind"] == "Secret" {
		object = sizes(object)
	}
	clean, _ := r.walk(object).(map[string]any)
	if data, ok := clean["data"].(map[string]any); ok {
		for key := range data {
			if r.name.MatchString(key) {
				data[key] = Mark
			}
		}
	}
	metadata, _ := clean["metadata"].(map[string]any)
	delete(metadata, "managedFields")
	annotations, _ := metadata["annotations"].(map[string]any)
	delete(annotations, "kubectl.kubernetes.io/last-applied-configuration")
	return clean
}

// walk copies a value with every string of it redacted, and the value of a
// {name, value} pair, which is how containers have variables, by its name.
func (r *Redactor) walk(value any) any {
	switch value := value.(type) {
	case string:
		return r.Text(value)
	case []any:
		list := make([]any, len(value))
		for i, element := range value {
			list[i] = r.walk(element)
		}
		return list
	case map[string]any:
		fields := make(map[string]any, len(value))
		for key, field := range value {
			fields[key] = r.walk(field)
		}
		name, _ := value["name"].(string)
		if text, ok := value["value"].(string); ok && text != "" && r.name.MatchString(name) {
			fields["value"] = Mark
		}
		return fields
	default:
		return value
	}
}

// sizes is a Secret with a list of its keys and their values' sizes in the
// place of the values.
func sizes(secret map[string]any) map[string]any {
	data, _ := secret["data"].(map[string]any)
	keys := []any{}
	for _, key := range slices.Sorted(maps.Keys(data)) {
		text, _ := data[key].(string)
		keys = append(keys, fmt.Sprintf("%s (%d bytes)", key, len(text)/4*3-strings.Count(text, "="))) // of base64
	}
	return map[string]any{
		"apiVersion": secret["apiVersion"], "kind": secret["kind"], "type": secret["type"],
		"metadata": secret["metadata"], "keys": keys,
	}
}
