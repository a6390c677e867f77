package nifi

import (
	"context"
	_ "embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/command"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/image"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/versions"
)

//go:embed pom.xml
var pom []byte

// home is NIFI_HOME.
const home = "/opt/nifi/nifi-current"

// volumes are the folders that the official image declares as volumes.
func volumes() []string {
	return []string{
		"logs", "conf", "database_repository", "flowfile_repository", "content_repository",
		"provenance_repository", "python_extensions", "nar_extensions", "state",
	}
}

// buildNiFi writes the layer with NiFi itself.
func (b Builder) buildNiFi(ctx context.Context, layer string) error {
	dir, err := os.MkdirTemp(b.Places.Cache, "nifi-")
	if err != nil {
		return fmt.Errorf("fetching NiFi: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "pom.xml"), pom, 0o600); err != nil {
		return fmt.Errorf("fetching NiFi: %w", err)
	}
	_, err = command.Cmd{
		Args: []string{"mvn", "-B", "-Dnifi.version=" + versions.NiFi, "package"},
		Dir:  dir,
		Log:  b.Places.BuildLog("nifi"),
	}.Run(ctx)
	if err != nil {
		return fmt.Errorf("fetching NiFi: %w", err)
	}
	lib := filepath.Join(dir, "target", "lib")
	if err := packStandardNAR(lib, filepath.Join(dir, "target", "standard")); err != nil {
		return err
	}
	own, err := fs.Sub(files, "files")
	if err != nil {
		return fmt.Errorf("reading NiFi's files: %w", err)
	}
	return image.CreateLayer(layer,
		image.Tree{To: "opt/nifi", Owner: User, Dirs: []string{".", "nifi-toolkit-current"}},
		image.Tree{To: home[1:], Owner: User, Dirs: append([]string{".", "docs", "extensions", "lib", "run"}, volumes()...)},
		image.Tree{To: "opt/nifi", Owner: User, FS: own, Mode: fileMode},
		image.Tree{To: home[1:] + "/lib", Owner: User, FS: os.DirFS(lib), Mode: fileMode},
	)
}

// fileMode makes scripts executable.
func fileMode(name string) fs.FileMode {
	if strings.HasSuffix(name, ".sh") {
		return 0o755
	}
	return 0o644
}
