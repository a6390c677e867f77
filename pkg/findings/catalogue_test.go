package findings_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
)

func TestCatalogue(t *testing.T) {
	t.Parallel()
	seen, titles := map[findings.ID]bool{}, map[string]bool{}
	for _, d := range findings.Catalogue() {
		assert.Regexp(t, `^NIFI-[A-Z]+-\d{3}$`, string(d.ID))
		assert.False(t, seen[d.ID], "%s is given twice", d.ID)
		assert.False(t, titles[d.Title], "%q is no title of one alone", d.Title)
		assert.GreaterOrEqual(t, d.Severity.Rank(), 0, d.ID)
		seen[d.ID], titles[d.Title] = true, true
	}
	for _, area := range findings.Areas() {
		assert.Equal(t, 1, strings.Count(strings.Join(findings.Areas(), "\n")+"\n", area+"\n"), "an area is in one place")
	}
}

// TestDocumentation holds docs/findings.md and the catalogue together.
func TestDocumentation(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "findings.md"))
	require.NoError(t, err)
	sections := map[string]string{}
	for _, part := range regexp.MustCompile(`(?m)^## `).Split(string(raw), -1)[1:] {
		id, text, _ := strings.Cut(part, "\n")
		sections[id] = text
	}
	for _, d := range findings.Catalogue() {
		text, ok := sections[string(d.ID)]
		assert.True(t, ok, "%s has no section", d.ID)
		assert.Contains(t, text, fmt.Sprintf("**%s: %s.**", d.Severity, d.Title))
		assert.Contains(t, text, "How we know: ")
		assert.Contains(t, text, "What to do: ")
		assert.Equal(t, "docs/findings.md#"+strings.ToLower(string(d.ID)), d.Anchor())
	}
	assert.Len(t, sections, len(findings.Catalogue()), "a section about nothing")
}
