package overlay

import (
	"fmt"
	"path"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// Build runs kustomize over the files in memory and returns the stream of
// manifests that `kubectl apply -k` would send.
func Build(files Files) ([]byte, error) {
	memory := filesys.MakeFsInMemory()
	for _, name := range files.Paths() {
		if err := memory.WriteFile(path.Join("/overlay", name), files[name]); err != nil {
			return nil, fmt.Errorf("building overlay: %w", err)
		}
	}
	options := krusty.MakeDefaultOptions()
	options.Reorder = krusty.ReorderOptionLegacy // as kubectl does
	resources, err := krusty.MakeKustomizer(options).Run(memory, "/overlay")
	if err != nil {
		return nil, fmt.Errorf("building overlay: %w", err)
	}
	stream, err := resources.AsYaml()
	if err != nil {
		return nil, fmt.Errorf("building overlay: %w", err)
	}
	return stream, nil
}
