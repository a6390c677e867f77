package image

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/command"
)

// Store is a node's containerd: where it listens and where it keeps images.
type Store struct{ Socket, Root string }

// Ctr runs containerd's own client in the namespace that Kubernetes uses.
func (s Store) Ctr(ctx context.Context, args ...string) (string, error) {
	return command.Run(ctx, append([]string{"ctr", "--address", s.Socket, "--namespace", "k8s.io"}, args...)...)
}

// Import loads an image archive, whether it was loaded before or not.
func (s Store) Import(ctx context.Context, archive string) error {
	if _, err := s.Ctr(ctx, "images", "import", archive); err != nil {
		return fmt.Errorf("importing %q: %w", archive, err)
	}
	return nil
}

// Ensure makes the store hold archives of the cache and no other image. An
// archive's name says what is in it, and a mark in the store remembers it.
func (s Store) Ensure(ctx context.Context, archives ...string) error {
	if s.marked(archives) {
		return nil
	}
	if err := s.empty(ctx); err != nil {
		return err
	}
	for _, archive := range archives {
		if err := s.Import(ctx, archive); err != nil {
			return err
		}
		if err := os.WriteFile(s.mark(archive), nil, 0o600); err != nil {
			return fmt.Errorf("remembering the import of %q: %w", archive, err)
		}
	}
	return nil
}

// empty removes every image and every mark.
func (s Store) empty(ctx context.Context) error {
	names, err := s.Ctr(ctx, "images", "ls", "-q")
	if err != nil {
		return fmt.Errorf("listing images: %w", err)
	}
	if old := strings.Fields(names); len(old) > 0 {
		if _, err := s.Ctr(ctx, append([]string{"images", "rm"}, old...)...); err != nil {
			return fmt.Errorf("removing old images: %w", err)
		}
	}
	marks, err := filepath.Glob(s.mark("*"))
	if err != nil {
		return fmt.Errorf("listing imports: %w", err)
	}
	for _, mark := range marks {
		if err := os.Remove(mark); err != nil {
			return fmt.Errorf("forgetting imports: %w", err)
		}
	}
	return nil
}

func (s Store) marked(archives []string) bool {
	for _, archive := range archives {
		if _, err := os.Stat(s.mark(archive)); err != nil {
			return false
		}
	}
	return true
}

func (s Store) mark(archive string) string {
	return filepath.Join(s.Root, "imported-"+filepath.Base(archive))
}
