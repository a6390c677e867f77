package image

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

// Config is the part of an image's configuration that containers see, named
// as in the OCI image specification (config.md).
type Config struct {
	User         string              `json:"User,omitempty"`
	Env          []string            `json:"Env,omitempty"`
	Entrypoint   []string            `json:"Entrypoint,omitempty"`
	WorkingDir   string              `json:"WorkingDir,omitempty"`
	Volumes      map[string]struct{} `json:"Volumes,omitempty"`
	ExposedPorts map[string]struct{} `json:"ExposedPorts,omitempty"`
}

// Set makes the kind of set that Config holds.
func Set(members ...string) map[string]struct{} {
	set := map[string]struct{}{}
	for _, member := range members {
		set[member] = struct{}{}
	}
	return set
}

// manifest is the manifest.json of what `docker save` writes.
type manifest struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// WriteArchive writes an image in the format of `docker save`, from
// uncompressed layer files, and moves it to file when it is whole.
func WriteArchive(file string, names []string, config Config, layers ...string) error {
	partial := file + ".partial"
	out, err := os.Create(partial)
	if err != nil {
		return fmt.Errorf("writing image %q: %w", names[0], err)
	}
	defer out.Close()
	archive := tar.NewWriter(out)
	if err := writeEntries(archive, names, config, layers); err != nil {
		return fmt.Errorf("writing image %q: %w", names[0], err)
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("writing image %q: %w", names[0], err)
	}
	return os.Rename(partial, file)
}

func writeEntries(archive *tar.Writer, names []string, config Config, layers []string) error {
	m := manifest{Config: "config.json", RepoTags: names}
	diffIDs := []string{}
	for _, layer := range layers {
		id, err := digest(layer)
		if err != nil {
			return err
		}
		diffIDs = append(diffIDs, "sha256:"+id)
		m.Layers = append(m.Layers, id+"/layer.tar")
	}
	for entry, value := range map[string]any{
		"manifest.json": []manifest{m},
		m.Config: map[string]any{
			"architecture": runtime.GOARCH, "os": "linux", "config": config,
			"rootfs": map[string]any{"type": "layers", "diff_ids": diffIDs},
		},
	} {
		data, err := json.Marshal(value)
		if err != nil {
			return err
		}
		if err := archive.WriteHeader(&tar.Header{Name: entry, Mode: 0o644, Size: int64(len(data))}); err != nil {
			return err
		}
		if _, err := archive.Write(data); err != nil {
			return err
		}
	}
	for i, layer := range layers {
		if err := appendFile(archive, m.Layers[i], layer); err != nil {
			return err
		}
	}
	return nil
}

func appendFile(archive *tar.Writer, name, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: info.Size()}); err != nil {
		return err
	}
	_, err = io.Copy(archive, file)
	return err
}

func digest(path string) (string, error) {
	file, err := os.Open(filepath.Clean(path))
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
