package trust

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Fingerprint is the SHA-256 of a certificate's DER. Its text is 64 lower-case
// hexadecimal digits, as the tls-sync container logs it.
type Fingerprint [sha256.Size]byte

// shortLength is how many bytes of a fingerprint people get to see in a table.
const shortLength = 6

// FingerprintOf is the fingerprint of a certificate's DER.
func FingerprintOf(der []byte) Fingerprint { return sha256.Sum256(der) }

// ParseFingerprint reads the text of a fingerprint.
func ParseFingerprint(text string) (Fingerprint, error) {
	var f Fingerprint
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(f) {
		return f, fmt.Errorf("parsing fingerprint %q: want 64 hexadecimal digits", text)
	}
	copy(f[:], raw)
	return f, nil
}

// String is all 64 digits.
func (f Fingerprint) String() string { return hex.EncodeToString(f[:]) }

// Short is the first twelve digits, for tables.
func (f Fingerprint) Short() string { return hex.EncodeToString(f[:shortLength]) }

// IsZero tells that there is no fingerprint.
func (f Fingerprint) IsZero() bool { return f == Fingerprint{} }

// MarshalText writes the fingerprint into JSON and YAML.
func (f Fingerprint) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (f *Fingerprint) UnmarshalText(text []byte) error {
	parsed, err := ParseFingerprint(string(text))
	if err == nil {
		*f = parsed
	}
	return err
}
