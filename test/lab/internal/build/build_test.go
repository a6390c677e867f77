package build_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/build"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/places"
)

// checkout makes a project with one module called "tool".
func checkout(t *testing.T) places.Places {
	t.Helper()
	p := places.Places{Checkout: t.TempDir(), Cache: t.TempDir()}
	write(t, p, "go.mod", "module example.com/tool\n\ngo 1.25\n")
	write(t, p, "go.sum", "")
	write(t, p, "main.go", "package main\n\nfunc main() { println(\"one\") }\n")
	return p
}

func write(t *testing.T, p places.Places, name, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(p.Module("tool"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(p.Module("tool"), name), []byte(text), 0o600))
}

func TestPathChangesWithWhatIsBuilt(t *testing.T) {
	t.Parallel()
	p := checkout(t)
	b := build.Builder{Places: p}
	tool := build.Tool{Name: "tool", Module: "tool", Package: ".", Version: "1"}
	first, err := b.Path(tool)
	require.NoError(t, err)
	seen := map[string]bool{first: true}
	for name, change := range map[string]func(*build.Tool){
		"version": func(tool *build.Tool) { tool.Version = "2" },
		"flags":   func(tool *build.Tool) { tool.LDFlags = "-X a.b=c" },
		"module":  func(*build.Tool) { write(t, p, "go.sum", "x\n") },
	} {
		changed := tool
		change(&changed)
		path, err := b.Path(changed)
		require.NoError(t, err)
		assert.False(t, seen[path], name)
		seen[path] = true
	}
}

func TestBuildFillsTheCache(t *testing.T) {
	t.Parallel()
	p := checkout(t)
	b := build.Builder{Places: p}
	tool := build.Tool{Name: "tool", Module: "tool", Package: ".", Version: "1"}
	missing, err := b.Missing([]build.Tool{tool})
	require.NoError(t, err)
	require.Len(t, missing, 1)
	require.NoError(t, b.Build(t.Context(), tool))
	missing, err = b.Missing([]build.Tool{tool})
	require.NoError(t, err)
	assert.Empty(t, missing)
}

func TestFailedBuildLeavesNothing(t *testing.T) {
	t.Parallel()
	p := checkout(t)
	write(t, p, "main.go", "package main\n\nfunc main() { undefined() }\n")
	b := build.Builder{Places: p}
	tool := build.Tool{Name: "tool", Module: "tool", Package: ".", Version: "1"}
	require.ErrorContains(t, b.Build(t.Context(), tool), "building tool 1: running go")
	missing, err := b.Missing([]build.Tool{tool})
	require.NoError(t, err)
	assert.Len(t, missing, 1)
}
