package plugin

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// adopted is a cluster after kubectl nifi adopt.
func adopted(t *testing.T, f foreign, more ...string) foreign {
	t.Helper()
	args := append([]string{"adopt", f.names.StatefulSet(), "flows", "--client-secret", "flows-client", "--yes"}, more...)
	got := f.run(t, args...)
	require.Equal(t, exitWell, got.code, got)
	return f
}

func TestAdopt(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		world func(*testing.T) foreign
		args  []string
		stage func(*testing.T, foreign)
		code  int
	}{
		"hand-written":     {world: handWritten},
		"cetic":            {world: cetic, args: []string{"--healer-secret", "flows-ops", "--healer-mode", "suggest"}},
		"dry-run":          {world: handWritten, args: []string{"--dry-run"}},
		"without-a-client": {world: handWritten, args: []string{"--client-secret", ""}},
		"secret-missing":   {world: handWritten, args: []string{"--client-secret", "nobody"}, code: exitFailed},
		"not-an-admin":     {world: handWritten, args: []string{"--client-secret", "flows-ops"}, code: exitFailed},
		"single-user": {world: handWritten, stage: func(_ *testing.T, f foreign) {
			f.everywhere(map[string]string{"nifi.security.user.authorizer": "single-user-authorizer"})
		}},
		"mapped": {world: handWritten, args: []string{"--client-secret", "flows-ops"}, stage: func(_ *testing.T, f foreign) {
			f.everywhere(map[string]string{"nifi.security.identity.mapping.pattern.dn": "^CN=(.*?), OU=(.*?)$"})
		}},
		"no-node-of-a-cluster": {world: handWritten, code: exitFailed, stage: func(_ *testing.T, f foreign) {
			f.everywhere(map[string]string{"nifi.cluster.is.node": "false"})
		}},
		"nodes-differ": {world: handWritten, code: exitFailed, stage: func(_ *testing.T, f foreign) {
			f.setProperties(2, map[string]string{"nifi.security.truststore": "/elsewhere/truststore.jks"})
		}},
		"nothing-runs": {world: handWritten, code: exitFailed, stage: func(_ *testing.T, f foreign) {
			for ordinal := range f.nodes {
				f.api.Delete(f.path("api/v1", "pods", f.names.Pod(ordinal)))
			}
		}},
		"no-right-to-exec": {world: handWritten, code: exitFailed, stage: func(_ *testing.T, f foreign) {
			f.api.Deny(f.path("api/v1", "pods", f.names.Pod(0)) + "/exec")
		}},
		"ours": {world: handWritten, code: exitFailed, stage: func(t *testing.T, f foreign) {
			f.change(t, func(set *appsv1.StatefulSet) { set.Labels[topology.LabelManagedBy] = "kubectl-nifi" })
		}},
		"nifikop": {world: handWritten, code: exitFailed, stage: func(_ *testing.T, f foreign) {
			f.api.Delete(f.path("apis/apps/v1", "statefulsets", f.names.StatefulSet()))
			f.setPod(0, func(pod *corev1.Pod) {
				pod.OwnerReferences = append(pod.OwnerReferences, ownedBy("NifiCluster", "flows"))
			})
		}},
		"name-taken": {world: handWritten, code: exitFailed, stage: func(_ *testing.T, f foreign) {
			f.api.Set(f.path("api/v1", "secrets", "flows-adopted"), corev1.Secret{
				TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}, ObjectMeta: f.metadata("flows-adopted", nil),
			})
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := test.world(t)
			f.setClient(t, "flows-ops", "ops")
			if test.stage != nil {
				test.stage(t, f)
			}
			got := f.run(t, append([]string{"adopt", f.names.StatefulSet(), "flows", "--client-secret", "flows-client", "--yes"}, test.args...)...)
			assert.Equal(t, test.code, got.code, got)
			assertGolden(t, filepath.Join("adopt", name+".golden"), got.String())
			for _, secret := range []string{storePassword, f.properties["nifi.sensitive.props.key"], "PRIVATE KEY"} {
				assert.False(t, secret != "" && strings.Contains(got.String(), secret), "a secret is shown")
			}
			if test.code != exitWell || name == "dry-run" {
				assert.False(t, name != "not-an-admin" && f.api.Has(f.path("apis/coordination.k8s.io/v1", "leases", "flows-operation")), "nothing is made")
			}
		})
	}
}

func TestAdoptRecords(t *testing.T) {
	t.Parallel()
	f := handWritten(t)
	var before, after appsv1.StatefulSet
	set := f.path("apis/apps/v1", "statefulsets", f.names.StatefulSet())
	f.api.Read(t, set, &before)
	f.setClient(t, "flows-ops", "ops")
	adopted(t, f, "--healer-secret", "flows-ops", "--healer-namespace", "watch")
	f.api.Read(t, set, &after)
	assert.Equal(t, before, after, "the StatefulSet stays as it was")

	var record corev1.Secret
	f.api.Read(t, f.path("api/v1", "secrets", "flows-adopted"), &record)
	var layout topology.Layout
	require.NoError(t, json.Unmarshal(record.Data[kube.LayoutKey], &layout))
	want := f.names.Layout
	want.UI, want.Selector, want.ServiceAccount = "flows-ui", "app=flows,tier=nifi", "default"
	want.ClientSecret, want.HealerSecret, want.HealerMode, want.TrustRestart = "flows-client", "flows-ops", "act", "rolling"
	want.Loopback, want.Candidates, want.Authorizer = true, 2, "managed-authorizer"
	assert.Equal(t, want, layout)
	stores, err := trust.ParseStores(string(record.Data[kube.StoresKey]))
	require.NoError(t, err)
	assert.Equal(t, trust.Location{Path: "/stores/truststore.jks", Type: trust.JKS, Password: trust.Password{
		File: "/opt/nifi/nifi-current/conf/nifi.properties", Property: "nifi.security.truststorePasswd",
	}}, stores.Truststore)
	for key, value := range record.Data {
		assert.NotContains(t, string(value), storePassword, key)
	}

	var binding rbacv1.RoleBinding
	f.api.Read(t, f.path("apis/rbac.authorization.k8s.io/v1", "rolebindings", "flows-healer"), &binding)
	assert.Equal(t, []rbacv1.Subject{{Kind: "ServiceAccount", Name: "nifi-healer", Namespace: "watch"}}, binding.Subjects)
	var role rbacv1.Role
	f.api.Read(t, f.path("apis/rbac.authorization.k8s.io/v1", "roles", "flows-healer"), &role)
	for _, rule := range role.Rules {
		assert.NotEmpty(t, rule.ResourceNames, "every right names its object")
	}
}

func TestAdoptAgain(t *testing.T) {
	t.Parallel()
	f := adopted(t, handWritten(t))
	f.everywhere(map[string]string{"nifi.cluster.flow.election.max.candidates": "3"})
	adopted(t, f)
	var record corev1.Secret
	f.api.Read(t, f.path("api/v1", "secrets", "flows-adopted"), &record)
	assert.Contains(t, string(record.Data[kube.LayoutKey]), `"candidates":3`)
}

func TestAdoptWithFiles(t *testing.T) {
	t.Parallel()
	f := handWritten(t)
	config, err := f.nifi.AdminTLS()
	require.NoError(t, err)
	certificate, key := pemOf(t, config.Certificates[0])
	args := []string{"adopt", f.names.StatefulSet(), "flows", "--yes"}
	dir := t.TempDir()
	for flag, content := range map[string][]byte{
		"nifi-client-certificate": certificate, "nifi-client-key": key, "nifi-certificate-authority": f.nifi.CA.PEM(),
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, flag), content, 0o600))
		args = append(args, "--"+flag, filepath.Join(dir, flag))
	}
	got := f.run(t, args...)
	require.Equal(t, exitWell, got.code, got)
	assert.NotContains(t, got.String(), "PRIVATE KEY")
	got = f.run(t, "status", "flows")
	assert.Equal(t, exitWell, got.code, got, "the files were kept in a Secret")
}

func TestAdoptUsage(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"give the STATEFULSET":             {},
		`"Flows" is no NAME`:               {"flows-nodes", "Flows"},
		"--client-secret or":               {"flows-nodes", "--client-secret", "a", "--nifi-client-certificate", "b", "--nifi-client-key", "c", "--nifi-certificate-authority", "d"},
		"give a client certificate":        {"flows-nodes", "--nifi-token-file", "b", "--nifi-certificate-authority", "d"},
		"--healer-mode must be":            {"flows-nodes", "--healer-mode", "sometimes"},
		"--trust-restart must be":          {"flows-nodes", "--trust-restart", "sometimes"},
		"--healer-namespace needs":         {"flows-nodes", "--healer-namespace", "watch"},
		"--timeout must be more than 0":    {"flows-nodes", "--timeout", "0s"},
		"--nifi-certificate-authority is ": {"flows-nodes", "--nifi-client-certificate", "b", "--nifi-client-key", "c"},
	} {
		got := runWith(t, time.Now(), append([]string{"adopt"}, args...)...)
		assert.Equal(t, exitUsage, got.code, want)
		assert.Contains(t, got.stderr, want)
	}
}
