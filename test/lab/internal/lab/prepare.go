package lab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/build"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/image"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/machine"
)

// prepare checks the machine and builds what the cache lacks.
func (l Lab) prepare(ctx context.Context) error {
	tools, err := l.builder().Missing(build.Tools())
	if err != nil {
		return err
	}
	archive, err := l.nifiImage().Archive()
	if err != nil {
		return err
	}
	requirements := machine.ToRun()
	if !exists(archive) {
		requirements = append(requirements, machine.ToBuildImage()...)
	}
	if err := l.install(ctx, machine.Missing(requirements, machine.Has)); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return l.buildTools(ctx, tools) })
	group.Go(func() error { return l.buildImages(ctx, archive) })
	return group.Wait()
}

func (l Lab) install(ctx context.Context, packages []string) error {
	if len(packages) == 0 {
		return nil
	}
	name := "Debian packages installed"
	l.Progress.Say("Installing Debian packages: %s", strings.Join(packages, " "))
	return l.Progress.Step(ctx, name, func(ctx context.Context) error {
		return machine.Install(ctx, packages, l.Places.BuildLog("packages"))
	})
}

// buildTools builds one program after the other: each keeps all CPUs busy.
func (l Lab) buildTools(ctx context.Context, tools []build.Tool) error {
	for _, tool := range tools {
		err := l.Progress.Step(ctx, tool.Name+" "+tool.Version+" built", func(ctx context.Context) error {
			return l.builder().Build(ctx, tool)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (l Lab) buildImages(ctx context.Context, nifiArchive string) error {
	if !exists(l.pauseArchive()) {
		if err := os.MkdirAll(filepath.Dir(l.pauseArchive()), 0o755); err != nil {
			return fmt.Errorf("creating the cache: %w", err)
		}
		err := l.Progress.Step(ctx, "pause image built", func(ctx context.Context) error {
			return image.BuildPause(ctx, l.pauseArchive(), l.Places.Checkout)
		})
		if err != nil {
			return err
		}
	}
	if exists(nifiArchive) {
		return nil
	}
	return l.nifiImage().Build(ctx)
}

func (l Lab) pauseArchive() string { return filepath.Join(l.Places.Cache, "images", "pause-1.tar") }

// linkTools makes the programs known under their plain names, this one too:
// `go run` removes its own when it ends.
func (l Lab) linkTools() error {
	if err := os.MkdirAll(l.Places.Bin(""), 0o755); err != nil {
		return fmt.Errorf("linking the lab's programs: %w", err)
	}
	for _, tool := range build.Tools() {
		path, err := l.builder().Path(tool)
		if err != nil {
			return err
		}
		if err := os.Symlink(path, l.Places.Bin(tool.Name)); err != nil {
			return fmt.Errorf("linking the lab's programs: %w", err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding the lab's own program: %w", err)
	}
	return copyFile(self, l.Places.Bin("lab"))
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("copying %q: %w", from, err)
	}
	if err := os.WriteFile(to, data, 0o755); err != nil {
		return fmt.Errorf("copying %q: %w", from, err)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
