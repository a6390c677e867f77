package plugin

import (
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube/kubetest"
	v1 "github.com/kubectl-nifi/kubectl-nifi/pkg/view/v1"
)

// neighbours adds a second cluster beside prod, one in another namespace that
// carries a label, and a StatefulSet of NiFi that isn't ours.
func (w world) neighbours() {
	dev := w
	dev.names.Cluster = "dev"
	dev.setStatefulSet(1)
	dev.setPod(0, crashing)
	far := w
	far.names.Cluster, far.names.Namespace = "prod", "far"
	far.setStatefulSet(2)
	for ordinal := range 2 {
		far.setPod(ordinal, notReady)
	}
	w.api.Set("/apis/apps/v1/namespaces/nifi/statefulsets/alien", corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "alien", Labels: map[string]string{"app.kubernetes.io/name": "nifi"}},
	})
}

func TestGet(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args  []string
		stage func(w world)
		code  int
	}{
		"one":            {},
		"several":        {stage: world.neighbours},
		"wide":           {stage: world.neighbours, args: []string{"-o", "wide"}},
		"all-namespaces": {stage: world.neighbours, args: []string{"-A"}},
		"names":          {stage: world.neighbours, args: []string{"-A", "-o", "name"}},
		"json":           {stage: world.neighbours, args: []string{"-o", "json"}},
		"by-name":        {stage: world.neighbours, args: []string{"prod"}},
		"missing-name":   {stage: world.neighbours, args: []string{"nope", "dev", "-o", "name"}, code: 1},
		"only-missing":   {args: []string{"nope"}, code: 1},
		"by-label":       {stage: world.neighbours, args: []string{"-l", "app.kubernetes.io/instance=dev"}},
		"none":           {args: []string{"-l", "team=none"}},
		"pods-forbidden": {stage: func(w world) { w.api.Deny("/api/v1/namespaces/nifi/pods") }, args: []string{"-o", "wide"}},
		"sets-forbidden": {stage: func(w world) { w.api.Deny("/apis/apps/v1/namespaces/nifi/statefulsets") }, code: 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if test.stage != nil {
				test.stage(w)
			}
			got := w.run(t, append([]string{"get"}, test.args...)...)
			assert.Equal(t, test.code, got.code)
			assertGolden(t, filepath.Join("get", name+".golden"), got.String())
		})
	}
}

func TestGetAsksNoNode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run(t, "get")
	assert.Zero(t, w.api.Upgrades("websocket")+w.api.Upgrades("spdy"))
}

func TestGetDocumentsAgree(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	asJSON, asYAML := w.run(t, "get", "-o", "json"), w.run(t, "get", "-o", "yaml")
	converted, err := yaml.YAMLToJSON([]byte(asYAML.stdout))
	require.NoError(t, err)
	assert.JSONEq(t, asJSON.stdout, string(converted))
	var list v1.ClusterList
	require.NoError(t, json.Unmarshal([]byte(asJSON.stdout), &list))
	assert.Len(t, list.Items, 1)
}

func TestGetWithoutAPIServer(t *testing.T) {
	t.Parallel()
	config := kubetest.WriteKubeconfig(t, api.Cluster{Server: "https://127.0.0.1:1"}, "nifi")
	got := runWith(t, time.Now(), "get", "--kubeconfig", config)
	assert.Equal(t, exitUnreachable, got.code)
	assert.Empty(t, got.stdout)
	assert.Equal(t, 1, got.lines())
}

func TestGetWrongUsage(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"name in all namespaces": {"prod", "-A"},
		"name and selector":      {"prod", "-l", "a=b"},
		"selector":               {"-l", "=="},
		"output":                 {"-o", "text"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := runWith(t, time.Now(), append([]string{"get"}, args...)...)
			assert.Equal(t, exitUsage, got.code, got.stderr)
			assert.Equal(t, 1, got.lines())
		})
	}
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args []string
		want string
	}{
		"clusters":           {[]string{"status", ""}, "dev\nprod\n:4\n"},
		"with a prefix":      {[]string{"status", "p"}, "prod\n:4\n"},
		"one is enough":      {[]string{"status", "prod", ""}, ":4\n"},
		"many":               {[]string{"get", "prod", ""}, "dev\n:4\n"},
		"in a namespace":     {[]string{"status", "-n", "far", ""}, "prod\n:4\n"},
		"where there's none": {[]string{"status", "-n", "void", ""}, ":4\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.neighbours()
			w.api.Delete("/apis/apps/v1/namespaces/nifi/statefulsets/alien")
			args := append([]string{"__complete", "--kubeconfig", w.api.Kubeconfig(t, "nifi")}, test.args...)
			assert.Equal(t, test.want, runWith(t, w.now, args...).stdout)
		})
	}
}
