//go:build e2e

package e2e

import (
	"fmt"
	"testing"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// unstarted is a cluster of one node that never starts, and why.
type unstarted struct {
	name    string
	id      string
	subject string   // "" or the pod's name
	replace []string // old and new texts in the document
	patches string   // in the overlay's kustomization.yaml
}

// set replaces a value in the StatefulSet.
func set(path, value string) string {
	return "patches:\n- target: {kind: StatefulSet}\n  patch: '" + `[{"op": "replace", "path": "` + path + `", "value": ` + value + "}]'\n"
}

// busy lists clusters whose NiFi starts, each with a trouble of its own. They
// keep the machine busy until they are found and deleted.
func busy() []unstarted {
	return []unstarted{
		{"heap", "NIFI-POD-001", "", []string{"1Gi}\n    limits", "256Mi}\n    limits", "1536Mi", "256Mi", "512m", "128m"}, set("/spec/template/spec/containers/0/env/2/value", `"2g"`)},
		{"nulled", "NIFI-ELECT-004", "", nil, ""},
		{"killed", "NIFI-POD-003", "killed-0", []string{"1Gi}\n    limits", "256Mi}\n    limits", "1536Mi", "256Mi", "512m", "128m"}, ""},
		{"lone", "NIFI-JOIN-006", "", nil, set("/spec/replicas", "0")},
		{"sec1", "NIFI-TLS-011", "sec1-0", nil,
			"patches:\n- target: {kind: Certificate, name: sec1-0-tls}\n  patch: '" + `[{"op": "replace", "path": "/spec/privateKey/encoding", "value": "PKCS1"}]` + "'\n"},
	}
}

// idle lists clusters whose NiFi never starts, each with a trouble of its own.
func idle() []unstarted {
	return []unstarted{
		{"keyless", "NIFI-POD-007", "keyless-0", []string{"512m}", "512m, sensitivePropsKeySecretRef: {name: nowhere, key: key}}"}, ""},
		{"unpulled", "NIFI-POD-015", "unpulled-0", []string{"  resources:", "  image: registry.invalid/nifi\n  resources:"}, ""},
		{"huge", "NIFI-POD-016", "huge-0", []string{"cpu: 100m", "cpu: 10", `cpu: "2"`, "cpu: 10"}, ""},
		{"greedy", "NIFI-KUBE-004", "", []string{"cpu: 100m", "cpu: 30", `cpu: "2"`, "cpu: 30"}, ""},
		{"unsafe", "NIFI-KUBE-005", "", nil, set("/spec/template/spec/securityContext/runAsNonRoot", "false")},
		{"homeless", "NIFI-STORE-001", "homeless-0", []string{"{size: 1Gi}", "{size: 1Gi, storageClassName: nowhere}"}, ""},
		{"vast", "NIFI-STORE-009", "", []string{"{size: 1Gi}", "{size: 100Gi}"}, ""},
		{"unissued", "NIFI-TLS-002", "", []string{"  auth:", "  tls: {issuerRef: {name: nowhere}}\n  auth:"}, ""},
	}
}

// emptied is a Lease as `kubectl create` or a restore from a backup leaves it.
const emptied = `apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: {name: nulled-cluster-coordinator, namespace: %s}
spec: {}
`

// stageIdle applies clusters early, since most are judged only when they have
// had their time.
func (p patient) stageIdle(t *testing.T) {
	t.Helper()
	p.patch(t, "namespace", p.Namespace, `{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"restricted"}}}`)
	kubectl(t, "-n", p.Namespace, "create", "quota", "small", "--hard", "requests.cpu=20,requests.storage=50Gi")
	p.applyAll(t, idle())
}

func (p patient) applyAll(t *testing.T, clusters []unstarted) {
	t.Helper()
	for _, u := range clusters {
		p.apply(t, u.name, 1, u.patches, u.replace...)
	}
}

// testUnstartable looks for what is wrong with each of the clusters.
func testUnstartable(t *testing.T, p patient) {
	p.create(t, fmt.Sprintf(emptied, p.Namespace))
	p.applyTwin(t)
	p.applyAll(t, busy())
	for _, u := range append(busy(), idle()...) {
		t.Run(u.name, func(t *testing.T) {
			other := patient{p.lab, topology.Names{Cluster: u.name, Namespace: p.Namespace, Domain: p.Domain}}
			other.finds(t, u.id, u.subject)
			kubectl(t, "-n", p.Namespace, "delete", "statefulset", u.name, "--wait=false")
		})
	}
	kubectl(t, "-n", p.Namespace, "delete", "statefulset", "twin", "--wait=false")
}

// applyTwin applies a cluster that elects on the leases of "lone", which is
// scaled to nothing, and that may.
func (p patient) applyTwin(t *testing.T) {
	t.Helper()
	p.apply(t, "twin", 1, "patches:\n- target: {kind: Role}\n  patch: '"+
		`[{"op": "replace", "path": "/rules/0/resourceNames", "value": ["lone-cluster-coordinator", "lone-primary-node"]}]`+"'\n",
		"  auth:", "  overrides: {nifi.cluster.leader.election.kubernetes.lease.prefix: lone}\n  auth:")
}
