package controlplane_test

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/controlplane"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/pki"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/places"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/process"
)

func specs(p places.Places) []process.Spec {
	return slices.Concat(controlplane.Storage(p), controlplane.Controllers(p), []process.Spec{controlplane.Proxy(p, "lab-1")})
}

func TestEveryFileThatAProcessNamesIsWritten(t *testing.T) {
	t.Parallel()
	p := places.Places{Lab: t.TempDir()}
	require.NoError(t, controlplane.WriteIdentities(p, nil, time.Now()))
	named := regexp.MustCompile(`=(/.*\.(crt|key|yaml))$`)
	count := 0
	for _, spec := range specs(p) {
		for _, arg := range spec.Args {
			if match := named.FindStringSubmatch(arg); match != nil {
				assert.FileExists(t, match[1], spec.Name)
				count++
			}
		}
	}
	assert.Greater(t, count, 10)
}

func TestKeysAreTheOwnersOnly(t *testing.T) {
	t.Parallel()
	p := places.Places{Lab: t.TempDir()}
	require.NoError(t, controlplane.WriteIdentities(p, nil, time.Now()))
	keys, err := filepath.Glob(filepath.Join(p.PKI(), "*.key"))
	require.NoError(t, err)
	require.NotEmpty(t, keys)
	for _, key := range append(keys, p.AdminKubeconfig()) {
		info, err := os.Stat(key)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), key)
	}
}

func TestNodeCertificate(t *testing.T) {
	t.Parallel()
	p := places.Places{Lab: t.TempDir()}
	extra := map[string]pki.Request{"lab-2": controlplane.NodeCertificate("lab-2", "10.244.0.2")}
	require.NoError(t, controlplane.WriteIdentities(p, extra, time.Now()))
	pair, err := tls.LoadX509KeyPair(filepath.Join(p.PKI(), "lab-2.crt"), filepath.Join(p.PKI(), "lab-2.key"))
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(pair.Certificate[0])
	require.NoError(t, err)
	assert.Equal(t, "system:node:lab-2", cert.Subject.CommonName)
	assert.Equal(t, []string{"system:nodes"}, cert.Subject.Organization)
	assert.NoError(t, cert.VerifyHostname("10.244.0.2"))
}

func TestProcessesListenOnTheLabsAddressesOnly(t *testing.T) {
	t.Parallel()
	for _, spec := range specs(places.Places{Lab: "/lab"}) {
		assert.Equal(t, "nsenter", spec.Args[0], spec.Name)
		assert.NotContains(t, strings.Join(spec.Args, " "), "0.0.0.0", spec.Name)
	}
}
