package trust

import (
	"bytes"
	"crypto/sha1" // what the format's integrity check is made of
	"encoding/binary"
	"fmt"
	"unicode/utf16"
)

// The tags of a JKS file (sun.security.provider.JavaKeyStore).
const (
	jksKey    = 1
	jksAnchor = 2
)

// jks is the entries of a JKS file, in its order.
type jks struct{ keys, anchors []Entry }

// readJKS checks a JKS file's digest and reads its entries. Private keys are
// passed over, so their own password isn't needed. No length in the file makes
// it read or allocate more than there is.
func readJKS(data []byte, password string) (jks, error) {
	var all jks
	if len(data) < 12+sha1.Size {
		return all, ErrDamaged
	}
	body, digest := data[:len(data)-sha1.Size], data[len(data)-sha1.Size:]
	r := &jksReader{rest: body[4:]}
	version, count := r.uint32(), r.uint32()
	if version != 1 && version != 2 {
		return all, fmt.Errorf("%w: JKS version %d is unknown", ErrFormat, version)
	}
	for range count {
		if err := r.entry(version, &all); err != nil {
			return jks{}, err
		}
	}
	if len(r.rest) > 0 {
		return jks{}, ErrDamaged
	}
	if !bytes.Equal(digest, jksDigest(body, password)) {
		return jks{}, ErrPassword
	}
	return all, nil
}

// jksDigest is SHA-1 of the password in UTF-16, a phrase of Sun's, and the file.
func jksDigest(body []byte, password string) []byte {
	var salted []byte
	for _, unit := range utf16.Encode([]rune(password)) {
		salted = binary.BigEndian.AppendUint16(salted, unit)
	}
	salted = append(salted, "Mighty Aphrodite"...)
	digest := sha1.Sum(append(salted, body...))
	return digest[:]
}

// jksReader takes fields off the front; once they run out, it has failed.
type jksReader struct {
	rest   []byte
	failed bool
}

func (r *jksReader) entry(version uint32, all *jks) error {
	tag, alias := r.uint32(), string(r.bytes(int(r.uint16())))
	r.bytes(8) // creation time
	certificates := uint32(1)
	if tag == jksKey {
		r.bytes(int(r.uint32())) // the encrypted key
		certificates = r.uint32()
	}
	entry := Entry{Alias: printable(alias)}
	for range certificates {
		c, err := r.certificate(version)
		if err != nil {
			return fmt.Errorf("%w: entry %q", err, alias)
		}
		entry.Chain = append(entry.Chain, c)
	}
	switch {
	case r.failed:
		return ErrDamaged
	case tag == jksKey && len(entry.Chain) > 0:
		all.keys = append(all.keys, entry)
	case tag == jksAnchor:
		all.anchors = append(all.anchors, entry)
	default:
		return fmt.Errorf("%w: entry %q", ErrDamaged, alias)
	}
	return nil
}

func (r *jksReader) certificate(version uint32) (Certificate, error) {
	if version == 2 {
		r.bytes(int(r.uint16())) // its type, X.509
	}
	der := r.bytes(int(r.uint32()))
	if r.failed {
		return Certificate{}, ErrDamaged
	}
	c, err := ParseCertificate(bytes.Clone(der)) // it keeps the bytes, and those who read keys wipe theirs
	if err != nil {
		return Certificate{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return c, nil
}

func (r *jksReader) uint32() uint32 {
	if b := r.bytes(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *jksReader) uint16() uint16 {
	if b := r.bytes(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

// bytes is the next n bytes; nil if there are fewer.
func (r *jksReader) bytes(n int) []byte {
	if r.failed || n < 0 || n > len(r.rest) {
		r.failed = true
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}
