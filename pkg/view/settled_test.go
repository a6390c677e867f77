package view_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// TestGatherSettlesEachSourceOnce: whoever watches sees what each source gave,
// or that it failed, and may keep what it saw.
func TestGatherSettlesEachSourceOnce(t *testing.T) {
	t.Parallel()
	var order []view.Source
	var seen []view.Cluster
	d := &details{failing: map[view.Source]error{view.SourceRules: view.ErrForbidden}}
	s := &sources{Cluster: with(notReady(2))}
	synctest.Test(t, func(t *testing.T) {
		view.Gather(t.Context(), view.Sources{
			Kubernetes: s, Credentials: s.credentials, Details: d,
			Settled: func(source view.Source, soFar view.Cluster) { order, seen = append(order, source), append(seen, soFar) },
		}, names(), time.Minute, now)
	})
	for _, source := range []view.Source{
		view.SourceStatefulSet, view.SourcePods, view.SourceLeases, view.SourceCertificates, view.SourceCredentials, view.SourceEvents,
		view.SourceRules, view.SourceTopology, view.SourceLogs, view.SourceHandshakes, view.SourceVolumes, view.SourceCPU, view.SourceCoordinator, view.SourceNode,
	} {
		assert.Len(t, slices.DeleteFunc(slices.Clone(order), func(s view.Source) bool { return s != source }), 1, source)
	}
	assert.NotNil(t, seen[slices.Index(order, view.SourcePods)].Pods)
	assert.NotNil(t, seen[slices.Index(order, view.SourceTopology)].Detail.Candidates)
	assert.Len(t, seen[slices.Index(order, view.SourceRules)].Errors, 1)
	assert.Empty(t, seen[slices.Index(order, view.SourceRules)].Nodes, "what comes later isn't in it")
	assert.Equal(t, "prod-0", seen[slices.Index(order, view.SourceCoordinator)].NodesFrom)
}
