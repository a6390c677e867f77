package plugin

import (
	"crypto"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// exported is a client's certificate and key, and what verifies NiFi's own.
type exported struct {
	data  map[string][]byte // of the Secret
	key   crypto.PrivateKey
	chain []trust.Certificate // leaf first
	ca    []trust.Certificate
}

// secretFile is a file that only its owner may read.
type secretFile struct {
	path string
	data []byte
}

func pemNames() []string { return []string{"tls.crt", "tls.key", "ca.crt"} }

// pem is the files of the Secret; none without a folder.
func (e exported) pem(dir string) []secretFile {
	var files []secretFile
	if dir == "" {
		return nil
	}
	for _, name := range pemNames() {
		files = append(files, secretFile{filepath.Join(dir, name), e.data[name]})
	}
	return files
}

// refuseExisting is an error if one of the files is there.
func refuseExisting(paths []string) error {
	for _, path := range paths {
		if _, err := os.Lstat(path); err == nil {
			return fmt.Errorf("%s exists; --force overwrites it", path)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// writeSecrets writes each file whole or not at all, for its owner only.
func writeSecrets(files []secretFile, force bool) error {
	for _, file := range files {
		if err := os.MkdirAll(filepath.Dir(file.path), 0o700); err != nil {
			return err
		}
		if err := writeSecret(file, force); err != nil {
			return fmt.Errorf("writing %s: %w", file.path, err)
		}
	}
	return nil
}

func writeSecret(file secretFile, force bool) error {
	temporary, err := os.CreateTemp(filepath.Dir(file.path), ".credentials-*") // made with 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // gone if it was renamed
	_, err = temporary.Write(file.data)
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	if !force {
		if err := refuseExisting([]string{file.path}); err != nil {
			return err
		}
	}
	return os.Rename(temporary.Name(), file.path)
}
