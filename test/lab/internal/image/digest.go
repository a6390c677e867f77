package image

import (
	"fmt"
	"io"
	"io/fs"
)

// WriteFiles writes the names and contents of all files of a tree to a hash, so
// that a cache's key changes with any of them.
func WriteFiles(sum io.Writer, files fs.FS) error {
	return fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(sum, "%s %d\n%s", name, len(data), data)
		return err
	})
}
