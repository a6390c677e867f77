package build

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/command"
)

// certManager is the name of the tool, and crds the folder of its module with
// the definitions of its resources.
const (
	certManager       = "cert-manager"
	certManagerModule = "github.com/cert-manager/cert-manager"
	crds              = "deploy/crds"
)

// CRDs is the folder in the cache with cert-manager's CustomResourceDefinitions,
// copied from its module when they aren't there yet.
func (b Builder) CRDs(ctx context.Context) (string, error) {
	tool, err := find(certManager)
	if err != nil {
		return "", err
	}
	program, err := b.Path(tool)
	if err != nil {
		return "", err
	}
	dir := program + "-crds"
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	source, err := b.moduleDir(ctx, tool.Module, certManagerModule)
	if err != nil {
		return "", err
	}
	partial := dir + ".partial"
	if err := os.RemoveAll(partial); err != nil {
		return "", fmt.Errorf("copying CRDs: %w", err)
	}
	if err := os.CopyFS(partial, os.DirFS(filepath.Join(source, crds))); err != nil {
		return "", fmt.Errorf("copying CRDs: %w", err)
	}
	return dir, os.Rename(partial, dir)
}

// find is the tool of that name.
func find(name string) (Tool, error) {
	for _, tool := range Tools() {
		if tool.Name == name {
			return tool, nil
		}
	}
	return Tool{}, fmt.Errorf("no tool is called %q", name)
}

// moduleDir is where Go keeps the source of a module that another is built
// from. It is downloaded if need be.
func (b Builder) moduleDir(ctx context.Context, module, path string) (string, error) {
	for _, args := range [][]string{{"mod", "download", path}, {"list", "-mod=readonly", "-m", "-f", "{{.Dir}}", path}} {
		out, err := command.Cmd{
			Args: append([]string{"go"}, args...),
			Dir:  b.Places.Module(module),
			Env:  []string{"GOWORK=off", "GOFLAGS="},
		}.Run(ctx)
		if err != nil {
			return "", fmt.Errorf("finding the source of %s: %w", path, err)
		}
		if dir := strings.TrimSpace(out); dir != "" {
			return dir, nil
		}
	}
	return "", fmt.Errorf("finding the source of %s: go list names no folder", path)
}
