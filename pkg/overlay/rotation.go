package overlay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"

	"github.com/kubectl-nifi/kubectl-nifi/kustomize"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// Root is the objects of a cluster's own root in a generation, with its issuer,
// as the overlay of that generation has them, in JSON.
func Root(names topology.Names, generation int) ([]json.RawMessage, error) {
	v := values{Cluster: topology.Cluster{Names: names, CAGeneration: generation}}
	files := Files{}
	for name, from := range map[string]string{"kustomization.yaml": "rotation/kustomization.yaml", "root.yaml": "components/own-root/root.yaml"} {
		text, err := renderFile(from, v)
		if err != nil {
			return nil, err
		}
		files[name] = text
	}
	stream, err := Build(files)
	if err != nil {
		return nil, err
	}
	return objectsOf(stream)
}

// Probe is a Certificate of a client that has no rights, signed by an issuer.
func Probe(names topology.Names, kind, issuer string) (json.RawMessage, error) {
	text, err := renderFile("rotation/probe.yaml", struct {
		topology.Names
		Kind, Issuer string
	}{names, kind, issuer})
	if err != nil {
		return nil, err
	}
	objects, err := objectsOf(text)
	if err != nil {
		return nil, err
	}
	return objects[0], nil
}

func renderFile(name string, v any) ([]byte, error) {
	text, err := kustomize.Files.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return execute(name, string(text), v)
}

// objectsOf is the manifests of a stream.
func objectsOf(stream []byte) ([]json.RawMessage, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(stream))
	var objects []json.RawMessage
	for {
		var object map[string]any
		if err := decoder.Decode(&object); errors.Is(err, io.EOF) {
			return objects, nil
		} else if err != nil {
			return nil, fmt.Errorf("decoding manifests: %w", err)
		}
		text, err := json.Marshal(object)
		if err != nil {
			return nil, err
		}
		objects = append(objects, text)
	}
}
