package plugin

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
)

// assertSigned says who has signed everything, and that nothing is left over.
func (s *rotateStage) assertSigned(t *testing.T, by string) {
	t.Helper()
	for name, signer := range s.signers {
		if name != s.names.RotationSecret() {
			assert.Equal(t, by, signer, name)
		}
	}
	for ordinal := range 3 {
		assert.Equal(t, by, s.served(ordinal))
	}
	assert.Zero(t, s.published())
	assert.False(t, s.api.Has(s.certificate(s.names.RotationSecret())))
	assert.False(t, s.api.Has(s.path("api/v1", "secrets", s.names.RotationSecret())))
}

func documentOf(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "nificluster.yaml"))
	require.NoError(t, err)
	return string(text)
}

func TestRotate(t *testing.T) {
	t.Parallel()
	s := newRotateStage(t)
	dir := s.overlayOf("prod", "nifi")
	got := s.operate("rotate-ca", "prod", "--dir", dir, "--yes")
	waits := regexp.MustCompile(`(?m)^(wait until|waiting:).*\n`) // there are as many as it takes
	assertGolden(t, "operate/rotate.golden", waits.ReplaceAllString(got.String(), ""))
	s.assertSigned(t, "prod-ca-2")
	assert.Contains(t, documentOf(t, dir), "caGeneration: 2")
	for _, kept := range []string{s.certificate("prod-ca"), s.path("apis/cert-manager.io/v1", "issuers", "prod-ca")} {
		assert.False(t, s.api.Has(kept), kept)
	}
	again := s.operate("rotate-ca", "prod", "--dir", dir, "--dry-run")
	assert.Contains(t, again.stdout, "make root prod-ca-3", again.stderr)
}

func TestRotateToAnotherIssuer(t *testing.T) {
	t.Parallel()
	s := newRotateStage(t)
	dir := s.overlayOf("prod", "nifi")
	got := s.operate("rotate-ca", "prod", "--issuer", "company", "--dir", dir, "--yes")
	assert.Equal(t, exitWell, got.code, got.stderr)
	assert.Equal(t, "cluster prod: every certificate is signed by ClusterIssuer company\n", got.stdout)
	s.assertSigned(t, "company")
	assert.Contains(t, documentOf(t, dir), "name: company")

	further := s.operate("rotate-ca", "prod", "--dir", dir, "--yes")
	assert.Contains(t, further.stderr, "the cluster has no root of its own, ClusterIssuer company signs its certificates: say where to go with --issuer")
	same := s.operate("rotate-ca", "prod", "--issuer", "company", "--dir", dir, "--yes")
	assert.Contains(t, same.stderr, "ClusterIssuer company signs the cluster's certificates already")
}

// TestRotateWithoutTheDocument stops before the point of no return: the next
// apply would have everything signed by a root that is gone.
func TestRotateWithoutTheDocument(t *testing.T) {
	t.Parallel()
	s := newRotateStage(t)
	got := s.operate("rotate-ca", "prod", "--yes")
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, got.stderr, "warning: without --dir it stops before the old anchor is forgotten")
	assert.Contains(t, got.stderr, "go on with kubectl nifi rotate-ca prod --dir OVERLAY, or with --no-document")
	assert.Equal(t, "prod-ca-2", s.served(0))
	assert.NotZero(t, s.published(), "both anchors are trusted until then")

	resumed := s.operate("operations", "prod", "--resume", "--yes")
	assert.Equal(t, exitFailed, resumed.code, "nobody has seen to the document yet")
	done := s.operate("rotate-ca", "prod", "--no-document", "--yes")
	assert.Equal(t, exitWell, done.code, done.stderr)
	s.assertSigned(t, "prod-ca-2")
}

func TestRotateCutAndAborted(t *testing.T) {
	t.Parallel()
	for _, step := range []string{
		"make root prod-ca-2, its key and its issuer", "give every node both anchors, the old and the new",
		"have prod-ca-2 sign the nodes' certificates", "write into the overlay's document that prod-ca-2 signs",
	} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			s := newRotateStage(t)
			dir := s.overlayOf("prod", "nifi")
			s.die(step)
			cut := s.operate("rotate-ca", "prod", "--dir", dir, "--yes")
			require.NotEqual(t, exitWell, cut.code)
			s.revive()
			require.Equal(t, operation.RotateCA, s.record().Journal.Kind)
			got := s.operate("rotate-ca", "prod", "--abort", "--dir", dir, "--yes")
			require.Equal(t, exitWell, got.code, got.stderr)
			assert.Equal(t, "cluster prod: every certificate is signed by Issuer prod-ca\n", got.stdout)
			s.assertSigned(t, "prod-ca")
			assert.False(t, s.api.Has(s.certificate("prod-ca-2")))
			assert.NotContains(t, documentOf(t, dir), "caGeneration: 2")
		})
	}
}

func TestRotateRefusesDrift(t *testing.T) {
	t.Parallel()
	s := newRotateStage(t)
	s.certs.drift(t, 1)
	got := s.operate("rotate-ca", "prod", "--no-document", "--yes")
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, got.stderr, "not every node trusts every other")
	assert.Empty(t, s.changes)
}

func TestRotateWrongUsage(t *testing.T) {
	t.Parallel()
	s := newRotateStage(t)
	for want, args := range map[string][]string{
		"error: --abort goes alone":                           {"--abort", "--issuer", "company"},
		"error: --no-document and --dir exclude each other":   {"--no-document", "--dir", "x"},
		`error: --issuer-kind must be Issuer or Cluster`:      {"--issuer", "x", "--issuer-kind", "Secret"},
		`error: --dir nowhere holds no overlay of cluster "p`: {"--dir", "nowhere"},
	} {
		got := s.operate(append([]string{"rotate-ca", "prod"}, args...)...)
		assert.Equal(t, exitUsage, got.code, want)
		assert.Contains(t, got.stderr, want)
		assert.Equal(t, 1, strings.Count(got.stderr, "\n"), got.stderr)
	}
	assert.Empty(t, s.changes)
}
