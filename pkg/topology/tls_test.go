package topology

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSourceDefaults(t *testing.T) {
	t.Parallel()
	c, err := complete(t, "")
	require.NoError(t, err)
	assert.Equal(t, SourceCertManager, c.TLSSource)
	assert.Zero(t, c.NiFiCA)

	c, err = complete(t, "  tls: {source: nifi-ca}")
	require.NoError(t, err)
	assert.Equal(t, NiFiCA{Image: "apache/nifi-toolkit:1.28.1", Storage: Volume{Size: "100Mi"}, AntiAffinity: "required"}, c.NiFiCA)
	assert.Equal(t, "full", c.TrustRestart, "nothing else mends trust there")

	c, err = complete(t, "  tls: {source: nifi-ca, nifiCA: {image: registry.example/toolkit@sha256:01, antiAffinity: preferred}}\n  healer: {trustRestart: never}")
	require.NoError(t, err)
	assert.Equal(t, "registry.example/toolkit@sha256:01", c.NiFiCA.Image)
	assert.Equal(t, "preferred", c.NiFiCA.AntiAffinity)
	assert.Equal(t, "never", c.TrustRestart, "a person's word comes first")
}

func TestSourceRules(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ spec, want string }{
		"unknown source":          {"  tls: {source: nifica}", `prod.yaml:7: spec.tls.source: "nifica" must be one of cert-manager, nifi-ca, secrets, self-signed; did you mean "nifi-ca"?`},
		"source of nothing near":  {"  tls: {source: x}", `"x" must be one of cert-manager, nifi-ca, secrets, self-signed`},
		"unknown field":           {"  tls: {source: nifi-ca, nifiCA: {antiAffinty: preferred}}", `did you mean "antiAffinity"?`},
		"issuer of no source":     {"  tls: {source: nifi-ca, issuerRef: {name: a}}", "spec.tls.issuerRef: is for source cert-manager, and the source is nifi-ca"},
		"scope of no source":      {"  tls: {source: secrets, scope: nodes}", "spec.tls.scope: is for source cert-manager"},
		"generation of no source": {"  tls: {source: self-signed, caGeneration: 2}", "spec.tls.caGeneration: is for source cert-manager"},
		"nifi-ca of no source":    {"  tls: {nifiCA: {antiAffinity: preferred}}", "spec.tls.nifiCA: is for source nifi-ca, and the source is cert-manager"},
		"image":                   {"  tls: {source: nifi-ca, nifiCA: {image: 'a b'}}", "spec.tls.nifiCA.image"},
		"storage":                 {"  tls: {source: nifi-ca, nifiCA: {storage: {size: much}}}", "spec.tls.nifiCA.storage.size"},
		"anti-affinity":           {"  tls: {source: nifi-ca, nifiCA: {antiAffinity: require}}", `"require" must be required or preferred; did you mean "required"?`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, err := Parse("prod.yaml", []byte(minimal+test.spec))
			if err == nil {
				_, err = Complete(file)
			}
			require.ErrorContains(t, err, test.want)
		})
	}
}
