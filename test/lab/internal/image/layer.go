// Package image writes container images without a container engine and hands
// them to containerd.
package image

import (
	"archive/tar"
	"fmt"
	"io"
	"io/fs"
	"path"
)

// Tree is a tree of files that goes into a layer.
type Tree struct {
	To    string                                // folder in the image, without a leading slash
	Owner int                                   // user and group; KeepOwner keeps each file's own
	Dirs  []string                              // empty folders to make below To
	FS    fs.FS                                 // files to copy; nil copies none
	Mode  func(name string) fs.FileMode         // permissions of files by name in FS; nil keeps them
	Skip  func(name string, d fs.DirEntry) bool // files to leave out; nil leaves out none
}

// KeepOwner leaves files to whom they belong.
const KeepOwner = -1

// WriteLayer writes trees as one uncompressed layer, in the format of the OCI
// image layer specification.
func WriteLayer(w io.Writer, trees ...Tree) error {
	archive := tar.NewWriter(w)
	for _, tree := range trees {
		if err := tree.write(archive); err != nil {
			return fmt.Errorf("writing layer %q: %w", tree.To, err)
		}
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("writing layer: %w", err)
	}
	return nil
}

func (t Tree) write(archive *tar.Writer) error {
	for _, dir := range t.Dirs {
		header := &tar.Header{Typeflag: tar.TypeDir, Name: path.Join(t.To, dir) + "/", Mode: 0o755, Uid: t.Owner, Gid: t.Owner}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
	}
	if t.FS == nil {
		return nil
	}
	return fs.WalkDir(t.FS, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if t.Skip != nil && t.Skip(name, entry) {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		return t.add(archive, name, entry)
	})
}

// add writes one file. Devices and sockets have no place in an image.
func (t Tree) add(archive *tar.Writer, name string, entry fs.DirEntry) error {
	kind := entry.Type()
	if kind&(fs.ModeDevice|fs.ModeSocket|fs.ModeNamedPipe) != 0 || path.Join(t.To, name) == "." {
		return nil
	}
	info, err := entry.Info()
	if err != nil {
		return err
	}
	target := ""
	if kind&fs.ModeSymlink != 0 {
		if target, err = fs.ReadLink(t.FS, name); err != nil {
			return err
		}
	}
	header, err := tar.FileInfoHeader(info, target)
	if err != nil {
		return err
	}
	t.adjust(header, name)
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	if !kind.IsRegular() {
		return nil
	}
	file, err := t.FS.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(archive, file)
	return err
}

func (t Tree) adjust(header *tar.Header, name string) {
	header.Name = path.Join(t.To, name)
	if header.Typeflag == tar.TypeDir {
		header.Name += "/"
	}
	header.Uname, header.Gname = "", ""
	if t.Owner != KeepOwner {
		header.Uid, header.Gid = t.Owner, t.Owner
	}
	switch {
	case t.Mode == nil:
	case header.Typeflag == tar.TypeDir:
		header.Mode = 0o755
	default:
		header.Mode = int64(t.Mode(name).Perm())
	}
}
