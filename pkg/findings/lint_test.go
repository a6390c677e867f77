package findings_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
)

// manifests is what an overlay of one node builds, in short.
const manifests = `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: prod, namespace: nifi}
spec:
  replicas: 1
  serviceName: prod-nodes
  template:
    spec:
      serviceAccountName: prod
      containers: [{name: nifi, env: [{name: HEADLESS_DOMAIN, value: prod-nodes.nifi.svc.cluster.local}]}]
      volumes:
      - {name: keys, secret: {secretName: prod-keys}}
      - {name: tls, projected: {sources: [{secret: {name: prod-0-tls}}, {secret: {name: prod-7-tls, optional: true}}]}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: prod}
---
apiVersion: v1
kind: Service
metadata: {name: prod-nodes}
---
apiVersion: v1
kind: Secret
metadata: {name: prod-keys}
---
apiVersion: v1
kind: Secret
metadata: {name: prod-topology}
data: {15-topology.properties: bmlmaS5jbHVzdGVyLmZsb3cuZWxlY3Rpb24ubWF4LmNhbmRpZGF0ZXM9MQo=}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: prod-0-tls}
spec: {secretName: prod-0-tls, dnsNames: [prod-0.prod-nodes.nifi.svc.cluster.local]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: mine}
data: {note: "the password is in the Secret", url: "https://example.com/token"}
`

func TestLint(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		old, new string
		want     []string // ID and subject
	}{
		"as rendered":          {},
		"namespace rewritten":  {"name: prod, namespace: nifi", "name: prod, namespace: other", []string{"NIFI-KUBE-007 "}},
		"name not certified":   {"dnsNames: [prod-0.", "dnsNames: [node-0.", []string{"NIFI-TLS-007 prod-0"}},
		"wildcard certified":   {"dnsNames: [prod-0.", `dnsNames: ["*.prod-nodes.nifi.svc.cluster.local", x-0.`, nil},
		"no certificate":       {"secretName: prod-0-tls", "secretName: x", []string{"NIFI-TLS-020 prod-0", "NIFI-KUBE-012 Secret prod-0-tls"}},
		"of no cert-manager":   {"metadata: {name: prod, namespace: nifi}\nspec:\n  replicas: 1", "metadata: {name: prod, namespace: nifi, annotations: {kubectl-nifi.dev/tls-source: nifi-ca}}\nspec:\n  replicas: 1", nil},
		"fewer replicas":       {"replicas: 1", "replicas: 0", []string{"NIFI-ELECT-001 "}},
		"no account":           {"kind: ServiceAccount\nmetadata: {name: prod}", "kind: ServiceAccount\nmetadata: {name: x}", []string{"NIFI-KUBE-012 ServiceAccount prod"}},
		"no Service":           {"metadata: {name: prod-nodes}", "metadata: {name: x}", []string{"NIFI-KUBE-012 Service prod-nodes"}},
		"no Secret":            {"metadata: {name: prod-keys}", "metadata: {name: x}", []string{"NIFI-KUBE-012 Secret prod-keys"}},
		"a password":           {"url:", `"db.password": "hunter2 hunter2", url:`, []string{"NIFI-KUBE-013 ConfigMap mine"}},
		"a key":                {"url:", `k: "-----BEGIN PRIVATE KEY-----", url:`, []string{"NIFI-KUBE-013 ConfigMap mine"}},
		"a reference to a key": {"url:", `p: "nifi.sensitive.props.key=${file:/x}", url:`, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, manifests, test.old)
			rendered, err := findings.ReadManifests([]byte(strings.Replace(manifests, test.old, test.new, 1)))
			require.NoError(t, err)
			got := []string{}
			for _, f := range findings.Lint(rendered) {
				got = append(got, fmt.Sprintf("%s %s", f.ID, f.Subject))
				assert.NotContains(t, fmt.Sprint(f.Evidence), "hunter2")
			}
			assert.ElementsMatch(t, test.want, got)
		})
	}
}

func TestReadManifestsRefusesNonsense(t *testing.T) {
	t.Parallel()
	_, err := findings.ReadManifests([]byte("kind: StatefulSet\nspec: {replicas: many}\n"))
	require.ErrorContains(t, err, "reading a manifest")
}
