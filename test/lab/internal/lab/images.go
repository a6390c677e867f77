package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/command"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/machine"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/versions"
)

// errNoEngine means that an image was named that nobody here can provide.
var errNoEngine = errors.New("neither a file nor an image of docker or podman here: give the path of an archive that `docker save` wrote")

// LoadImage gives every node an image: from an archive, the lab's own by its
// name, or one of a local docker or podman.
func (l Lab) LoadImage(ctx context.Context, ref string) error {
	if running, _, err := l.running(); err != nil || !running {
		return errors.Join(err, ErrNotRunning)
	}
	archive, cleanup, err := l.archiveOf(ctx, ref)
	if err != nil {
		return fmt.Errorf("loading image %q: %w", ref, err)
	}
	defer cleanup()
	for _, n := range l.nodes() {
		err := l.Progress.Step(ctx, "loaded on "+n.Name, func(ctx context.Context) error {
			return l.store(n).Import(ctx, archive)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// BuildImage builds the NiFi image unless the cache has it, and prints where
// its archive lies.
func (l Lab) BuildImage(ctx context.Context) error {
	archive, err := l.nifiImage().Archive()
	if err != nil {
		return err
	}
	if !exists(archive) {
		if err := machine.Check(); err != nil {
			return err
		}
		if err := l.install(ctx, machine.Missing(machine.ToBuildImage(), machine.Has)); err != nil {
			return err
		}
		if err := l.nifiImage().Build(ctx); err != nil {
			return err
		}
	}
	fmt.Fprintln(l.Out, archive)
	return nil
}

// buildToolkit builds the image of the tls-toolkit, unless the cache has it.
func (l Lab) buildToolkit(ctx context.Context) (string, error) {
	if err := l.install(ctx, machine.Missing(machine.ToBuildImage(), machine.Has)); err != nil {
		return "", err
	}
	if err := l.toolkitImage().Build(ctx); err != nil {
		return "", err
	}
	return l.toolkitImage().Archive()
}

// archiveOf finds or makes the archive of an image. cleanup removes it if it
// was made for this once.
func (l Lab) archiveOf(ctx context.Context, ref string) (archive string, cleanup func(), err error) {
	nothing := func() {}
	if exists(ref) {
		path, err := filepath.Abs(ref)
		return path, nothing, err
	}
	switch ref {
	case versions.NiFiImage, strings.TrimPrefix(versions.NiFiImage, "docker.io/"):
		archive, err := l.nifiImage().Archive()
		return archive, nothing, err
	case versions.ToolkitImage:
		archive, err := l.buildToolkit(ctx)
		return archive, nothing, err
	case versions.PauseImage:
		return l.pauseArchive(), nothing, nil
	}
	for _, engine := range []string{"docker", "podman"} {
		if !machine.Has(engine) {
			continue
		}
		dir, err := os.MkdirTemp("", "lab-image-")
		if err != nil {
			return "", nothing, fmt.Errorf("saving the image: %w", err)
		}
		archive := filepath.Join(dir, "image.tar")
		if _, err := command.Run(ctx, engine, "save", "-o", archive, ref); err == nil {
			return archive, func() { os.RemoveAll(dir) }, nil
		}
		os.RemoveAll(dir)
	}
	return "", nothing, errNoEngine
}
