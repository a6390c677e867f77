package overlay

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/pod-security-admission/api"
	podsecurity "k8s.io/pod-security-admission/policy"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// manifests are what `kubectl apply -k` would send, by "Kind/name".
type manifests map[string]json.RawMessage

func manifestsOf(t *testing.T, spec string) manifests {
	t.Helper()
	files, err := Render(clusterFrom(t, document(spec)), fixedSecrets())
	require.NoError(t, err)
	stream, err := Build(files)
	require.NoError(t, err)
	objects, err := objectsOf(stream)
	require.NoError(t, err)
	all := manifests{}
	for _, object := range objects {
		var meta metav1.PartialObjectMetadata
		require.NoError(t, json.Unmarshal(object, &meta))
		all[meta.Kind+"/"+meta.Name] = object
	}
	return all
}

func (m manifests) read(t *testing.T, name string, into any) {
	t.Helper()
	require.Contains(t, m, name)
	require.NoError(t, json.Unmarshal(m[name], into))
}

// kinds counts the objects of a kind.
func (m manifests) kinds(kind string) int {
	n := 0
	for name := range m {
		if strings.HasPrefix(name, kind+"/") {
			n++
		}
	}
	return n
}

// requireRestricted demands that pods fit the Pod Security level restricted.
func requireRestricted(t *testing.T, template corev1.PodTemplateSpec) {
	t.Helper()
	evaluator, err := podsecurity.NewEvaluator(podsecurity.DefaultChecks(), nil)
	require.NoError(t, err)
	level := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	for _, check := range evaluator.EvaluatePod(level, &template.ObjectMeta, &template.Spec) {
		assert.True(t, check.Allowed, "%s: %s", check.ForbiddenReason, check.ForbiddenDetail)
	}
}

func names[T any](all []T, name func(T) string) []string {
	var names []string
	for _, one := range all {
		names = append(names, name(one))
	}
	return names
}

func containerName(c corev1.Container) string { return c.Name }
func volumeName(v corev1.Volume) string       { return v.Name }

func TestNiFiCANodes(t *testing.T) {
	t.Parallel()
	all := manifestsOf(t, "  tls: {source: nifi-ca}")
	assert.Zero(t, all.kinds("Certificate")+all.kinds("Issuer")+all.kinds("ConfigMap"))
	var set appsv1.StatefulSet
	all.read(t, "StatefulSet/prod", &set)
	spec := set.Spec.Template.Spec
	requireRestricted(t, set.Spec.Template)
	assert.Equal(t, []string{"ca-request"}, names(spec.InitContainers, containerName), "nothing of tls-sync is left")
	assert.NotContains(t, names(spec.Volumes, volumeName), "tls-source")
	assert.Equal(t, "full", set.Annotations["kubectl-nifi.dev/trust-restart"])
	assert.Equal(t, "nifi-ca", set.Annotations["kubectl-nifi.dev/tls-source"])

	stores, err := trust.ParseStores(set.Annotations["kubectl-nifi.dev/stores"])
	require.NoError(t, err)
	assert.Equal(t, "/opt/nifi/nifi-current/state/tls/truststore.jks", stores.Truststore.Path)
	assert.Equal(t, trust.JKS, stores.Keystore.Type)

	mounted := func(c corev1.Container) []string {
		return names(c.VolumeMounts, func(m corev1.VolumeMount) string { return m.Name })
	}
	assert.NotContains(t, mounted(spec.Containers[0]), "ca-token", "whoever can run a script in NiFi must not see the token")
	state := slices.IndexFunc(spec.InitContainers[0].VolumeMounts, func(m corev1.VolumeMount) bool { return m.Name == "state" })
	assert.True(t, spec.InitContainers[0].VolumeMounts[state].ReadOnly, "who holds the token writes nothing where NiFi reads")
}

func TestNiFiCAAuthority(t *testing.T) {
	t.Parallel()
	all := manifestsOf(t, "  tls: {source: nifi-ca}")
	var ca appsv1.Deployment
	all.read(t, "Deployment/prod-nifi-ca", &ca)
	pod := ca.Spec.Template
	requireRestricted(t, pod)
	assert.Equal(t, appsv1.RecreateDeploymentStrategyType, ca.Spec.Strategy.Type)
	assert.EqualValues(t, 1, *ca.Spec.Replicas)
	assert.False(t, *pod.Spec.AutomountServiceAccountToken)
	assert.Contains(t, all, "PersistentVolumeClaim/prod-nifi-ca")

	var set appsv1.StatefulSet
	all.read(t, "StatefulSet/prod", &set)
	nodes := labels.Set(set.Spec.Template.Labels)
	term := pod.Spec.Affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution[0]
	assert.Equal(t, "kubernetes.io/hostname", term.TopologyKey)
	assert.True(t, labels.SelectorFromSet(term.LabelSelector.MatchLabels).Matches(nodes))

	var rule networkingv1.NetworkPolicy
	all.read(t, "NetworkPolicy/prod-nifi-ca", &rule)
	assert.True(t, labels.SelectorFromSet(rule.Spec.PodSelector.MatchLabels).Matches(labels.Set(pod.Labels)))
	require.Len(t, rule.Spec.Ingress, 1)
	require.Len(t, rule.Spec.Ingress[0].From, 1)
	assert.True(t, labels.SelectorFromSet(rule.Spec.Ingress[0].From[0].PodSelector.MatchLabels).Matches(nodes))
	assert.Equal(t, []networkingv1.PolicyType{"Ingress", "Egress"}, rule.Spec.PolicyTypes)
	assert.Empty(t, rule.Spec.Egress)

	for _, name := range []string{"Service/prod-nodes", "Service/prod-ui"} {
		var service corev1.Service
		all.read(t, name, &service)
		assert.False(t, labels.SelectorFromSet(service.Spec.Selector).Matches(labels.Set(pod.Labels)), "%s must not lead to the authority", name)
	}
	for name, object := range all {
		if name != "Secret/prod-nifi-ca" {
			assert.NotContains(t, string(object), "token-of-the-tests", name)
		}
	}
}

func TestNiFiCAOnOneHost(t *testing.T) {
	t.Parallel()
	var ca appsv1.Deployment
	manifestsOf(t, "  tls: {source: nifi-ca, nifiCA: {antiAffinity: preferred}}").read(t, "Deployment/prod-nifi-ca", &ca)
	anti := ca.Spec.Template.Spec.Affinity.PodAntiAffinity
	assert.Empty(t, anti.RequiredDuringSchedulingIgnoredDuringExecution)
	assert.Len(t, anti.PreferredDuringSchedulingIgnoredDuringExecution, 1)
}

func TestNiFiCAToken(t *testing.T) {
	t.Parallel()
	c := clusterFrom(t, document("  tls: {source: nifi-ca}"))
	s, err := Secrets{}.Complete(c, strings.NewReader(strings.Repeat("entropy.", 100)))
	require.NoError(t, err)
	again, err := s.Complete(c, nil)
	require.NoError(t, err)
	assert.Len(t, s.CAToken, 32)
	assert.Equal(t, s, again, "a token is kept")
	for token, want := range map[string]string{"short": "has 5 characters", "sixteenCharacters": "everybody knows", `quote"in-the-middle`: "a quote"} {
		s.CAToken = token
		_, err := s.Complete(c, nil)
		require.ErrorContains(t, err, want)
		assert.NotContains(t, strings.ReplaceAll(err.Error(), "sixteenCharacters", ""), token)
	}
}
