package addons_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/addons"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/places"
)

func TestCorefile(t *testing.T) {
	t.Parallel()
	text := addons.Corefile(places.Places{Lab: "/lab"})
	assert.Contains(t, text, "kubernetes cluster.local in-addr.arpa {\n        kubeconfig /lab/kubeconfig/coredns.yaml\n")
	assert.Equal(t, 2, strings.Count(text, "bind 10.244.0.1\n"), "every server binds the lab's address only")
	assert.Equal(t, strings.Count(text, "{"), strings.Count(text, "}"))
}

func TestApplyNamesWhereItLookedForCRDs(t *testing.T) {
	t.Parallel()
	err := addons.Apply(t.Context(), places.Places{Lab: t.TempDir()}, t.TempDir())
	require.Error(t, err)
}
