package main

import (
	"archive/tar"
	"bytes"
	"crypto/x509"
	"io"
	"iter"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

func image(t *testing.T, architecture string) v1.Image {
	t.Helper()
	image, err := assemble(architecture, []byte("program"), []byte("roots"))
	require.NoError(t, err)
	return image
}

func TestImageHoldsTwoFiles(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	content := mutate.Extract(image(t, "arm64"))
	t.Cleanup(func() { _ = content.Close() })
	archive := tar.NewReader(content)
	for {
		header, err := archive.Next()
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		assert.Zero(t, header.ModTime.Unix(), header.Name)
		assert.Zero(t, header.Uid, "nothing in it belongs to whom it runs as")
		if header.Typeflag == tar.TypeReg {
			data, err := io.ReadAll(archive)
			require.NoError(t, err)
			files[header.Name] = string(data)
		}
	}
	assert.Equal(t, map[string]string{"nifi-healer": "program", "etc/ssl/certs/ca-certificates.crt": "roots"}, files)
}

func TestImageRunsAsNobody(t *testing.T) {
	t.Parallel()
	config, err := image(t, "arm64").ConfigFile()
	require.NoError(t, err)
	assert.Equal(t, "linux/arm64", config.Platform().String())
	assert.Equal(t, "65532:65532", config.Config.User)
	assert.Equal(t, []string{"/nifi-healer"}, config.Config.Entrypoint)
	assert.True(t, config.Created.IsZero())
}

func TestSameInputSameDigest(t *testing.T) {
	t.Parallel()
	digest := func(architecture string) v1.Hash {
		digest, err := image(t, architecture).Digest()
		require.NoError(t, err)
		return digest
	}
	assert.Equal(t, digest("amd64"), digest("amd64"))
	assert.NotEqual(t, digest("amd64"), digest("arm64"))
}

func TestAuthorities(t *testing.T) {
	t.Parallel()
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(authorities(bundle.Roots())))
	constrained := func(yield func(bundle.Root) bool) {
		for root := range bundle.Roots() {
			root.Constraint = func([]*x509.Certificate) error { return nil }
			if !yield(root) {
				return
			}
		}
	}
	assert.Greater(t, bytes.Count(authorities(bundle.Roots()), []byte("BEGIN CERTIFICATE")), 100)
	assert.Empty(t, authorities(iter.Seq[bundle.Root](constrained)))
}
