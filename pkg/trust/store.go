package trust

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Reasons why a store can't be read, for errors.Is.
var (
	ErrTooLarge    = errors.New("larger than 16 MiB, which no keystore is")
	ErrFormat      = errors.New("neither PEM, PKCS#12 nor JKS")
	ErrUnsupported = errors.New("unsupported PKCS#12")
	ErrPassword    = errors.New("wrong password, or the file is damaged")
	ErrDamaged     = errors.New("truncated or damaged")
	ErrWrongKind   = errors.New("not the kind of store that is wanted")
)

// MaxStore is how many bytes a store may have.
const MaxStore = 16 << 20

// Format is a file format of keystores and truststores.
type Format string

// The formats that are told apart by content, whatever the file's name.
const (
	PEM    Format = "PEM"
	PKCS12 Format = "PKCS12"
	JKS    Format = "JKS"
)

// Entry is one alias of a store: a key's chain, leaf first, or a single anchor.
type Entry struct {
	Alias string // empty in PEM, and in truststores of PKCS#12, whose reader passes over it
	Chain []Certificate
}

// printable is an alias as a terminal may show it: whoever made the store has
// chosen it.
func printable(alias string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, alias)
}

// FormatOf tells a store's format by its first bytes.
func FormatOf(data []byte) (Format, error) {
	switch {
	case len(data) > MaxStore:
		return "", ErrTooLarge
	case bytes.HasPrefix(data, []byte{0xfe, 0xed, 0xfe, 0xed}):
		return JKS, nil
	case bytes.HasPrefix(data, []byte{0xce, 0xce, 0xce, 0xce}):
		return "", fmt.Errorf("%w: it is JCEKS; convert it with keytool -importkeystore -deststoretype PKCS12", ErrFormat)
	case len(data) > 2 && data[0] == 0x30 && data[1] >= 0x80: // a DER or BER SEQUENCE of some length
		return PKCS12, nil
	case bytes.Contains(data, []byte("-----BEGIN ")):
		return PEM, nil
	default:
		return "", ErrFormat
	}
}

// ReadKeystore reads the key entries of a store: one for each alias, with the
// chain that a node would serve. Keys themselves are not kept. PEM needs no
// password.
func ReadKeystore(data []byte, password string) ([]Entry, error) {
	format, err := FormatOf(data)
	if err != nil {
		return nil, err
	}
	var entries []Entry
	switch format {
	case PEM:
		var chain []Certificate
		if chain, err = ParsePEM(data); err == nil {
			entries = []Entry{{Chain: chain}}
		}
	case PKCS12:
		entries, err = pkcs12Keys(data, password)
	case JKS:
		var all jks
		all, err = readJKS(data, password)
		entries = all.keys
	}
	if err == nil && len(entries) == 0 {
		err = fmt.Errorf("%w: it holds no private key; is it a truststore?", ErrWrongKind)
	}
	return entries, err
}

// ReadTruststore reads the anchors of a store, one entry each.
func ReadTruststore(data []byte, password string) ([]Entry, error) {
	format, err := FormatOf(data)
	if err != nil {
		return nil, err
	}
	var entries []Entry
	switch format {
	case PEM:
		var anchors []Certificate
		anchors, err = ParsePEM(data)
		for _, anchor := range anchors {
			entries = append(entries, Entry{Chain: []Certificate{anchor}})
		}
	case PKCS12:
		entries, err = pkcs12Anchors(data, password)
	case JKS:
		var all jks
		all, err = readJKS(data, password)
		entries = all.anchors
	}
	if err == nil && len(entries) == 0 {
		err = fmt.Errorf("%w: it holds no trusted certificate; is it a keystore?", ErrWrongKind)
	}
	return entries, err
}

// Certificates is every certificate of the entries, each once.
func Certificates(entries []Entry) []Certificate {
	var all []Certificate
	for _, entry := range entries {
		for _, c := range entry.Chain {
			if !slices.ContainsFunc(all, func(have Certificate) bool { return have.Fingerprint == c.Fingerprint }) {
				all = append(all, c)
			}
		}
	}
	return all
}
