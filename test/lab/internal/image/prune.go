package image

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// Prune removes files that match a pattern, except those to keep: what earlier
// versions left in the cache.
func Prune(pattern string, keep ...string) error {
	files, err := filepath.Glob(pattern)
	if err != nil {
		return fmt.Errorf("clearing the cache: %w", err)
	}
	for _, file := range files {
		if slices.Contains(keep, file) {
			continue
		}
		if err := os.Remove(file); err != nil {
			return fmt.Errorf("clearing the cache: %w", err)
		}
	}
	return nil
}
