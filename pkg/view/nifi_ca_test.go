package view_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

func TestGatherNiFiCA(t *testing.T) {
	t.Parallel()
	ca := &view.NiFiCA{Workload: "Deployment prod-nifi-ca"}
	forbidden := map[view.Source]error{view.SourceNiFiCA: fmt.Errorf("listing deployments: %w", view.ErrForbidden)}
	unsynced := func(c *view.Cluster) { c.StatefulSet.Unsynced = true }
	tests := map[string]struct {
		cluster view.Cluster
		failing map[view.Source]error
		want    *view.NiFiCA
		errors  int
	}{
		"asked for":             {with(unsynced), nil, ca, 0},
		"a missing right":       {with(unsynced), forbidden, nil, 1},
		"pods have a tls-sync":  {well(), forbidden, nil, 0},
		"nobody knows the pods": {with(func(c *view.Cluster) { c.StatefulSet = &view.StatefulSet{} }), forbidden, nil, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &details{Detail: view.Detail{NiFiCA: test.want}, failing: test.failing}
			got := gatherDetails(t, &sources{Cluster: test.cluster}, d)
			assert.Equal(t, test.want, got.Detail.NiFiCA)
			assert.Len(t, got.Errors, test.errors)
		})
	}
}

func TestGatherWithoutCertManager(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]int{"": 1, "cert-manager": 1, "nifi-ca": 0, "secrets": 0, "self-signed": 0} {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			s := &sources{
				Cluster: with(func(c *view.Cluster) { c.StatefulSet.TLSSource = source }),
				failing: map[view.Source]error{view.SourceCertificates: fmt.Errorf("no cert-manager: %w", view.ErrNotFound)},
			}
			assert.Len(t, gather(t, s).Errors, want)
		})
	}
}

func TestGatherSecrets(t *testing.T) {
	t.Parallel()
	for source, want := range map[string][]string{"": nil, "nifi-ca": nil, "secrets": {"prod-0-tls"}, "self-signed": {"prod-0-tls"}} {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			s := &sources{Cluster: with(func(c *view.Cluster) { c.StatefulSet.TLSSource = source })}
			assert.Equal(t, want, gatherDetails(t, s, &details{Detail: view.Detail{Secrets: []string{"prod-0-tls"}}}).Detail.Secrets)
		})
	}
}
