package plugin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// storeFiles is where one node's stores and their passwords are.
type storeFiles struct {
	node                 string
	keystore, truststore string
	passwords            []string // files: none, one for both, or one each
}

// nodeStore is what one node's stores hold.
type nodeStore struct {
	node    string
	key     trust.Entry
	anchors []trust.Entry
}

// parseStores understands NODE=KEYSTORE,TRUSTSTORE and --password-file.
func parseStores(args, passwordFiles []string) ([]storeFiles, error) {
	var nodes []storeFiles
	for _, arg := range args {
		node, files, err := nodeFiles(arg)
		if err != nil || len(files) != 2 {
			return nil, usagef("%q isn't NODE=KEYSTORE,TRUSTSTORE", arg)
		}
		if slices.ContainsFunc(nodes, func(other storeFiles) bool { return other.node == node }) {
			return nil, usagef("node %s is given twice", node)
		}
		nodes = append(nodes, storeFiles{node: node, keystore: files[0], truststore: files[1]})
	}
	for _, flag := range passwordFiles {
		node, files, err := nodeFiles(flag)
		if err != nil || len(files) > 2 {
			return nil, usagef("--password-file takes NODE=FILE,FILE")
		}
		i := slices.IndexFunc(nodes, func(n storeFiles) bool { return n.node == node })
		if i < 0 {
			return nil, usagef("--password-file names node %s, whose stores aren't given", node)
		}
		nodes[i].passwords = files
	}
	return nodes, nil
}

func nodeFiles(arg string) (node string, files []string, err error) {
	node, list, ok := strings.Cut(arg, "=")
	files = strings.Split(list, ",")
	if !ok || node == "" || slices.Contains(files, "") {
		return "", nil, errors.New("not NODE=FILE,FILE")
	}
	return node, files, nil
}

// read reads both stores. A keystore of several keys is refused: which one NiFi
// takes, nobody can tell.
func (f storeFiles) read() (nodeStore, error) {
	keys, err := readStore(f.keystore, trust.ReadKeystore, f.password(0, func(c toolkitConfig) string { return c.KeyStorePassword }))
	if err != nil {
		return nodeStore{}, err
	}
	if len(keys) > 1 {
		return nodeStore{}, fmt.Errorf("reading %s: it holds %d keys, a node's has one", f.keystore, len(keys))
	}
	anchors, err := readStore(f.truststore, trust.ReadTruststore, f.password(1, func(c toolkitConfig) string { return c.TrustStorePassword }))
	if err != nil {
		return nodeStore{}, err
	}
	return nodeStore{node: f.node, key: keys[0], anchors: anchors}, nil
}

// password finds the password of the store at path: the file that was given for
// it, else the toolkit's config.json.
func (f storeFiles) password(index int, field func(toolkitConfig) string) func(path string) (string, error) {
	return func(path string) (string, error) {
		if len(f.passwords) == 0 {
			return toolkitPassword(path, field)
		}
		raw, err := readBounded(f.passwords[min(index, len(f.passwords)-1)])
		return strings.TrimRight(string(raw), "\r\n"), err
	}
}

// readStore reads one file, with its password unless it is PEM. Errors name the
// file, and never a password.
func readStore(path string, read func([]byte, string) ([]trust.Entry, error), password func(path string) (string, error)) ([]trust.Entry, error) {
	data, err := readBounded(path)
	if err != nil {
		return nil, err
	}
	secret := ""
	if format, err := trust.FormatOf(data); err == nil && format != trust.PEM {
		if secret, err = password(path); err != nil {
			return nil, err
		}
	}
	entries, err := read(data, secret)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return entries, nil
}

// readBounded reads a file of at most trust.MaxStore bytes.
func readBounded(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err // it names the file
	}
	defer func() { _ = file.Close() }() // nothing was written
	data, err := io.ReadAll(io.LimitReader(file, trust.MaxStore+1))
	if err == nil && len(data) > trust.MaxStore {
		err = fmt.Errorf("reading %s: %w", path, trust.ErrTooLarge)
	}
	return data, err
}

// toolkitConfig is the part of tls-toolkit's config.json that is of use here
// (org.apache.nifi.toolkit.tls.configuration.TlsClientConfig). keyPassword,
// which protects the key alone, isn't needed to read certificates.
type toolkitConfig struct {
	KeyStorePassword   string `json:"keyStorePassword"`
	TrustStorePassword string `json:"trustStorePassword"`
}

// toolkitPassword takes a store's password from the config.json beside it.
func toolkitPassword(store string, field func(toolkitConfig) string) (string, error) {
	path := filepath.Join(filepath.Dir(store), "config.json")
	raw, err := readBounded(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("reading %s: it needs a password; give its file with --password-file NODE=FILE,FILE", store)
	}
	if err != nil {
		return "", err
	}
	var config toolkitConfig
	if json.Unmarshal(raw, &config) != nil { // its error might quote a password
		return "", fmt.Errorf("reading %s: it is no JSON of the tls-toolkit", path)
	}
	if field(config) == "" {
		return "", fmt.Errorf("reading %s: it has no password for %s; give its file with --password-file NODE=FILE,FILE", path, store)
	}
	return field(config), nil
}
