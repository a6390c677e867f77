// Package test holds what concerns the project as a whole.
package test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/kubectl-nifi/kubectl-nifi"

// TestDependencies holds the layers apart: packages that decide know neither
// the command line nor Kubernetes' client, and only adapters know the latter.
func TestDependencies(t *testing.T) {
	t.Parallel()
	const cobra, clientGo, kubectl = "github.com/spf13/cobra", "k8s.io/client-go", "k8s.io/kubectl"
	for pkg, deps := range dependencies(t, module+"/pkg/...") {
		forbidden := []string{cobra, kubectl, module + "/plugin", module + "/healer"}
		if !strings.HasPrefix(pkg, module+"/pkg/kube") {
			forbidden = append(forbidden, clientGo)
		}
		for _, dep := range deps {
			for _, prefix := range forbidden {
				assert.False(t, within(dep, prefix), "%s must not depend on %s", pkg, dep)
			}
		}
	}
	for pkg, deps := range dependencies(t, module+"/plugin") {
		for _, dep := range deps {
			// kubectl's own packages would make every start slow.
			assert.False(t, within(dep, kubectl), "%s must not depend on %s", pkg, dep)
		}
	}
}

// dependencies lists what each package of a pattern is built from, tests aside.
func dependencies(t *testing.T, pattern string) map[string][]string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}} {{join .Deps " "}}`, pattern).Output()
	require.NoError(t, err)
	all := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		all[words[0]] = words[1:]
	}
	require.NotEmpty(t, all)
	return all
}

func within(pkg, prefix string) bool { return pkg == prefix || strings.HasPrefix(pkg, prefix+"/") }
