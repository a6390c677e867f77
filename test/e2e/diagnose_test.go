//go:build e2e

package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/kubectl-nifi/kubectl-nifi/pkg/findings/v1"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// diagnoseNamespace is fresh at each run.
const diagnoseNamespace = "e2e-diagnose"

// patient is a cluster of two nodes that is made sick and well again.
type patient struct {
	lab
	topology.Names
}

// TestDiagnose stages what goes wrong for real, one thing after the other. Each
// must be found under its ID, with nothing else of its rank or above it.
func TestDiagnose(t *testing.T) {
	l := openLab(t)
	p := patient{l, topology.Names{Cluster: "sick", Namespace: diagnoseNamespace, Domain: "cluster.local"}}
	p.freshNamespace(t)
	p.stageIdle(t)
	p.apply(t, "sick", 2, "")
	p.well(t, 10*time.Minute)

	step := func(name string, test func(t *testing.T)) { l.step(t, p.Names, name, test) }
	step("wrong candidates", func(t *testing.T) {
		p.patch(t, "secret", "sick-topology", `{"stringData":{"15-topology.properties":"nifi.cluster.flow.election.max.candidates=5"}}`)
		p.finds(t, "NIFI-ELECT-001", "")
		p.patch(t, "secret", "sick-topology", `{"stringData":{"15-topology.properties":"nifi.cluster.flow.election.max.candidates=2"}}`)
		p.well(t, time.Minute)
	})
	step("names taken away", func(t *testing.T) { testService(t, p) })
	step("no patch on leases", func(t *testing.T) {
		p.leaseVerbs(t, "get", "update")
		p.finds(t, "NIFI-ACCESS-001", "")
		p.leaseVerbs(t, "get", "update", "patch")
		p.well(t, 3*time.Minute)
	})
	step("heavy flow", func(t *testing.T) { testHeavyFlow(t, p) })
	step("hung", func(t *testing.T) {
		p.signal(t, "sick-1", nifiProcess, syscall.SIGSTOP)
		t.Cleanup(func() { p.signal(t, "sick-1", nifiProcess, syscall.SIGCONT) })
		p.finds(t, "NIFI-NODE-004", "sick-1")
		p.signal(t, "sick-1", nifiProcess, syscall.SIGCONT)
		p.well(t, 3*time.Minute)
	})
	step("never started", func(t *testing.T) { testUnstartable(t, p) })
	coordinator, other := p.roles(t)
	p.drift(t, coordinator, other)
	step("trust drift", func(t *testing.T) {
		p.finds(t, "NIFI-TLS-021", other)
		p.connected(t)
	})
	step("refused for trust", func(t *testing.T) { testRefused(t, p, other) })
	p.unite(t, coordinator)
	p.well(t, 4*time.Minute)
	step("expired", func(t *testing.T) { testExpired(t, p, other) })
	step("unpaired", func(t *testing.T) { testUnpaired(t, p, other) })
	p.well(t, 3*time.Minute)

	step("a person's disconnect", func(t *testing.T) {
		p.ask(t, nifi.Disconnecting)
		p.finds(t, "NIFI-NODE-001", "sick-1")
	})
	step("offloaded", func(t *testing.T) {
		p.ask(t, nifi.Offloading)
		p.finds(t, "NIFI-NODE-002", "sick-1")
	})
	step("stale", func(t *testing.T) {
		kubectl(t, "-n", p.Namespace, "scale", "statefulset", "sick", "--replicas", "1")
		p.patch(t, "secret", "sick-topology", `{"stringData":{"15-topology.properties":"nifi.cluster.flow.election.max.candidates=1"}}`)
		p.finds(t, "NIFI-NODE-017", "sick-1")
	})
}

func (p patient) freshNamespace(t *testing.T) {
	t.Helper()
	err := p.client.CoreV1().Namespaces().Delete(t.Context(), p.Namespace, metav1.DeleteOptions{})
	require.True(t, err == nil || apierrors.IsNotFound(err), "%v", err)
	eventually(t, 3*time.Minute, "no namespace "+p.Namespace, func(ctx context.Context) error {
		_, err := p.client.CoreV1().Namespaces().Get(ctx, p.Namespace, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return nil
		}
		return fmt.Errorf("it is still there: %v", err)
	})
	kubectl(t, "create", "namespace", p.Namespace)
	t.Cleanup(func() {
		_ = p.client.CoreV1().Namespaces().Delete(context.WithoutCancel(t.Context()), p.Namespace, metav1.DeleteOptions{})
	})
}

// apply renders a cluster into a folder and applies that, with these changes of
// the document's text (old, new …) and this at the end of the overlay's
// kustomization.yaml.
func (p patient) apply(t *testing.T, name string, replicas int, patches string, replace ...string) (dir string) {
	t.Helper()
	root := t.TempDir()
	file := filepath.Join(root, "in.yaml")
	dir = filepath.Join(root, name)
	text := strings.Replace(fmt.Sprintf(document, name, replicas), "namespace: "+namespace, "namespace: "+p.Namespace, 1)
	text = strings.NewReplacer(replace...).Replace(text)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	p.nifi(t, "init", name, "-f", file, "--dir", dir)
	kustomization := filepath.Join(dir, "kustomization.yaml")
	written, err := os.ReadFile(kustomization)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(kustomization, append(written, patches...), 0o600))
	kubectl(t, "apply", "-k", dir)
	return dir
}

func (p patient) patch(t *testing.T, kind, name, patch string) {
	t.Helper()
	kubectl(t, "-n", p.Namespace, "patch", kind, name, "--type", "merge", "-p", patch)
}

// create makes objects from YAML.
func (p patient) create(t *testing.T, text string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "objects.yaml")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	kubectl(t, "create", "-f", file)
}

func (p patient) secret(t *testing.T, name string) map[string][]byte {
	t.Helper()
	secret, err := p.client.CoreV1().Secrets(p.Namespace).Get(t.Context(), name, metav1.GetOptions{})
	require.NoError(t, err)
	return secret.Data
}

// leaseVerbs sets what NiFi may do with its leases, the Role's first rule.
func (p patient) leaseVerbs(t *testing.T, verbs ...string) {
	t.Helper()
	value, err := json.Marshal(verbs)
	require.NoError(t, err)
	_, err = p.client.RbacV1().Roles(p.Namespace).Patch(t.Context(), p.Cluster, types.JSONPatchType,
		fmt.Appendf(nil, `[{"op":"replace","path":"/rules/0/verbs","value":%s}]`, value), metav1.PatchOptions{})
	require.NoError(t, err)
}

// What ends the command line of a process in a pod.
const (
	nifiProcess = "org.apache.nifi.NiFi"
	syncProcess = "/etc/nifi/start/tls-sync.sh"
)

// signal sends a signal to a process of a pod.
func (p patient) signal(t *testing.T, name, process string, signal syscall.Signal) {
	t.Helper()
	require.NoError(t, syscall.Kill(p.process(t, name, process), signal))
}

// process is the PID of a process of a pod.
func (p patient) process(t *testing.T, name, process string) int {
	t.Helper()
	pod, err := p.client.CoreV1().Pods(p.Namespace).Get(context.WithoutCancel(t.Context()), name, metav1.GetOptions{}) // in a Cleanup, too
	require.NoError(t, err)
	pid := processOf(t, pod.UID, process)
	require.NotZero(t, pid, "%s of pod %s on this machine", process, name)
	return pid
}

// processOf is the PID of a process of a pod, 0 if there is none. The lab's
// nodes are this machine.
func processOf(t *testing.T, pod types.UID, process string) int {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*")
	require.NoError(t, err)
	for _, dir := range all {
		cgroup, _ := os.ReadFile(filepath.Join(dir, "cgroup")) // it may be gone
		command, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		if strings.Contains(string(cgroup), string(pod)) && strings.HasSuffix(strings.TrimRight(string(command), "\x00"), process) {
			pid, err := strconv.Atoi(filepath.Base(dir))
			require.NoError(t, err)
			return pid
		}
	}
	return 0
}

// api is the REST API of the first node as the administrator.
func (p patient) api(t *testing.T) *nifi.Client {
	t.Helper()
	return p.apiOf(t, p.Pod(0))
}

// apiOf is the REST API of one node as the administrator.
func (p patient) apiOf(t *testing.T, pod string) *nifi.Client {
	t.Helper()
	secret := p.secret(t, p.AdminSecret())
	pair, err := tls.X509KeyPair(secret["tls.crt"], secret["tls.key"])
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(secret["ca.crt"]))
	dialer, err := kube.NewPodDialer(p.config, p.Namespace)
	require.NoError(t, err)
	t.Cleanup(func() { _ = dialer.Close() })
	if p.Adopted() && !p.Layout.Loopback {
		require.NoError(t, dialer.ByExec(p.config, p.Container()))
	}
	transport := nifi.NewTransport(&tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, dialer.DialContext)
	client, err := nifi.NewClient("https://"+p.Endpoint(pod), &http.Client{Transport: transport, Timeout: 30 * time.Second})
	require.NoError(t, err)
	return client
}

// ask asks the coordinator, through the first node, for a status of the second.
func (p patient) ask(t *testing.T, status nifi.NodeStatus) {
	t.Helper()
	client := p.api(t)
	view, err := client.Cluster(t.Context())
	require.NoError(t, err)
	for _, node := range view.Nodes {
		if node.Pod() == p.Pod(1) {
			_, err := client.SetNodeStatus(t.Context(), node.ID, status)
			require.NoError(t, err)
			return
		}
	}
	require.Fail(t, "the coordinator doesn't know the node")
}

// diagnose is what diagnose says now, without what follows from something else.
func (p patient) diagnose(t *testing.T) (v1.Diagnosis, []v1.Finding) {
	t.Helper()
	r := run(t, p.plugin, "diagnose", p.Cluster, "-n", p.Namespace, "-o", "json", "--fail-on", "info")
	var d v1.Diagnosis
	require.NoError(t, json.Unmarshal([]byte(r.out), &d), r.errOut)
	var roots []v1.Finding
	for _, f := range d.Findings {
		if f.ExplainedBy == "" {
			roots = append(roots, f)
		}
	}
	return d, roots
}

// well waits until all nodes are ready and nothing at all is found.
func (p patient) well(t *testing.T, patience time.Duration) {
	t.Helper()
	eventually(t, patience, "no finding", func(ctx context.Context) error {
		set, err := p.client.AppsV1().StatefulSets(p.Namespace).Get(ctx, p.Cluster, metav1.GetOptions{})
		if err != nil {
			return err
		}
		if set.Status.ReadyReplicas != *set.Spec.Replicas {
			return fmt.Errorf("%d pods are ready", set.Status.ReadyReplicas)
		}
		if _, found := p.diagnose(t); len(found) > 0 {
			return fmt.Errorf("found %+v", found)
		}
		return nil
	})
}

// finds waits for one finding, and then that it is the only one of its rank.
func (p patient) finds(t *testing.T, id, subject string) {
	t.Helper()
	eventually(t, 4*time.Minute, id, func(context.Context) error {
		d, found := p.diagnose(t)
		if len(found) == 0 || found[0].ID != id || found[0].Subject != subject {
			return fmt.Errorf("found %+v", found)
		}
		counts := map[string]int{"critical": d.Counts.Critical, "warning": d.Counts.Critical + d.Counts.Warning}
		if counts[found[0].Severity] != 1 {
			return fmt.Errorf("not alone: %+v", found)
		}
		assert.NotEmpty(t, found[0].Remedy)
		return nil
	})
}
