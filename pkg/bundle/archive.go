// Package bundle writes support bundles: one compressed archive of files from
// which secrets were taken out, with an index of what is in it and what isn't.
package bundle

import (
	"archive/tar"
	"compress/gzip"
	"fmt"
	"io"
	"path"
	"sync"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/redact"
)

// Archive is a bundle under construction. Everything that goes into it goes
// through its redactor. It is safe for concurrent use; the first error of
// writing is Close's.
type Archive struct {
	root     string
	time     time.Time
	redactor *redact.Redactor

	mu      sync.Mutex
	gzip    *gzip.Writer
	tar     *tar.Writer
	err     error
	entries []entry
	missing []gap
}

// entry is a file of the archive.
type entry struct {
	name, about string
	bytes       int
	marks       int // secrets that were taken out
}

// gap is what could not be had.
type gap struct{ what, why string }

// New begins an archive whose files are in a folder root and dated now.
func New(w io.Writer, root string, now time.Time, redactor *redact.Redactor) *Archive {
	compressed := gzip.NewWriter(w)
	return &Archive{root: root, time: now, redactor: redactor, gzip: compressed, tar: tar.NewWriter(compressed)}
}

// Add adds a file; about says in a few words what it is.
func (a *Archive) Add(name, about, text string) {
	clean := a.redactor.Text(text)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.entries = append(a.entries, entry{name, about, len(clean), marks(clean)})
	a.write(name, clean)
}

// Missing notes what could not be had, and why.
func (a *Archive) Missing(what string, why error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.missing = append(a.missing, gap{what, a.redactor.Text(why.Error())})
}

// Summary says in a line how much is in the archive.
func (a *Archive) Summary() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	bytes, redacted := 0, 0
	for _, e := range a.entries {
		bytes += e.bytes
		redacted += e.marks
	}
	return fmt.Sprintf("%d files, %d bytes before compression, %d secrets redacted, %d things could not be had: see index.md in it.",
		len(a.entries)+1, bytes, redacted, len(a.missing))
}

// Close adds the index, which begins with a title, and ends the archive.
func (a *Archive) Close(title string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.write("index.md", a.redactor.Text(a.index(title)))
	for _, end := range []func() error{a.tar.Close, a.gzip.Close} {
		if err := end(); err != nil && a.err == nil {
			a.err = fmt.Errorf("ending the archive: %w", err)
		}
	}
	return a.err
}

// write adds a file as it is.
func (a *Archive) write(name, text string) {
	if a.err != nil {
		return
	}
	header := &tar.Header{
		Typeflag: tar.TypeReg, Name: path.Join(a.root, name), Mode: 0o600, Size: int64(len(text)), ModTime: a.time,
	}
	err := a.tar.WriteHeader(header)
	if err == nil {
		_, err = io.WriteString(a.tar, text)
	}
	if err != nil {
		a.err = fmt.Errorf("writing %s: %w", name, err)
	}
}
