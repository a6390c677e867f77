package main

import (
	"archive/tar"
	"bytes"
	"encoding/pem"
	"io"
	"iter"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// user is nobody in particular: no file in the image is theirs.
const user = "65532:65532"

// assemble is the image: nothing but the program and the public authorities,
// which it needs for flow registries; the API server's and NiFi's own are given
// to it by Kubernetes.
func assemble(architecture string, binary, roots []byte) (v1.Image, error) {
	layer, err := layerOf(binary, roots)
	if err != nil {
		return nil, err
	}
	image, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", architecture
	config.Config = v1.Config{
		User: user, Entrypoint: []string{"/nifi-healer"}, WorkingDir: "/",
		Labels: map[string]string{
			"org.opencontainers.image.title":    "nifi-healer",
			"org.opencontainers.image.source":   "https://github.com/kubectl-nifi/kubectl-nifi",
			"org.opencontainers.image.licenses": "Apache-2.0",
		},
	}
	return mutate.ConfigFile(image, config)
}

// layerOf is the image's only layer. Its times are the epoch, so that its bytes
// depend on what is in it alone.
func layerOf(binary, roots []byte) (v1.Layer, error) {
	var out bytes.Buffer
	archive := tar.NewWriter(&out)
	for _, entry := range []struct {
		name string
		mode int64
		data []byte
	}{
		{"etc/", 0o755, nil}, {"etc/ssl/", 0o755, nil}, {"etc/ssl/certs/", 0o755, nil},
		{"etc/ssl/certs/ca-certificates.crt", 0o644, roots},
		{"nifi-healer", 0o755, binary},
	} {
		header := &tar.Header{Name: entry.name, Mode: entry.mode, Size: int64(len(entry.data)), ModTime: time.Unix(0, 0), Typeflag: tar.TypeReg}
		if entry.data == nil {
			header.Typeflag = tar.TypeDir
		}
		if err := archive.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := archive.Write(entry.data); err != nil {
			return nil, err
		}
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(out.Bytes())), nil })
}

// authorities writes those that Mozilla trusts for everything as PEM: a plain
// file can't say what one with a constraint is trusted for.
func authorities(roots iter.Seq[bundle.Root]) []byte {
	var out bytes.Buffer
	for root := range roots {
		if root.Constraint == nil {
			_ = pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}) // a buffer takes all
		}
	}
	return out.Bytes()
}
