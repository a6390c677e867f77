// Command image builds nifi-healer's image, for each architecture into an
// archive that `docker load`, `podman load` and `ctr images import` take. It
// needs no container engine, and the same commit gives the same bytes.
//
//	go run ./test/image [-dir bin] [-name REFERENCE] [-arch amd64,arm64]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	dir := flag.String("dir", "bin", "`folder` of the archives")
	reference := flag.String("name", "ghcr.io/kubectl-nifi/nifi-healer:devel", "`reference` of the image")
	architectures := flag.String("arch", "amd64,arm64", "`architectures`, separated by commas")
	flag.Parse()
	for architecture := range strings.SplitSeq(*architectures, ",") {
		if err := build(ctx, *dir, *reference, architecture); err != nil {
			fmt.Fprintln(os.Stderr, "image:", err)
			os.Exit(1)
		}
	}
}

// build makes the archive for one architecture and says how large it is.
func build(ctx context.Context, dir, reference, architecture string) error {
	tag, err := name.NewTag(reference)
	if err != nil {
		return fmt.Errorf("naming the image %q: %w", reference, err)
	}
	scratch, err := os.MkdirTemp("", "nifi-healer-image-")
	if err != nil {
		return fmt.Errorf("building the image: %w", err)
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	binary, err := compile(ctx, filepath.Join(scratch, "nifi-healer"), architecture)
	if err != nil {
		return err
	}
	image, err := assemble(architecture, binary, authorities(bundle.Roots()))
	if err != nil {
		return fmt.Errorf("building the image for %s: %w", architecture, err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("building the image: %w", err)
	}
	archive := filepath.Join(dir, "nifi-healer-"+architecture+".tar")
	if err := tarball.WriteToFile(archive, tag, image); err != nil {
		return fmt.Errorf("writing the image to %q: %w", archive, err)
	}
	info, err := os.Stat(archive)
	if err != nil {
		return fmt.Errorf("writing the image: %w", err)
	}
	digest, err := image.Digest()
	if err != nil {
		return fmt.Errorf("writing the image: %w", err)
	}
	fmt.Printf("%s  %.1f MB (the program %.1f MB)  %s\n", archive, float64(info.Size())/1e6, float64(len(binary))/1e6, digest)
	return nil
}

// compile builds the program, static, whatever the caller's own settings are.
func compile(ctx context.Context, file, architecture string) ([]byte, error) {
	command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=auto", "-ldflags", "-s -w", "-o", file, "./cmd/nifi-healer")
	command.Env = append(os.Environ(), "GOFLAGS=", "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+architecture, "GOAMD64=v1", "GOARM64=v8.0")
	command.Stderr = os.Stderr
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("compiling nifi-healer for %s: %w", architecture, err)
	}
	binary, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("compiling nifi-healer: %w", err)
	}
	return binary, nil
}
