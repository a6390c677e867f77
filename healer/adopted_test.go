package healer

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// adoptedWorld has a cluster that something else made, recorded with this mode.
func adoptedWorld(t *testing.T, mode string) *world {
	w := newWorldOf(t, nifitest.Options{Layout: topology.Layout{
		StatefulSet: "prod", Container: "nifi", Selector: "app.kubernetes.io/component=node", Suffix: ".elsewhere.example.org", HTTPSPort: 9443,
		Election: topology.ElectionZooKeeper, HealerMode: mode, TrustRestart: "rolling", Loopback: true, Autoreload: true,
	}})
	path := w.path("apis/apps/v1", "statefulsets", "prod")
	var set appsv1.StatefulSet
	w.api.Read(t, path, &set)
	set.Labels, set.Spec.Template.Spec.InitContainers = map[string]string{"team": "flows"}, nil
	w.api.Set(path, set)
	w.api.Delete(w.leasePath())
	objects, err := kube.Adoption{Names: w.nifi.Names}.Objects()
	require.NoError(t, err)
	for _, object := range objects {
		require.NoError(t, w.healer(time.Second).Kubernetes.Cluster(w.nifi.Names).Keep(t.Context(), object))
	}
	w.changes = nil
	return w
}

// TestAnAdoptedClusterIsLookedAfter: what was recorded is all that it takes.
func TestAnAdoptedClusterIsLookedAfter(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string][]string{
		topology.HealerAct:     {"Detected reconnect", "Verdict reconnect", "Acted reconnect"},
		topology.HealerSuggest: {"Detected reconnect", "Verdict reconnect"},
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			w := adoptedWorld(t, mode)
			h := w.healer(10 * time.Second)
			names, err := h.Kubernetes.Names(t.Context(), "nifi")
			require.NoError(t, err)
			require.Equal(t, []topology.Names{w.nifi.Names}, names)
			c := newCluster(h, names[0])
			w.looks(c, 1)
			assert.Empty(t, w.stages(), "what such a cluster lacks is nothing to act on")
			w.nifi.Lose(1)
			w.nifi.Advance(20 * time.Second)
			w.looks(c, 3)
			assert.Equal(t, want, w.stages()[:len(want)])
			assert.Equal(t, mode == topology.HealerAct, w.lease().Spec.HolderIdentity != nil, "the lock is held while it acts")
			assert.Empty(t, w.changed())
		})
	}
}
