package overlay

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// DocumentFile is the NiFiCluster document that an overlay is made from.
const DocumentFile = "nificluster.yaml"

// Inputs below secrets/, each 0600.
const (
	secretsFolder = "secrets"
	keyFile       = "secrets/sensitive-props-key"
	passwordFile  = "secrets/single-user-password"
	hashFile      = "secrets/single-user-password.bcrypt"
	tokenFile     = "secrets/nifi-ca-token"
)

// generatedFolder is ours: each run replaces it whole.
const generatedFolder = "generated"

// ErrForeign says that a folder holds something else than an overlay of ours.
var ErrForeign = errors.New("it isn't empty and holds no " + DocumentFile + " of kubectl nifi")

// Folder is an overlay on disk.
type Folder struct{ Path string }

// Document is the folder's NiFiCluster, nil where there is none yet. A folder
// that isn't empty and isn't ours is ErrForeign.
func (d Folder) Document() (*topology.File, error) {
	entries, err := os.ReadDir(d.Path)
	if errors.Is(err, fs.ErrNotExist) || (err == nil && len(entries) == 0) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("opening folder %q: %w", d.Path, err)
	}
	name := filepath.Join(d.Path, DocumentFile)
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("using folder %q: %w; choose another with --dir", d.Path, ErrForeign)
	}
	if err != nil {
		return nil, fmt.Errorf("reading folder %q: %w", d.Path, err)
	}
	return topology.Parse(name, text)
}

// Secrets reads what secrets/ holds; what isn't there stays empty.
func (d Folder) Secrets() (Secrets, error) {
	var lines [4][]string
	for i, name := range []string{keyFile, passwordFile, hashFile, tokenFile} {
		text, err := os.ReadFile(filepath.Join(d.Path, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return Secrets{}, fmt.Errorf("reading overlay: %w", err)
		}
		lines[i] = append(strings.Split(string(text), "\n"), "", "")
	}
	secrets := Secrets{
		SensitiveKey: strings.TrimSuffix(lines[0][0], "\r"),
		Password:     strings.TrimSuffix(lines[1][0], "\r"),
		PasswordHash: lines[2][0],
		HashOf:       lines[2][1],
		CAToken:      strings.TrimSuffix(lines[3][0], "\r"),
	}
	return secrets, d.pairs(&secrets)
}

// AddOwn adds the user's part of the folder to rendered files: all but
// generated/ and secrets/, kustomization.yaml and patches first of all.
func (d Folder) AddOwn(files Files) error {
	root := os.DirFS(d.Path)
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (name == generatedFolder || name == secretsFolder || name == ".git") {
			return fs.SkipDir
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		files[name], err = fs.ReadFile(root, name)
		return err
	})
	if err != nil {
		return fmt.Errorf("reading folder %q: %w", d.Path, err)
	}
	return nil
}

// Write brings the folder up to date: secrets first, since nothing rendered may
// outlive its key, then generated/ in one step, the document last. What belongs
// to the user after the first run is left alone.
func (d Folder) Write(files Files, document []byte) error {
	if err := d.writeFiles(files); err != nil {
		return err
	}
	if err := replaceFile(filepath.Join(d.Path, DocumentFile), document, 0o644); err != nil {
		return fmt.Errorf("writing overlay: %w", err)
	}
	return nil
}

func (d Folder) writeFiles(files Files) error {
	staging := filepath.Join(d.Path, "."+generatedFolder+".new")
	if err := os.RemoveAll(staging); err != nil {
		return fmt.Errorf("writing overlay: %w", err)
	}
	for _, name := range files.Paths() {
		if err := d.writeOne(name, files[name], staging); err != nil {
			return fmt.Errorf("writing overlay: %w", err)
		}
	}
	if err := replaceFolder(staging, filepath.Join(d.Path, generatedFolder)); err != nil {
		return fmt.Errorf("writing overlay: %w", err)
	}
	return nil
}

func (d Folder) writeOne(name string, data []byte, staging string) error {
	switch top, rest, _ := strings.Cut(name, "/"); {
	case top == generatedFolder:
		return replaceFile(filepath.Join(staging, filepath.FromSlash(rest)), data, 0o644)
	case top == secretsFolder && rest != "kustomization.yaml":
		return replaceFile(filepath.Join(d.Path, filepath.FromSlash(name)), data, 0o600)
	case top == secretsFolder:
		return replaceFile(filepath.Join(d.Path, filepath.FromSlash(name)), data, 0o644)
	}
	path := filepath.Join(d.Path, name)
	if _, err := os.Lstat(path); err == nil {
		return nil // the user's
	}
	return replaceFile(path, data, 0o644)
}

// replaceFile writes beside the file and renames, so that a crash or a full
// disk leaves the old one; an unchanged file is not touched.
func replaceFile(path string, data []byte, mode fs.FileMode) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, data) {
		return os.Chmod(path, mode)
	}
	folderMode := fs.FileMode(0o755)
	if filepath.Base(filepath.Dir(path)) == secretsFolder {
		folderMode = 0o700
	}
	if err := os.MkdirAll(filepath.Dir(path), folderMode); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // 0600 from the start
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	_, writeErr := temporary.Write(data)
	if err := errors.Join(writeErr, temporary.Chmod(mode), temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}

// replaceFolder swaps a finished folder into place.
func replaceFolder(from, to string) error {
	old := to + ".old"
	if err := os.RemoveAll(old); err != nil {
		return err
	}
	if err := os.Rename(to, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return errors.Join(err, os.Rename(old, to))
	}
	return os.RemoveAll(old)
}
