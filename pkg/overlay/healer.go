package overlay

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/kubectl-nifi/kubectl-nifi/kustomize"
)

// Healer is how nifi-healer is to be installed.
type Healer struct {
	Namespace     string
	Image         string // full reference
	Replicas      int    // more than one elect a leader
	AllNamespaces bool   // look at the clusters of every namespace
}

// Components are the concerns this one has besides the base.
func (h Healer) Components() []string {
	var names []string
	if h.Replicas > 1 {
		names = append(names, "leader-election")
	}
	if h.AllNamespaces {
		names = append(names, "cluster-wide")
	}
	return names
}

// RenderHealer makes every file of the healer's overlay.
func RenderHealer(h Healer) (Files, error) {
	files := Files{}
	sources := map[string]string{"healer/base": generatedFolder, "healer/overlay": "."}
	for _, component := range h.Components() {
		sources["healer/components/"+component] = generatedFolder + "/components/" + component
	}
	for from, to := range sources {
		if err := renderTree(files, kustomize.Healer, from, to, h); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// healerMark is a file that only the healer's overlay has.
const healerMark = generatedFolder + "/deployment.yaml"

// ErrNotHealers says that a folder holds something else than the healer's overlay.
var ErrNotHealers = errors.New("it isn't empty and isn't nifi-healer's")

// WriteHealer brings the healer's folder up to date. kustomization.yaml belongs
// to the user after the first run.
func (d Folder) WriteHealer(files Files) error {
	entries, err := os.ReadDir(d.Path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("opening folder %q: %w", d.Path, err)
	}
	if _, err := os.Stat(filepath.Join(d.Path, healerMark)); err != nil && len(entries) > 0 {
		return fmt.Errorf("using folder %q: %w; choose another with --dir", d.Path, ErrNotHealers)
	}
	return d.writeFiles(files)
}
