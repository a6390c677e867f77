package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube/kubetest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
	v1 "github.com/kubectl-nifi/kubectl-nifi/pkg/view/v1"
)

func TestStatus(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args  []string
		stage func(t *testing.T, w world)
		code  int
	}{
		"all-well":      {code: 0},
		"all-well-wide": {code: 0, args: []string{"-o", "wide"}},
		"all-well-json": {code: 0, args: []string{"-o", "json"}},
		"all-well-yaml": {code: 0, args: []string{"-o", "yaml"}},
		"colour":        {code: 0, args: []string{"--color", "always"}},
		"queued": {code: 0, stage: func(_ *testing.T, w world) {
			w.nifi.Node(1).Edit(func(n *nifi.Node) { n.FlowFilesQueued, n.BytesQueued = 1333, 1_363_149 })
		}},
		"disconnected": {code: 1, stage: func(t *testing.T, w world) {
			w.disconnect(t, 2)
			w.setPod(2, notReady)
		}},
		"crash-loop": {code: 1, stage: func(_ *testing.T, w world) {
			w.setPod(1, crashing)
			w.nifi.Node(1).SetFault(nifitest.Drop())
			w.nifi.Node(1).Edit(func(n *nifi.Node) { n.Status, n.Heartbeat = nifi.Disconnected, "" })
		}},
		"nifi-down": {code: 1, stage: func(_ *testing.T, w world) {
			for ordinal := range 3 {
				w.setPod(ordinal, notReady)
			}
			w.api.SetForward(func(context.Context, string, int) (net.Conn, error) { return nil, errors.New("connection refused") })
		}},
		"no-coordinator": {code: 1, stage: func(_ *testing.T, w world) {
			w.nifi.SetCoordinator(-1)
			w.api.Delete(w.path("apis/coordination.k8s.io/v1", "leases", w.names.CoordinatorLease()))
		}},
		"secret-forbidden": {code: 1, stage: func(_ *testing.T, w world) {
			w.api.Deny(w.path("api/v1", "secrets", w.names.AdminSecret()))
		}},
		"secret-missing": {code: 1, stage: func(_ *testing.T, w world) {
			w.api.Delete(w.path("api/v1", "secrets", w.names.AdminSecret()))
		}},
		"port-forward-refused": {code: 1, stage: func(_ *testing.T, w world) { w.api.SetForward(nil) }},
		"everything-forbidden": {code: 1, stage: func(_ *testing.T, w world) {
			w.api.Deny(w.path("apis/apps/v1", "statefulsets", "prod"))
			w.api.Deny("/api/v1/namespaces/nifi/pods")
			w.api.Deny("/apis/cert-manager.io/v1/namespaces/nifi/certificates")
			w.api.Deny(w.path("apis/coordination.k8s.io/v1", "leases", w.names.CoordinatorLease()))
			w.api.Deny(w.path("api/v1", "secrets", w.names.AdminSecret()))
		}},
		"stale-node": {code: 1, stage: func(_ *testing.T, w world) {
			w.setStatefulSet(2)
			w.api.Delete(w.path("api/v1", "pods", "prod-2"))
			w.nifi.Node(2).Edit(func(n *nifi.Node) { n.Status = nifi.Disconnected })
		}},
		"expiring": {code: 0, stage: func(_ *testing.T, w world) {
			w.setCertificate(w.names.NodeSecret(0), -26*time.Hour)
			w.setCertificate(w.names.NodeSecret(1), 50*time.Hour)
		}},
		"starting": {code: 1, stage: func(_ *testing.T, w world) {
			w.setPod(0, notReady)
			w.setPod(1, func(pod *corev1.Pod) {
				notReady(pod)
				pod.Status.Phase = corev1.PodPending
				pod.Status.InitContainerStatuses = []corev1.ContainerStatus{{
					Name: "tls-sync", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "PodInitializing"}},
				}}
			})
			w.api.Delete(w.path("api/v1", "pods", "prod-2"))
			w.api.Delete(w.path("apis/coordination.k8s.io/v1", "leases", w.names.CoordinatorLease()))
			w.api.Delete(w.path("apis/coordination.k8s.io/v1", "leases", w.names.PrimaryLease()))
			w.nifi.Node(0).SetFault(nifitest.Status(http.StatusConflict, "The Flow Controller is initializing the Data Flow."))
		}},
		"operation":           {code: 0, stage: func(_ *testing.T, w world) { w.setOperation("kim@laptop", 15) }},
		"operation-json":      {code: 0, stage: func(_ *testing.T, w world) { w.setOperation("kim@laptop", 15) }, args: []string{"-o", "json"}},
		"operation-abandoned": {code: 0, stage: func(_ *testing.T, w world) { w.setOperation("kim@laptop", 0) }},
		"absent":              {code: 1, stage: func(_ *testing.T, w world) { w.api.Delete(w.path("apis/apps/v1", "statefulsets", "prod")) }},
		"unknown-authority":   {code: 1, stage: func(t *testing.T, w world) { w.presentAnotherCA(t) }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if test.stage != nil {
				test.stage(t, w)
			}
			got := w.run(t, append([]string{"status", "prod"}, test.args...)...)
			assert.Equal(t, test.code, got.code)
			assertGolden(t, filepath.Join("status", name+".golden"), got.String())
		})
	}
}

// disconnect is what a person does to a node.
func (w world) disconnect(t *testing.T, ordinal int) {
	config, err := w.nifi.AdminTLS()
	require.NoError(t, err)
	client, err := nifi.NewClient(w.nifi.Node(0).URL(), w.nifi.HTTPClient(config))
	require.NoError(t, err)
	_, err = client.SetNodeStatus(t.Context(), w.nifi.Node(ordinal).ID(), nifi.Disconnecting)
	require.NoError(t, err)
	w.nifi.Tick()
}

// presentAnotherCA makes every node serve a certificate of a CA of the same
// name that nobody trusts.
func (w world) presentAnotherCA(t *testing.T) {
	ca, err := nifitest.NewCA("prod-ca")
	require.NoError(t, err)
	for ordinal := range 3 {
		leaf, err := ca.Issue(nifitest.Leaf{DNSNames: []string{w.nifi.Node(ordinal).FQDN()}})
		require.NoError(t, err)
		w.nifi.Node(ordinal).Present(leaf)
	}
}

func TestStatusOfHungNode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.nifi.Node(0).Hang() // the coordinator, which is asked first
	got := w.run(t, "status", "prod", "-o", "json", "--timeout", "3s")
	var status v1.ClusterStatus
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &status), got.stderr)
	require.Len(t, status.Nodes, 3)
	assert.NotEmpty(t, status.Nodes[0].Own.Error)
	assert.True(t, status.Nodes[1].Own.Connected)
	assert.True(t, status.Nodes[2].Own.Connected)
	assert.Equal(t, 3, status.Replicas.Connected, "another node must give the coordinator's view")
	assert.Equal(t, exitFailed, got.code)
}

func TestStatusDocumentsAgree(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	asJSON, asYAML := w.run(t, "status", "prod", "-o", "json"), w.run(t, "status", "prod", "-o", "yaml")
	converted, err := yaml.YAMLToJSON([]byte(asYAML.stdout))
	require.NoError(t, err)
	assert.JSONEq(t, asJSON.stdout, string(converted))
}

func TestStatusWithCredentialFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api.Deny(w.path("api/v1", "secrets", w.names.AdminSecret()))
	config, err := w.nifi.AdminTLS()
	require.NoError(t, err)
	certificate, key := pemOf(t, config.Certificates[0])
	dir := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		return path
	}
	args := []string{"status", "prod",
		"--nifi-client-certificate", file("tls.crt", certificate), "--nifi-client-key", file("tls.key", key),
		"--nifi-certificate-authority", file("ca.crt", w.nifi.CA.PEM())}
	got := w.run(t, args...)
	assert.Equal(t, exitWell, got.code, got.stdout)

	// A token is good on the node that issued it, here the one that is asked.
	w.setStatefulSet(1)
	token := file("token", []byte(w.nifi.Node(0).Token(w.names.AdminIdentity())+"\n"))
	got = w.run(t, "status", "prod", "-o", "json", "--nifi-token-file", token, "--nifi-certificate-authority", filepath.Join(dir, "ca.crt"))
	var status v1.ClusterStatus
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &status))
	assert.Equal(t, &v1.OwnView{Connected: true}, status.Nodes[0].Own)
	assert.NotEmpty(t, status.Nodes[1].Own.Error)
}

func TestStatusTrustsPublishedAnchors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ca, err := nifitest.NewCA("prod-ca")
	require.NoError(t, err)
	leaf, err := ca.Issue(nifitest.Leaf{DNSNames: []string{w.nifi.Node(2).FQDN()}})
	require.NoError(t, err)
	w.nifi.Node(2).Present(leaf)
	assert.Equal(t, exitFailed, w.run(t, "status", "prod").code)
	w.api.Set(w.path("api/v1", "secrets", w.names.Trust()), corev1.Secret{Data: map[string][]byte{"new.crt": ca.PEM()}})
	got := w.run(t, "status", "prod")
	assert.Equal(t, exitWell, got.code, got.stdout)
}

func TestStatusWithoutAPIServer(t *testing.T) {
	t.Parallel()
	config := kubetest.WriteKubeconfig(t, api.Cluster{Server: "https://127.0.0.1:1"}, "nifi")
	got := runWith(t, time.Now(), "status", "prod", "--kubeconfig", config)
	assert.Equal(t, result{
		stderr: `error: reaching the API server at https://127.0.0.1:1: connection refused; check the context "test" with kubectl cluster-info` + "\n",
		code:   exitUnreachable,
	}, got)
}
