package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/command"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/places"
)

// Builder builds tools into the cache.
type Builder struct{ Places places.Places }

// Path is where a tool's program lies in the cache. The name changes with the
// version, the module's files, the flags and the Go release.
func (b Builder) Path(t Tool) (string, error) {
	sum := sha256.New()
	fmt.Fprintln(sum, t.Package, t.LDFlags, runtime.Version(), runtime.GOARCH)
	for _, name := range []string{"go.mod", "go.sum", "main.go"} {
		data, err := os.ReadFile(filepath.Join(b.Places.Module(t.Module), name))
		if os.IsNotExist(err) && name == "main.go" {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("reading the module of %s: %w", t.Name, err)
		}
		sum.Write(data)
	}
	key := hex.EncodeToString(sum.Sum(nil))[:8]
	return filepath.Join(b.Places.Cache, "bin", fmt.Sprintf("%s-%s-%s", t.Name, t.Version, key)), nil
}

// Missing lists the tools that the cache lacks.
func (b Builder) Missing(tools []Tool) ([]Tool, error) {
	var missing []Tool
	for _, t := range tools {
		path, err := b.Path(t)
		if err != nil {
			return nil, err
		}
		if _, err := os.Stat(path); err != nil {
			missing = append(missing, t)
		}
	}
	return missing, nil
}

// Build compiles a tool statically and moves it into the cache when it is
// whole.
func (b Builder) Build(ctx context.Context, t Tool) error {
	path, err := b.Path(t)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("creating the cache: %w", err)
	}
	partial := path + ".partial"
	_, err = command.Cmd{
		Args: []string{"go", "build", "-mod=readonly", "-trimpath", "-buildvcs=false",
			"-ldflags", strings.TrimSpace("-s -w " + t.LDFlags), "-o", partial, t.Package},
		Dir: b.Places.Module(t.Module),
		Env: []string{"CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=", "GOOS=linux"},
		Log: b.Places.BuildLog(t.Name),
	}.Run(ctx)
	if err != nil {
		return fmt.Errorf("building %s %s: %w", t.Name, t.Version, err)
	}
	return os.Rename(partial, path)
}
