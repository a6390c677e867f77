package overlay

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// rootName is what the self-signed root is called below secrets/.
const rootName = "ca"

// addTo adds the files of the pairs to an overlay's.
func (s Secrets) addTo(files Files) {
	add := func(name string, pair Pair) {
		files[secretsFolder+"/"+name+".crt"], files[secretsFolder+"/"+name+".key"] = pair.Certificate, pair.Key
	}
	if s.Root.Key != nil {
		add(rootName, s.Root)
	}
	for name, pair := range s.Pairs {
		add(name, pair)
	}
}

// pairs reads the pairs that secrets/ holds.
func (d Folder) pairs(s *Secrets) error {
	folder := filepath.Join(d.Path, secretsFolder)
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reading overlay: %w", err)
	}
	s.Pairs = map[string]Pair{}
	for _, entry := range entries {
		name, isKey := strings.CutSuffix(entry.Name(), ".key")
		if !isKey {
			continue
		}
		key, err := os.ReadFile(filepath.Join(folder, name+".key"))
		if err != nil {
			return fmt.Errorf("reading overlay: %w", err)
		}
		certificate, err := os.ReadFile(filepath.Join(folder, name+".crt"))
		if err != nil {
			return fmt.Errorf("reading overlay: %w; a key without its certificate: delete %s.key", err, name)
		}
		if name == rootName {
			s.Root = Pair{certificate, key}
		} else {
			s.Pairs[name] = Pair{certificate, key}
		}
	}
	return nil
}
