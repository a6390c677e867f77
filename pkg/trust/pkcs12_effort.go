package trust

import (
	"encoding/asn1"
	"fmt"
)

// maxPKCS12 is how many bytes a PKCS#12 file may have: a Secret holds half of it,
// and decoding takes up to eighty times as much memory.
const maxPKCS12 = 2 << 20

// maxIterations is how often a password may have to be hashed for all of a file:
// keytool asks for 10,000 a part, openssl for 2,048, and a damaged or hostile
// file for hours of work.
const maxIterations = 5_000_000

// deepest is how far down a PKCS#12 file parameters are found, generously.
const deepest = 24

// checkPKCS12 refuses a file that ends too early, or would take for ever or all
// of the memory.
func checkPKCS12(data []byte) error {
	if len(data) > maxPKCS12 {
		return fmt.Errorf("%w: it is larger than %d MiB", ErrUnsupported, maxPKCS12>>20)
	}
	var outer asn1.RawValue
	if _, err := asn1.Unmarshal(data, &outer); err != nil {
		return fmt.Errorf("%w: no whole PKCS#12 structure", ErrDamaged)
	}
	if iterations(outer, deepest) > maxIterations {
		return fmt.Errorf("%w: it asks for more than %d iterations", ErrDamaged, maxIterations)
	}
	return nil
}

// iterations adds up how often an element of ASN.1, and what it is made of, has
// a password hashed. The MAC (RFC 7292, section 4), MAC and encryption by PBKDF2
// (RFC 8018, appendix A.2) and the encryption of before (RFC 7292, appendix C)
// all state it in a SEQUENCE, as an INTEGER after the salt, an OCTET STRING; no
// more of the structure needs to be known. Readers insist on these three tags, and
// take some elements around them whatever their tag, so each is looked into, keys
// and salts as well: random bytes hardly ever look like the three. What is
// encrypted isn't seen.
func iterations(of asn1.RawValue, depth int) int64 {
	stated := of.Class == asn1.ClassUniversal && of.Tag == asn1.TagSequence && of.IsCompound
	sum, salted := int64(0), false
	for elements := of.Bytes; depth > 0 && len(elements) > 0; {
		var element asn1.RawValue
		rest, err := asn1.Unmarshal(elements, &element)
		if err != nil {
			break // no ASN.1, or none that a reader would get through
		}
		if stated && salted && primitive(element, asn1.TagInteger) {
			sum += count(element.Bytes)
		}
		sum += iterations(element, depth-1)
		salted, elements = primitive(element, asn1.TagOctetString), rest
	}
	return sum
}

// primitive tells that an element is of that universal type, and in one piece.
func primitive(element asn1.RawValue, tag int) bool {
	return element.Class == asn1.ClassUniversal && element.Tag == tag && !element.IsCompound
}

// count is a number in an INTEGER, or one that is too large.
func count(number []byte) int64 {
	if len(number) > 4 {
		return maxIterations + 1
	}
	n := int64(0)
	for _, b := range number {
		n = n<<8 | int64(b)
	}
	return n
}
