package trust

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"
)

// Location is where a node keeps a store: a file of its container.
type Location struct {
	Path     string   `json:"path"`           // of PEM: the certificates' file; no key is ever read
	Type     Format   `json:"type,omitempty"` // empty: the file's content tells
	Password Password `json:"password,omitzero"`
}

// Password is where the password of a store is, in the same container: alone in
// a file, or in a JSON or a properties file. It is never the password itself.
type Password struct {
	File     string `json:"file"`
	Key      string `json:"key,omitempty"`      // the file is JSON: a member of its object, "keyStorePassword"
	Property string `json:"property,omitempty"` // it is a properties file: "nifi.security.keystorePasswd"
}

// Stores is where each node of a cluster keeps its stores. Its JSON may stand
// in an annotation, for it holds no secret.
type Stores struct {
	Container  string   `json:"container,omitempty"` // of the pod; empty: NiFi's
	Keystore   Location `json:"keystore"`
	Truststore Location `json:"truststore"`
}

// ErrLocation marks a statement of where stores are that can't be followed.
var ErrLocation = errors.New("it doesn't say where a node's stores are")

// ParseStores reads what String wrote. Its errors are ErrLocation.
func ParseStores(text string) (Stores, error) {
	var s Stores
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		return Stores{}, fmt.Errorf("%w: %w", ErrLocation, err)
	}
	return s, s.Validate()
}

// String is the JSON of the stores.
func (s Stores) String() string {
	text, _ := json.Marshal(s) // strings alone
	return string(text)
}

// Validate refuses what names no file, or leaves a password's place open.
func (s Stores) Validate() error {
	if err := s.Keystore.validate(); err != nil {
		return fmt.Errorf("%w: keystore: %w", ErrLocation, err)
	}
	if err := s.Truststore.validate(); err != nil {
		return fmt.Errorf("%w: truststore: %w", ErrLocation, err)
	}
	return nil
}

func (l Location) validate() error {
	switch {
	case !path.IsAbs(l.Path):
		return fmt.Errorf("path %q is not absolute", l.Path)
	case l.Type != "" && l.Type != PEM && l.Type != PKCS12 && l.Type != JKS:
		return fmt.Errorf("type %q is none of %s, %s and %s", l.Type, PEM, PKCS12, JKS)
	case l.Password == Password{}:
		return nil // PEM needs none, and a store that does says so when it is read
	case !path.IsAbs(l.Password.File):
		return fmt.Errorf("password file %q is not absolute", l.Password.File)
	case l.Password.Key != "" && l.Password.Property != "":
		return errors.New("its password is under a key or a property, not both")
	}
	return nil
}

// In finds the password in the content of File. Its errors never quote the
// content.
func (p Password) In(content []byte) (string, error) {
	found := strings.TrimRight(string(content), "\r\n")
	switch {
	case p.Key != "":
		var members map[string]any
		if json.Unmarshal(content, &members) != nil {
			return "", fmt.Errorf("reading %s: it is no JSON object", p.File)
		}
		found, _ = members[p.Key].(string)
	case p.Property != "":
		found = Properties(content)[p.Property]
	}
	if found == "" {
		return "", fmt.Errorf("reading %s: it has no password%s", p.File, p.under())
	}
	return found, nil
}

// under is where in its file the password should be, for errors.
func (p Password) under() string {
	if name := p.Key + p.Property; name != "" {
		return " under " + name
	}
	return ""
}
