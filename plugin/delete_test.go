package plugin

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// furnish adds what NiFi, cert-manager and others make beside the overlay, and
// takes the overlay's label off what isn't its own.
func (s *stage) furnish() {
	made := func(group, resource, name string, labels, annotations map[string]string) {
		meta := metav1.ObjectMeta{Name: name, Namespace: s.names.Namespace, Labels: labels, Annotations: annotations}
		s.api.Set(s.path(group, resource, name), metav1.PartialObjectMetadata{ObjectMeta: meta})
	}
	overlays := s.metadata("", nil).Labels
	clusters := map[string]string{topology.LabelName: "nifi", topology.LabelInstance: "prod"}
	made("api/v1", "configmaps", "prod-nifi-component-0a1b", nil, nil)
	made("api/v1", "configmaps", "kube-root-ca.crt", nil, nil)
	made("api/v1", "secrets", s.names.Keys(), overlays, nil)
	made("api/v1", "secrets", "prod-0-tls", clusters, map[string]string{"cert-manager.io/certificate-name": "prod-0-tls"})
	for _, lease := range []string{s.names.CoordinatorLease(), s.names.PrimaryLease()} {
		made("apis/coordination.k8s.io/v1", "leases", lease, nil, nil)
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args []string
		keys bool // the key to the volumes stays
	}{
		"delete":         {nil, true},
		"delete-all":     {[]string{"--all"}, true},
		"delete-volumes": {[]string{"--all", "--delete-volumes"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			s.furnish()
			dry := s.operate(append([]string{"delete", "prod", "--dry-run"}, test.args...)...)
			assertGolden(t, "operate/"+name+"-dry-run.golden", dry.String())
			assert.Empty(t, s.changes)

			got := s.operate(append([]string{"delete", "prod", "--yes"}, test.args...)...)
			assertGolden(t, "operate/"+name+".golden", got.String())
			assert.Equal(t, "DELETE statefulsets/prod", s.changes[0], "NiFi needs everything else to its last moment")
			assert.False(t, s.api.Has(s.podPath(0)))
			assert.Equal(t, test.keys, s.api.Has(s.path("api/v1", "secrets", s.names.Keys())))
			assert.Equal(t, test.keys, s.api.Has(s.claimPath(0)))
			assert.True(t, s.api.Has(s.path("api/v1", "configmaps", "kube-root-ca.crt")), "that is another's")
		})
	}
}

// Only who types the cluster's name deletes it.
func TestDeleteIsAsked(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	got := s.operate("delete", "prod")
	assert.Equal(t, exitUsage, got.code)
	assert.Contains(t, got.stderr, "error: add --yes to go on")
	terminal := func() (int, int, error) { return 100, 40, nil }
	for _, typed := range []string{"", "y\n", "yes\n", "Prod\n"} {
		got := s.operateAs(t.Context(), "kim@laptop", strings.NewReader(typed), terminal, "delete", "prod")
		assert.Equal(t, exitFailed, got.code, typed)
		assert.Contains(t, got.stderr, "type the cluster's name to go on: error: left as it is\n", typed)
	}
	assert.Empty(t, s.changes)
	got = s.operateAs(t.Context(), "kim@laptop", strings.NewReader("prod\n"), terminal, "delete", "prod")
	assert.Equal(t, exitWell, got.code, got.stderr)
}

func TestDeleteRefusals(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.hold("alex@desk", s.down("offload prod-2", ""))
	got := s.operate("delete", "prod", "--yes")
	assert.Equal(t, exitFailed, got.code)
	assert.Equal(t, "error: the cluster is being changed by alex@desk (scale --replicas 2); wait until that is through\n", got.stderr)
	got = s.operate("delete", "nope", "--yes")
	assert.Equal(t, fmt.Sprintf("error: there is nothing of a NiFi cluster %q in namespace %q\n", "nope", "nifi"), got.stderr)
	assert.Empty(t, s.changes)
}
