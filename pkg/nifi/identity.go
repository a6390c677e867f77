package nifi

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"strings"
)

// Identity is the NiFi user of a certificate: its subject in RFC 1779 form, most
// specific part first, as StandardPrincipalFormatter has it:
// "CN=prod-admin, OU=NIFI, O=nifi".
func Identity(c *x509.Certificate) string {
	var subject pkix.RDNSequence
	if _, err := asn1.Unmarshal(c.RawSubject, &subject); err != nil {
		return ""
	}
	var parts []string
	for _, set := range slices.Backward(subject) {
		for _, attribute := range set {
			value, _ := attribute.Value.(string)
			parts = append(parts, keyword(attribute.Type.String())+"="+quoted(value))
		}
	}
	return strings.Join(parts, ", ")
}

// keyword is the attribute's name in RFC 1779, its number where it has none.
func keyword(oid string) string {
	known := map[string]string{
		"2.5.4.3": "CN", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST",
		"2.5.4.9": "STREET", "2.5.4.10": "O", "2.5.4.11": "OU",
	}
	if name, ok := known[oid]; ok {
		return name
	}
	return "OID." + oid
}

func quoted(value string) string {
	if !strings.ContainsAny(value, `,+=<>#;"\`) {
		return value
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}
