package plugin

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// encode makes the keystores, and the truststore beside one of them, all with
// one password.
func (o *exportOptions) encode(found exported) ([]secretFile, error) {
	password, err := o.password()
	if err != nil {
		return nil, err
	}
	how := trust.Encoding{Legacy: o.Legacy, Password: password, Created: o.env.Now()}
	chain := trust.PathOf(slices.Concat(found.chain, found.ca)) // with its root, as the tls-toolkit has it
	var files []secretFile
	for _, keystore := range []struct {
		path   string
		format trust.Format
	}{{o.P12, trust.PKCS12}, {o.JKS, trust.JKS}} {
		if keystore.path == "" {
			continue
		}
		how.Format = keystore.format // and the truststore's: there is but one keystore then
		data, err := trust.EncodeKeystore(found.key, chain, how)
		if err != nil {
			return nil, fmt.Errorf("making %s: %w", keystore.path, err)
		}
		files = append(files, secretFile{keystore.path, data})
	}
	if o.Truststore == "" {
		return files, nil
	}
	data, err := trust.EncodeTruststore(trust.Certificates([]trust.Entry{{Chain: found.ca}}), how)
	if err != nil {
		return nil, fmt.Errorf("making %s: %w", o.Truststore, err)
	}
	return append(files, secretFile{o.Truststore, data}), nil
}

// paths is all files that are asked for.
func (o *exportOptions) paths() []string {
	paths := slices.DeleteFunc([]string{o.P12, o.JKS, o.Truststore}, func(path string) bool { return path == "" })
	if o.PEM != "" {
		for _, name := range pemNames() {
			paths = append(paths, filepath.Join(o.PEM, name))
		}
	}
	return paths
}

// distinct refuses to write two things to one file.
func (o *exportOptions) distinct() error {
	seen := map[string]bool{}
	for _, path := range append(o.paths(), o.PasswordFile) {
		if seen[filepath.Clean(path)] {
			return usagef("%s is to be two files; give each its own name", path)
		}
		seen[filepath.Clean(path)] = true
	}
	return nil
}

// free refuses to overwrite a file before anything is read or asked.
func (o *exportOptions) free() error {
	if o.Force {
		return nil
	}
	return refuseExisting(o.paths())
}
