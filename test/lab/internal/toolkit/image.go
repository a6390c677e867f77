// Package toolkit builds an image that stands in for apache/nifi-toolkit: its
// tls-toolkit on the base of the lab's NiFi image.
package toolkit

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/command"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/image"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/versions"
)

//go:embed files pom.xml
var files embed.FS

// home is NIFI_TOOLKIT_HOME of the official image
// (nifi-toolkit-assembly/docker/Dockerfile).
const home = "/opt/nifi-toolkit/nifi-toolkit-current"

// Builder builds the image into the cache, on the base of another.
type Builder struct{ Base nifi.Builder }

// Archive is where the image lies in the cache. Its name changes with anything
// that goes into it.
func (b Builder) Archive() (string, error) {
	key, err := key()
	if err != nil {
		return "", err
	}
	return filepath.Join(b.Base.Places.Cache, "images", "toolkit-"+versions.Toolkit+"-"+key+".tar"), nil
}

// Build builds the image, unless the cache has it.
func (b Builder) Build(ctx context.Context) error {
	archive, err := b.Archive()
	if err != nil {
		return err
	}
	if _, err := os.Stat(archive); err == nil {
		return nil
	}
	base, err := b.Base.Base(ctx)
	if err != nil {
		return err
	}
	layer := archive + ".layer"
	defer os.Remove(layer)
	return b.Base.Step(ctx, "image "+versions.ToolkitImage+" written", func(ctx context.Context) error {
		if err := b.layer(ctx, layer); err != nil {
			return err
		}
		if err := image.WriteArchive(archive, []string{versions.ToolkitImage}, Config(), append(base, layer)...); err != nil {
			return err
		}
		return image.Prune(filepath.Join(filepath.Dir(archive), "toolkit-*"), archive)
	})
}

// Config is that of the official image.
func Config() image.Config {
	return image.Config{
		User:       "nifi",
		WorkingDir: home,
		Env: []string{
			"PATH=" + nifi.JavaHome + "/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
			"JAVA_HOME=" + nifi.JavaHome,
			"LANG=C.UTF-8",
			"NIFI_TOOLKIT_HOME=" + home,
		},
		ExposedPorts: image.Set("9443/tcp"),
	}
}

// layer writes the layer with the toolkit.
func (b Builder) layer(ctx context.Context, layer string) error {
	dir, err := os.MkdirTemp(b.Base.Places.Cache, "toolkit-")
	if err != nil {
		return fmt.Errorf("fetching the tls-toolkit: %w", err)
	}
	defer os.RemoveAll(dir)
	pom, err := files.ReadFile("pom.xml")
	if err != nil {
		return fmt.Errorf("reading the toolkit's files: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "pom.xml"), pom, 0o600); err != nil {
		return fmt.Errorf("fetching the tls-toolkit: %w", err)
	}
	_, err = command.Cmd{
		Args: []string{"mvn", "-B", "-Dtoolkit.version=" + versions.Toolkit, "-Djetty.version=" + versions.ToolkitJetty, "package"},
		Dir:  dir,
		Log:  b.Base.Places.BuildLog("toolkit"),
	}.Run(ctx)
	if err != nil {
		return fmt.Errorf("fetching the tls-toolkit: %w", err)
	}
	return image.CreateLayer(layer, trees(os.DirFS(filepath.Join(dir, "target", "lib")))...)
}

// trees is what is in the layer, with these jars.
func trees(jars fs.FS) []image.Tree {
	only := func(folder string) fs.FS { sub, _ := fs.Sub(files, folder); return sub } // it is embedded
	readable := func(string) fs.FileMode { return 0o644 }
	executable := func(string) fs.FileMode { return 0o755 }
	return []image.Tree{
		{To: home[1:], Owner: nifi.User, Dirs: []string{".", "bin", "lib"}},
		{To: home[1:] + "/bin", Owner: nifi.User, FS: only("files/bin"), Mode: executable},
		{To: home[1:] + "/lib", Owner: nifi.User, FS: jars, Mode: readable},
		{To: "usr/local/bin", FS: only("files/local"), Mode: executable},
	}
}

// key identifies everything that the image is made of.
func key() (string, error) {
	sum := sha256.New()
	fmt.Fprintln(sum, nifi.BaseKey(), versions.Toolkit, versions.ToolkitJetty)
	if err := image.WriteFiles(sum, files); err != nil {
		return "", fmt.Errorf("reading the toolkit's files: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil))[:8], nil
}
