package overlay

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/pod-security-admission/api"
	podsecurity "k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/yaml"
)

func healers() map[string]Healer {
	one := Healer{Namespace: "nifi", Image: "example.org/nifi-healer:v1.2.3", Replicas: 1}
	two, wide := one, one
	two.Replicas, wide.AllNamespaces = 2, true
	both := two
	both.AllNamespaces = true
	return map[string]Healer{"one": one, "two": two, "cluster-wide": wide, "both": both}
}

// objects are the manifests of a kind that kubectl would send, decoded.
func objects[T any](t *testing.T, stream []byte, kind string) []T {
	t.Helper()
	var all []T
	for _, text := range bytes.Split(stream, []byte("\n---\n")) {
		if !bytes.Contains(text, []byte("\nkind: "+kind+"\n")) {
			continue
		}
		var object T
		require.NoError(t, yaml.Unmarshal(text, &object))
		all = append(all, object)
	}
	return all
}

func TestHealerGoldens(t *testing.T) {
	t.Parallel()
	for name, healer := range healers() {
		files, err := RenderHealer(healer)
		require.NoError(t, err)
		got, err := Build(files)
		require.NoError(t, err)
		golden := filepath.Join("testdata", "healer-"+name+".golden")
		if *update {
			require.NoError(t, os.WriteFile(golden, got, 0o644))
		}
		want, err := os.ReadFile(golden)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(want, got), "%s differs: run with -update and read the diff", golden)
	}
}

func TestHealerIsRestricted(t *testing.T) {
	t.Parallel()
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	evaluator, err := podsecurity.NewEvaluator(podsecurity.DefaultChecks(), nil)
	require.NoError(t, err)
	for name, healer := range healers() {
		files, err := RenderHealer(healer)
		require.NoError(t, err)
		stream, err := Build(files)
		require.NoError(t, err)
		deployments := objects[appsv1.Deployment](t, stream, "Deployment")
		require.Len(t, deployments, 1)
		template := deployments[0].Spec.Template
		for _, check := range evaluator.EvaluatePod(restricted, &template.ObjectMeta, &template.Spec) {
			assert.True(t, check.Allowed, "%s: %s %s", name, check.ForbiddenReason, check.ForbiddenDetail)
		}
		container := template.Spec.Containers[0]
		assert.True(t, *container.SecurityContext.ReadOnlyRootFilesystem)
		assert.Equal(t, healer.AllNamespaces, slices.Contains(container.Args, "--all-namespaces"))
		assert.Equal(t, healer.Replicas > 1, slices.Contains(container.Args, "--leader-elect"))
	}
}

// granted lists what roles let their holder change, or read of Secrets, as
// "verb resource/name".
func granted(rules []rbacv1.PolicyRule) []string {
	var all []string
	for _, rule := range rules {
		for _, resource := range rule.Resources {
			for _, verb := range rule.Verbs {
				looks := slices.Contains([]string{"get", "list", "watch"}, verb) && resource != "secrets"
				if looks {
					continue
				}
				for _, name := range append(rule.ResourceNames, "")[:max(len(rule.ResourceNames), 1)] {
					all = append(all, strings.TrimSuffix(verb+" "+resource+"/"+name, "/"))
				}
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func TestHealersOwnRightsChangeNothing(t *testing.T) {
	t.Parallel()
	for name, healer := range healers() {
		files, err := RenderHealer(healer)
		require.NoError(t, err)
		stream, err := Build(files)
		require.NoError(t, err)
		var rules []rbacv1.PolicyRule
		for _, kind := range []string{"Role", "ClusterRole"} {
			for _, role := range objects[rbacv1.Role](t, stream, kind) {
				rules = append(rules, role.Rules...)
			}
		}
		want := []string{"create events", "patch events"}
		if healer.Replicas > 1 {
			want = append(want, "patch leases/nifi-healer", "update leases/nifi-healer")
		}
		assert.Equal(t, want, granted(rules), name)
		assert.Len(t, objects[rbacv1.ClusterRole](t, stream, "ClusterRole"), map[bool]int{true: 1}[healer.AllNamespaces], name)
	}
}

func TestHealersRightsToACluster(t *testing.T) {
	t.Parallel()
	looks := []string{"get secrets/prod-healer-tls", "get secrets/prod-trust", "patch leases/prod-operation", "update leases/prod-operation"}
	acts := append([]string{"patch secrets/prod-trust", "update secrets/prod-trust"}, looks...)
	for ordinal := range 20 {
		pod := clusterFrom(t, document("")).Pod(ordinal)
		acts = append(acts, "create pods/eviction/"+pod, "patch pods/status/"+pod)
	}
	slices.Sort(acts)
	for mode, want := range map[string][]string{"observe": looks, "suggest": acts, "act": acts} {
		files, err := Render(clusterFrom(t, document("  healer: {mode: "+mode+", namespace: ops}")), fixedSecrets())
		require.NoError(t, err)
		stream, err := Build(files)
		require.NoError(t, err)
		roles := objects[rbacv1.Role](t, stream, "Role")
		require.Len(t, roles, 2)
		assert.Equal(t, "prod-healer", roles[1].Name)
		assert.Equal(t, want, granted(roles[1].Rules), mode)
		bindings := objects[rbacv1.RoleBinding](t, stream, "RoleBinding")
		require.Len(t, bindings, 2)
		assert.Equal(t, []rbacv1.Subject{{Kind: "ServiceAccount", Name: "nifi-healer", Namespace: "ops"}}, bindings[1].Subjects)
	}
}

func TestWriteHealer(t *testing.T) {
	t.Parallel()
	folder := Folder{Path: filepath.Join(t.TempDir(), "nifi-healer")}
	write := func(name string) error {
		files, err := RenderHealer(healers()[name])
		require.NoError(t, err)
		return folder.WriteHealer(files)
	}
	require.NoError(t, write("both"))
	own := filepath.Join(folder.Path, "kustomization.yaml")
	require.NoError(t, os.WriteFile(own, []byte("resources: [generated]\n"), 0o600))
	require.NoError(t, write("one"))
	text, err := os.ReadFile(own)
	require.NoError(t, err)
	assert.Equal(t, "resources: [generated]\n", string(text), "the user's stays")
	assert.NoDirExists(t, filepath.Join(folder.Path, "generated", "components"), "what is no longer wanted goes")

	cluster := Folder{Path: t.TempDir()}
	require.NoError(t, os.WriteFile(filepath.Join(cluster.Path, DocumentFile), nil, 0o600))
	files, err := RenderHealer(healers()["one"])
	require.NoError(t, err)
	require.ErrorIs(t, cluster.WriteHealer(files), ErrNotHealers)
}
