package kube_test

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube/kubetest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

func clusterOn(t *testing.T, server *kubetest.Server) kube.Cluster {
	t.Helper()
	client, err := kube.NewClient(server.Config())
	require.NoError(t, err)
	return client.Cluster(topology.Names{Cluster: "prod", Namespace: "nifi", Domain: "cluster.local"})
}

func TestSecretNames(t *testing.T) {
	t.Parallel()
	object := map[string]any{"spec": map[string]any{
		"volumes": []any{
			map[string]any{"secret": map[string]any{"secretName": "mounted"}},
			map[string]any{"projected": map[string]any{"sources": []any{map[string]any{"secret": map[string]any{"name": "projected"}}}}},
			map[string]any{"configMap": map[string]any{"name": "no-secret"}},
		},
		"env":     []any{map[string]any{"valueFrom": map[string]any{"secretKeyRef": map[string]any{"name": "variable", "key": "k"}}}},
		"envFrom": []any{map[string]any{"secretRef": map[string]any{"name": "all"}}, map[string]any{"secretRef": map[string]any{"name": "mounted"}}},
	}}
	assert.Equal(t, []string{"all", "mounted", "projected", "variable"}, kube.SecretNames(object))
}

func TestObjectsAreTheClustersOwn(t *testing.T) {
	t.Parallel()
	labelled := func(instance string) map[string]string { return map[string]string{topology.LabelInstance: instance} }
	tests := map[string]struct {
		resource string
		name     string
		labels   map[string]string
		about    map[string]any
		want     bool
	}{
		"labelled":               {resource: "configmaps", name: "x", labels: labelled("prod"), want: true},
		"another's label":        {resource: "configmaps", name: "prod-x", labels: labelled("prod-x")},
		"NiFi's own":             {resource: "leases", name: "prod-primary-node", want: true},
		"its very name":          {resource: "serviceaccounts", name: "prod", want: true},
		"another's name":         {resource: "leases", name: "production"},
		"event of a pod":         {resource: "events", name: "x.1", about: map[string]any{"kind": "Pod", "name": "prod-0"}, want: true},
		"event of a claim":       {resource: "events", name: "x.2", about: map[string]any{"kind": "PersistentVolumeClaim", "name": "state-prod-0"}, want: true},
		"event of another claim": {resource: "events", name: "x.3", about: map[string]any{"kind": "PersistentVolumeClaim", "name": "state-dev-0"}},
		"event of another pod":   {resource: "events", name: "prod-0.4", about: map[string]any{"kind": "Pod", "name": "dev-0"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := kubetest.Start(t)
			resource := kube.Resource{Version: "v1", Name: test.resource}
			root := "/api/v1"
			if test.resource == "leases" {
				resource.Group, root = "coordination.k8s.io", "/apis/coordination.k8s.io/v1"
			}
			object := map[string]any{"metadata": map[string]any{"name": test.name, "labels": test.labels}}
			if test.about != nil {
				object["involvedObject"] = test.about
			}
			server.Set(root+"/namespaces/nifi/"+test.resource+"/"+test.name, object)
			objects, err := clusterOn(t, server).Objects(t.Context(), resource)
			require.NoError(t, err)
			assert.Equal(t, test.want, len(objects) == 1)
		})
	}
}

// TestLog: of a stack trace, the lines count that name causes.
func TestLog(t *testing.T) {
	t.Parallel()
	server := kubetest.Start(t)
	cluster := clusterOn(t, server)
	at := time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)
	server.SetLog("/api/v1/namespaces/nifi/pods/prod-0", "nifi", new(kubetest.Log).Append(at,
		"WARN Failed to connect", "java.net.SocketException: Broken pipe", "\tat java.base/sun.nio.ch.SocketDispatcher.write0(Native Method)", "\t... 8 common frames omitted"))
	lines, err := cluster.Log(t.Context(), "prod-0", false)
	require.NoError(t, err)
	var texts []string
	for _, line := range lines {
		assert.Equal(t, at, line.Time)
		texts = append(texts, line.Text)
	}
	assert.Equal(t, []string{"WARN Failed to connect", "java.net.SocketException: Broken pipe", "\t... 8 common frames omitted"}, texts)
	_, err = cluster.Log(t.Context(), "prod-0", true)
	assert.ErrorIs(t, err, view.ErrNotFound)
}

func TestStreamLog(t *testing.T) {
	t.Parallel()
	server := kubetest.Start(t)
	cluster := clusterOn(t, server)
	_, err := cluster.StreamLog(t.Context(), "prod-0", "nifi", kube.LogOptions{Tail: -1})
	assert.ErrorIs(t, err, view.ErrNotFound)
	assert.EqualError(t, err, `reading the log of prod-0/nifi: container "nifi" is waiting to start`)

	pod, begin := "/api/v1/namespaces/nifi/pods/prod-0", time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)
	log := (&kubetest.Log{}).Append(begin, "one").Append(begin.Add(time.Minute), "two", "three")
	server.SetLog(pod, "nifi", log)
	for name, test := range map[string]struct {
		options kube.LogOptions
		want    string
	}{
		"all":   {kube.LogOptions{Tail: -1}, "2026-11-22T18:00:00Z one\n2026-11-22T18:01:00Z two\n2026-11-22T18:01:00Z three\n"},
		"tail":  {kube.LogOptions{Tail: 1}, "2026-11-22T18:01:00Z three\n"},
		"none":  {kube.LogOptions{}, ""},
		"since": {kube.LogOptions{Tail: -1, Since: begin.Add(time.Second)}, "2026-11-22T18:01:00Z two\n2026-11-22T18:01:00Z three\n"},
	} {
		stream, err := cluster.StreamLog(t.Context(), "prod-0", "nifi", test.options)
		require.NoError(t, err, name)
		text, err := io.ReadAll(stream)
		require.NoError(t, err, name)
		require.NoError(t, stream.Close(), name)
		assert.Equal(t, test.want, string(text), name)
	}
	server.Deny(pod + "/log")
	_, err = cluster.StreamLog(t.Context(), "prod-0", "nifi", kube.LogOptions{})
	assert.ErrorIs(t, err, view.ErrForbidden)
}
