package nifi

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestIdentity(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		subject pkix.Name
		want    string
	}{
		"tls-toolkit":     {pkix.Name{CommonName: "admin", OrganizationalUnit: []string{"NIFI"}}, "CN=admin, OU=NIFI"},
		"most specific":   {pkix.Name{CommonName: "ops", OrganizationalUnit: []string{"NIFI"}, Organization: []string{"data"}, Country: []string{"DE"}}, "CN=ops, OU=NIFI, O=data, C=DE"},
		"quoted":          {pkix.Name{CommonName: `Doe, "Jo"`}, `CN="Doe, \"Jo\""`},
		"without a name":  {pkix.Name{}, ""},
		"of no known key": {pkix.Name{ExtraNames: []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{1, 2, 3}, Value: "x"}}}, "OID.1.2.3=x"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw, err := asn1.Marshal(test.subject.ToRDNSequence())
			require.NoError(t, err)
			assert.Equal(t, test.want, Identity(&x509.Certificate{RawSubject: raw}))
		})
	}
}
