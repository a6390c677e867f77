package image

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/command"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/versions"
)

// BuildPause writes the image of a pod's sandbox, built from the program in
// the given package of the checkout.
func BuildPause(ctx context.Context, file, checkout string) error {
	dir, err := os.MkdirTemp(filepath.Dir(file), "pause-")
	if err != nil {
		return fmt.Errorf("building the pause image: %w", err)
	}
	defer os.RemoveAll(dir)
	root := filepath.Join(dir, "root")
	_, err = command.Cmd{
		Args: []string{"go", "build", "-trimpath", "-ldflags", "-s -w", "-o", filepath.Join(root, "pause"), "./test/lab/pause"},
		Dir:  checkout,
		Env:  []string{"CGO_ENABLED=0", "GOOS=linux"},
	}.Run(ctx)
	if err != nil {
		return fmt.Errorf("building the pause image: %w", err)
	}
	layer := filepath.Join(dir, "layer.tar")
	if err := CreateLayer(layer, Tree{FS: os.DirFS(root), Owner: 0}); err != nil {
		return err
	}
	return WriteArchive(file, []string{versions.PauseImage}, Config{Entrypoint: []string{"/pause"}, User: "65535:65535"}, layer)
}

// CreateLayer writes a layer to a file, which appears when it is whole.
func CreateLayer(file string, trees ...Tree) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("creating layer: %w", err)
	}
	out, err := os.Create(file + ".partial")
	if err != nil {
		return fmt.Errorf("creating layer: %w", err)
	}
	defer out.Close()
	if err := WriteLayer(out, trees...); err != nil {
		return err
	}
	return os.Rename(out.Name(), file)
}
