package plugin

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube/kubetest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
)

// TestAdoptedIsServed looks at adopted clusters as at ours.
func TestAdoptedIsServed(t *testing.T) {
	t.Parallel()
	disconnected := func(_ *testing.T, f foreign) {
		f.nifi.Node(2).Edit(func(n *nifi.Node) { n.Status = nifi.Disconnected })
	}
	tests := map[string]struct {
		world func(*testing.T) foreign
		args  []string
		stage func(*testing.T, foreign)
		code  int
	}{
		"status":                {world: handWritten, args: []string{"status", "flows", "-o", "wide"}},
		"status-cetic":          {world: cetic, args: []string{"status", "flows"}},
		"status-disconnected":   {world: handWritten, args: []string{"status", "flows"}, stage: disconnected, code: exitFailed},
		"status-gone":           {world: handWritten, args: []string{"status", "flows"}, stage: gone, code: exitFailed},
		"get":                   {world: handWritten, args: []string{"get"}},
		"get-all":               {world: cetic, args: []string{"get", "-A", "-o", "wide"}},
		"get-by-label":          {world: cetic, args: []string{"get", "-l", "team=flows", "-o", "name"}},
		"get-by-another-label":  {world: cetic, args: []string{"get", "-l", "team=others"}},
		"diagnose":              {world: handWritten, args: []string{"diagnose", "flows"}, code: exitFailed},
		"diagnose-cetic":        {world: cetic, args: []string{"diagnose", "flows"}, code: exitFailed},
		"diagnose-disconnected": {world: cetic, args: []string{"diagnose", "flows"}, stage: disconnected, code: exitFailed},
		"diagnose-gone":         {world: handWritten, args: []string{"diagnose", "flows"}, stage: gone, code: exitFailed},
		"rotate-ca":             {world: handWritten, args: []string{"rotate-ca", "flows", "--yes"}, code: exitFailed},
		"upgrade":               {world: handWritten, args: []string{"upgrade", "flows", "--version", "2.4.0", "--yes"}, code: exitFailed},
		"delete":                {world: handWritten, args: []string{"delete", "flows", "--yes"}, code: exitFailed},
		"certs-renew":           {world: handWritten, args: []string{"certs", "renew", "flows", "0"}, code: exitFailed},
		"scale-up":              {world: handWritten, args: []string{"scale", "flows", "--replicas", "4", "--dry-run"}, code: exitFailed},
		"scale-down":            {world: handWritten, args: []string{"scale", "flows", "--replicas", "2", "--dry-run"}},
		"restart":               {world: handWritten, args: []string{"restart", "flows", "--dry-run"}},
		"disconnect":            {world: handWritten, args: []string{"disconnect", "flows", "2", "--dry-run"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := adopted(t, test.world(t))
			if test.stage != nil {
				test.stage(t, f)
			}
			got := f.run(t, test.args...)
			assert.Equal(t, test.code, got.code, got)
			assertGolden(t, filepath.Join("adopted", name+".golden"), got.String())
			assert.NotContains(t, got.String(), storePassword)
		})
	}
}

// gone is an adopted cluster that somebody has deleted.
func gone(_ *testing.T, f foreign) {
	f.api.Delete(f.path("apis/apps/v1", "statefulsets", f.names.StatefulSet()))
	for ordinal := range f.nodes {
		f.api.Delete(f.path("api/v1", "pods", f.names.Pod(ordinal)))
	}
}

// drifted gives node 2 stores of a CA of the same name.
func drifted(t *testing.T, f foreign) {
	other, err := nifitest.NewCA("flows-ca")
	if err != nil {
		t.Fatal(err)
	}
	f.nifi.Node(2).Trust(other)
	f.setJKS(t, 2, other)
}

// TestAdoptedTrust: the truststores in the pods say who trusts whom.
func TestAdoptedTrust(t *testing.T) {
	t.Parallel()
	f := adopted(t, cetic(t))
	got := f.run(t, "certs", "flows")
	assert.Equal(t, exitWell, got.code, got)
	assert.Contains(t, got.stdout, "Every node trusts every other: 9 of 9 pairs verify.")
	assert.Regexp(t, `flows-nifi-1 +keystore +nifi-key .*CN=flows-nifi-1`, got.stdout)
	assert.Regexp(t, `flows-nifi-1 +truststore +nifi-cert .*CN=flows-ca`, got.stdout)
	assert.NotContains(t, f.run(t, "diagnose", "flows").stdout, "NIFI-TLS")

	drifted(t, f)
	got = f.run(t, "certs", "flows")
	assert.Equal(t, exitFailed, got.code, got)
	assert.Contains(t, got.stdout, "flows-nifi-2 is the odd one out")
	assert.Contains(t, got.stdout, "kubectl nifi heal flows --trust -n nifi")
	got = f.run(t, "diagnose", "flows", "--fail-on", "critical")
	assert.Equal(t, exitFailed, got.code, got)
	assert.Contains(t, got.stdout, "NIFI-TLS-022 critical")
	assert.NotContains(t, got.stdout, "tls-sync")
	assert.NotContains(t, got.String(), storePassword)
}

// TestAdoptedByExec: nodes that don't listen on their pods' loopback are reached
// from inside.
func TestAdoptedByExec(t *testing.T) {
	t.Parallel()
	f := handWritten(t)
	f.everywhere(map[string]string{"nifi.web.https.network.interface.lo": ""})
	f.api.SetForward(nil)
	f.api.SetReach(func(ctx context.Context, pod string, port int) (net.Conn, error) {
		return f.nifi.DialContext(ctx, "tcp", fmt.Sprintf("%s:%d", f.names.FQDN(pod), port))
	})
	adopted(t, f)
	got := f.run(t, "status", "flows")
	assert.Equal(t, exitWell, got.code, got)
	got = f.run(t, "certs", "flows")
	assert.Equal(t, exitWell, got.code, got)
	got = f.run(t, "diagnose", "flows", "--fail-on", "critical")
	assert.Equal(t, exitWell, got.code, got)
	assert.Contains(t, got.stdout, "NIFI-ADOPT-001 info: nodes can't be reached by port-forward")

	f.api.Deny(f.path("api/v1", "pods", f.names.Pod(1)) + "/exec")
	got = f.run(t, "diagnose", "flows")
	assert.Contains(t, got.stdout, "ask for the right to create pods/exec in namespace nifi")
}

func TestAdoptedLogs(t *testing.T) {
	t.Parallel()
	f := adopted(t, cetic(t))
	for ordinal := range f.nodes {
		pod := f.path("api/v1", "pods", f.names.Pod(ordinal))
		f.api.SetLog(pod, "server", new(kubetest.Log).Append(f.now, "2026-11-22 18:04:00,000 INFO [main] org.apache.nifi.NiFi Launching NiFi..."))
	}
	got := f.run(t, "logs", "flows", "0", "2")
	assert.Equal(t, exitWell, got.code, got)
	assert.Contains(t, got.stdout, "flows-nifi-0")
	assert.NotContains(t, got.stdout, "flows-nifi-1")
	assert.Contains(t, got.stdout, "flows-nifi-2")
	got = f.run(t, "logs", "flows", "other-0")
	assert.Equal(t, exitFailed, got.code)
}

func TestAdoptedBundle(t *testing.T) {
	t.Parallel()
	f := adopted(t, cetic(t))
	file := filepath.Join(t.TempDir(), "bundle.tar.gz")
	got := f.run(t, "support-bundle", "flows", "--out", file)
	assert.Equal(t, exitWell, got.code, got)
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	unzipped, err := gzip.NewReader(bytes.NewReader(raw))
	require.NoError(t, err)
	content, err := io.ReadAll(unzipped)
	require.NoError(t, err)
	assert.Contains(t, string(content), "flows-nifi-2")
	for _, secret := range []string{storePassword, "PRIVATE KEY"} {
		assert.NotContains(t, string(content), secret)
	}
}

// TestAdoptedWell: a foreign cluster that lacks nothing has nothing to find.
func TestAdoptedWell(t *testing.T) {
	t.Parallel()
	f := handWritten(t)
	f.everywhere(map[string]string{"nifi.cluster.flow.election.max.candidates": "3"})
	f.change(t, func(set *appsv1.StatefulSet) {
		set.Spec.PodManagementPolicy = appsv1.ParallelPodManagement
		set.Spec.Template.Spec.Containers[0].ReadinessProbe = &corev1.Probe{}
	})
	f.api.Set(f.path("api/v1", "services", "flows"), corev1.Service{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Service"}, ObjectMeta: metav1.ObjectMeta{Name: "flows", Namespace: "nifi"},
		Spec: corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone, PublishNotReadyAddresses: true, Selector: f.labels()},
	})
	got := adopted(t, f).run(t, "diagnose", "flows")
	assert.Equal(t, exitWell, got.code, got)
}
