package nifi

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/command"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/image"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/versions"
)

// packages are what the official image adds to Debian (nifi-docker/dockerhub/
// Dockerfile and its base image). Nothing else: whoever relies on a command
// that users don't have is to fail here.
const packages = "ca-certificates,curl,jq,procps,python3,unzip,xmlstarlet"

// unreliable are commands that come along with the packages above but that
// nobody promises.
const unreliable = "usr/bin/openssl"

// User is the user and group that NiFi runs as.
const User = 1000

// buildDebian writes the layer with the base files and the user nifi.
func (b Builder) buildDebian(ctx context.Context, layer string) error {
	dir, err := os.MkdirTemp(b.Places.Cache, "debian-")
	if err != nil {
		return fmt.Errorf("building the base files: %w", err)
	}
	defer os.RemoveAll(dir)
	args := []string{"debootstrap", "--variant=minbase", "--include=" + packages, versions.Debian, dir}
	if _, err := (command.Cmd{Args: args, Log: b.Places.BuildLog("debian")}).Run(ctx); err != nil {
		return fmt.Errorf("building the base files: %w", err)
	}
	for file, line := range map[string]string{
		"etc/passwd": fmt.Sprintf("nifi:x:%d:%d::/home/nifi:/bin/bash\n", User, User),
		"etc/group":  fmt.Sprintf("nifi:x:%d:\n", User),
	} {
		if err := appendTo(filepath.Join(dir, file), line); err != nil {
			return fmt.Errorf("adding the user nifi: %w", err)
		}
	}
	return image.CreateLayer(layer,
		image.Tree{FS: os.DirFS(dir), Owner: image.KeepOwner, Skip: needless},
		image.Tree{To: "home/nifi", Owner: User, Dirs: []string{"."}},
	)
}

// needless tells which files of the base an image does without.
func needless(name string, _ fs.DirEntry) bool {
	if name == unreliable || strings.HasPrefix(name, "dev/") {
		return true
	}
	return slices.Contains([]string{"var/cache/apt/archives", "var/lib/apt/lists", "var/log", "usr/share/doc", "usr/share/man", "usr/share/locale"}, filepath.Dir(name))
}

func appendTo(path, line string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if _, err := file.WriteString(line); err != nil {
		return err
	}
	return file.Close()
}
