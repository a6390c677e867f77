package kube_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube/kubetest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

func foreignNames() topology.Names {
	return topology.Names{Cluster: "flows", Namespace: "nifi", Domain: topology.DefaultDomain, Layout: topology.Layout{
		StatefulSet: "flows-nifi", Container: "server", Selector: "app=flows", HTTPSPort: 9443, Election: topology.ElectionZooKeeper, HealerMode: "suggest",
	}}
}

// adoptedCluster is a server with an adopted cluster, and a client of it.
func adoptedCluster(t *testing.T) (*kubetest.Server, *kube.Client) {
	server := kubetest.Start(t)
	client, err := kube.NewClient(server.Config())
	require.NoError(t, err)
	objects, err := kube.Adoption{Names: foreignNames()}.Objects()
	require.NoError(t, err)
	for _, object := range objects {
		require.NoError(t, client.Cluster(foreignNames()).Keep(t.Context(), object))
	}
	labels := map[string]string{"app": "flows"}
	set := appsv1.StatefulSet{TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "StatefulSet"}, ObjectMeta: metav1.ObjectMeta{Name: "flows-nifi", Namespace: "nifi"}}
	set.Spec.Template.Labels = labels
	server.Set("/apis/apps/v1/namespaces/nifi/statefulsets/flows-nifi", set)
	for _, name := range []string{"flows-nifi-0", "flows-nifi-1", "flows-registry-0"} {
		server.Set("/api/v1/namespaces/nifi/pods/"+name, corev1.Pod{
			TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}, ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "nifi", Labels: labels},
			Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{Name: "server", RestartCount: 4}}},
		})
	}
	return server, client
}

func TestResolve(t *testing.T) {
	t.Parallel()
	server, client := adoptedCluster(t)
	bare := topology.Names{Cluster: "flows", Namespace: "nifi", Domain: topology.DefaultDomain}
	got, err := client.Resolve(t.Context(), bare)
	require.NoError(t, err)
	assert.Equal(t, foreignNames(), got)

	other := topology.Names{Cluster: "prod", Namespace: "nifi"}
	got, err = client.Resolve(t.Context(), other)
	require.NoError(t, err)
	assert.Equal(t, other, got, "without a record it is one of ours")

	record := "/api/v1/namespaces/nifi/secrets/flows-adopted"
	server.Set(record, corev1.Secret{Data: map[string][]byte{kube.LayoutKey: []byte(`{"statefulSet":"x"}`)}})
	_, err = client.Resolve(t.Context(), bare)
	require.ErrorContains(t, err, `reading layout.json of Secret "flows-adopted": it has no selector of pods`)
	server.Deny(record)
	got, err = client.Resolve(t.Context(), bare)
	require.NoError(t, err)
	assert.Equal(t, bare, got, "who may not read it looks for one of ours")
}

func TestAdoptedAreListed(t *testing.T) {
	t.Parallel()
	server, client := adoptedCluster(t)
	names, err := client.Names(t.Context(), "")
	require.NoError(t, err)
	assert.Equal(t, []topology.Names{foreignNames()}, names)

	clusters, err := client.Clusters(t.Context(), "nifi", "", time.Now())
	require.NoError(t, err)
	require.Len(t, clusters, 1)
	require.Len(t, clusters[0].Pods, 2, "what the labels fit and isn't a node is left out")
	assert.Equal(t, 4, clusters[0].Pods[0].Restarts)
	assert.NotNil(t, clusters[0].Pods[0].Container("nifi"), "NiFi's container is called so in every snapshot")
	assert.Equal(t, "suggest", clusters[0].StatefulSet.HealerMode)

	server.Deny("/api/v1/namespaces/nifi/secrets/flows-adopted")
	names, err = client.Names(t.Context(), "")
	require.NoError(t, err)
	assert.Empty(t, names, "nobody has let this one look after it")
	clusters, err = client.Clusters(t.Context(), "nifi", "", time.Now())
	require.NoError(t, err)
	require.Len(t, clusters, 1, "it is there all the same")
	failed, is := clusters[0].Failed(view.SourceStatefulSet)
	assert.True(t, is)
	assert.Equal(t, view.ReasonForbidden, failed.Reason)
}

func TestAdoptedObjects(t *testing.T) {
	t.Parallel()
	server, client := adoptedCluster(t)
	for name, instance := range map[string]string{"flows-nifi-conf": "release-1", "flows-nifi-more": "", "others": "release-1", "mine": "flows"} {
		object := corev1.ConfigMap{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"}, ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "nifi"}}
		if instance != "" {
			object.Labels = map[string]string{topology.LabelInstance: instance}
		}
		server.Set("/api/v1/namespaces/nifi/configmaps/"+name, object)
	}
	found, err := client.Cluster(foreignNames()).Objects(t.Context(), kube.Resource{Version: "v1", Name: "configmaps"})
	require.NoError(t, err)
	var names []any
	for _, object := range found {
		names = append(names, object["metadata"].(map[string]any)["name"])
	}
	assert.Equal(t, []any{"flows-nifi-conf", "flows-nifi-more", "mine"}, names)
}

func TestKeepLeavesTheJournal(t *testing.T) {
	t.Parallel()
	server, client := adoptedCluster(t)
	cluster := client.Cluster(foreignNames())
	require.NoError(t, cluster.Note(t.Context(), "kubectl-nifi.dev/journal", "{}"))
	adoption := kube.Adoption{Names: foreignNames(), Stores: trust.Stores{Container: "server"}}
	adoption.Names.Layout.HTTPSPort = 8443
	objects, err := adoption.Objects()
	require.NoError(t, err)
	for _, object := range objects {
		require.NoError(t, cluster.Keep(t.Context(), object))
	}
	var lease metav1.PartialObjectMetadata
	server.Read(t, "/apis/coordination.k8s.io/v1/namespaces/nifi/leases/flows-operation", &lease)
	assert.Equal(t, "{}", lease.Annotations["kubectl-nifi.dev/journal"])
	var record corev1.Secret
	server.Read(t, "/api/v1/namespaces/nifi/secrets/flows-adopted", &record)
	var layout topology.Layout
	require.NoError(t, json.Unmarshal(record.Data[kube.LayoutKey], &layout))
	assert.Equal(t, 8443, layout.HTTPSPort)
}

// TestHealerOfAdopted holds that the healer may end the coordinator's pod past a
// disruption budget where restarts for trust may pass through a minority, alone.
func TestHealerOfAdopted(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{topology.HealerSuggest, topology.HealerAct} {
		for _, restart := range []string{"never", "rolling", "full"} {
			server, client := adoptedCluster(t)
			adoption := kube.Adoption{Names: foreignNames(), HealerFrom: "healers"}
			adoption.Names.Layout.HealerMode, adoption.Names.Layout.TrustRestart = mode, restart
			objects, err := adoption.Objects()
			require.NoError(t, err)
			for _, object := range objects {
				require.NoError(t, client.Cluster(foreignNames()).Keep(t.Context(), object))
			}
			var role rbacv1.Role
			server.Read(t, "/apis/rbac.authorization.k8s.io/v1/namespaces/nifi/roles/flows-healer", &role)
			verbs := map[string][]string{}
			for _, rule := range role.Rules {
				assert.NotEmpty(t, rule.ResourceNames)
				verbs[rule.Resources[0]] = rule.Verbs
			}
			want := map[string][]string{"leases": {"get", "update", "patch"}, "secrets": {"get"}, "pods/log": {"get"}}
			if mode == topology.HealerAct {
				want["pods/eviction"] = []string{"create"}
				if restart == "full" {
					want["pods"] = []string{"delete"}
				}
			}
			assert.Equal(t, want, verbs, "%s, %s", mode, restart)
		}
	}
}

func TestGuarded(t *testing.T) {
	t.Parallel()
	server, client := adoptedCluster(t)
	for name, app := range map[string]string{"other": "others", "mine": "flows"} {
		guarded, err := client.Cluster(foreignNames()).Guarded(t.Context())
		require.NoError(t, err)
		assert.False(t, guarded, name)
		server.Delete("/apis/policy/v1/namespaces/nifi/poddisruptionbudgets/x")
		server.Set("/apis/policy/v1/namespaces/nifi/poddisruptionbudgets/x", policyv1.PodDisruptionBudget{
			TypeMeta: metav1.TypeMeta{APIVersion: "policy/v1", Kind: "PodDisruptionBudget"}, ObjectMeta: metav1.ObjectMeta{Name: "x", Namespace: "nifi"},
			Spec: policyv1.PodDisruptionBudgetSpec{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": app}}},
		})
		guarded, err = client.Cluster(foreignNames()).Guarded(t.Context())
		require.NoError(t, err)
		assert.Equal(t, app == "flows", guarded, name)
		server.Delete("/apis/policy/v1/namespaces/nifi/poddisruptionbudgets/x")
	}
}
