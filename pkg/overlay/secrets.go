package overlay

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/bcrypt"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// hashCost is OWASP's minimum; the password is random unless somebody wrote
// another one, and a first init should stay instant.
const hashCost = 10

// Secrets are the inputs of an overlay that stay out of Git. Once made they
// are kept, since a second sensitive key would make the flow unreadable.
type Secrets struct {
	SensitiveKey string // nifi.sensitive.props.key
	Password     string // of the single user
	PasswordHash string // bcrypt, "$2b$…": NiFi verifies strictly by that prefix
	HashOf       string // SHA-256 of the password that was hashed, in hexadecimal
	CAToken      string // what nodes show the nifi-ca, and it them

	Root  Pair            // of source self-signed
	Pairs map[string]Pair // signed by it, by Secret
}

// Complete fills in what the cluster needs and nobody gave, from the random
// source. A hash that still fits its password is kept.
func (s Secrets) Complete(c topology.Cluster, random io.Reader) (Secrets, error) {
	var err error
	if c.SensitiveKeyRef == nil && s.SensitiveKey == "" {
		if s.SensitiveKey, err = generate(random); err != nil {
			return Secrets{}, fmt.Errorf("generating the sensitive properties key: %w", err)
		}
	}
	if s, err = s.withToken(c, random); err != nil || c.Login != topology.LoginSingleUser {
		return s, err
	}
	if s.Password == "" {
		if s.Password, err = generate(random); err != nil {
			return Secrets{}, fmt.Errorf("generating the password of %q: %w", c.Username, err)
		}
	}
	return s.hashed()
}

// withToken has a token if there is a nifi-ca.
func (s Secrets) withToken(c topology.Cluster, random io.Reader) (_ Secrets, err error) {
	if c.TLSSource != topology.SourceNiFiCA {
		return s, nil
	}
	if s.CAToken == "" {
		if s.CAToken, err = generate(random); err != nil {
			return Secrets{}, fmt.Errorf("generating the token of %s: %w", c.Names.NiFiCA(), err)
		}
	}
	if err := topology.ValidToken(s.CAToken); err != nil {
		return Secrets{}, fmt.Errorf("the token in %s %w", tokenFile, err)
	}
	return s, nil
}

func (s Secrets) hashed() (Secrets, error) {
	if len(s.Password) < 12 || len(s.Password) > 71 {
		return Secrets{}, fmt.Errorf("hashing the single-user password: it has %d characters, NiFi takes 12 to 71", len(s.Password))
	}
	digest := fmt.Sprintf("%x", sha256.Sum256([]byte(s.Password)))
	if s.PasswordHash != "" && s.HashOf == digest { // far cheaper than asking bcrypt at every run
		return s, nil
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(s.Password), hashCost)
	if err != nil {
		return Secrets{}, fmt.Errorf("hashing the single-user password: %w", err)
	}
	// The same algorithm under the version that NiFi asks for.
	s.PasswordHash, s.HashOf = strings.Replace(string(hash), "$2a$", "$2b$", 1), digest
	return s, nil
}

// generate is 192 random bits as 32 characters that need no escaping anywhere.
func generate(random io.Reader) (string, error) {
	bits := make([]byte, 24)
	if _, err := io.ReadFull(random, bits); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(bits), nil
}
