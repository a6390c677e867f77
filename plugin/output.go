package plugin

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// The values of -o.
const (
	outputText  = "text"
	outputTable = "table"
	outputWide  = "wide"
	outputJSON  = "json"
	outputYAML  = "yaml"
	outputName  = "name"
)

func validateOutput(output string, allowed ...string) error {
	if slices.Contains(allowed, output) {
		return nil
	}
	return usagef("--output must be one of %s, not %q", strings.Join(allowed, ", "), output)
}

// printObject writes a document, and nothing else, to w.
func printObject(w io.Writer, output string, object any) error {
	raw, err := json.MarshalIndent(object, "", "  ")
	if err == nil && output == outputYAML {
		raw, err = yaml.JSONToYAML(raw)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, strings.TrimSuffix(string(raw), "\n"))
	return err
}
