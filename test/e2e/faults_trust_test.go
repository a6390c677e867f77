//go:build e2e && faults

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view/certsv1"
)

// drifting is a cluster of three nodes with a healer, whose nodes are given
// certificates of other roots with the name of their own.
type drifting struct {
	patient
	coordinator, other, last string // pods
}

// TestFaultTrust drifts nodes' certificates away from the others' root. Nobody is
// restarted for it, and nobody but a pod that the test deletes itself leaves
// CONNECTED.
func TestFaultTrust(t *testing.T) {
	p := patient{openLab(t), topology.Names{Cluster: "trusty", Namespace: "e2e-trust", Domain: "cluster.local"}}
	p.freshNamespace(t)
	p.apply(t, p.Cluster, 3, "")
	p.installHealer(t, p.Namespace)
	p.well(t, 10*time.Minute)
	d := drifting{patient: p}
	d.coordinator, d.other = p.roles(t)
	for ordinal := range 3 {
		if pod := p.Pod(ordinal); pod != d.coordinator && pod != d.other {
			d.last = pod
		}
	}
	for _, step := range []struct {
		name string
		test func(*testing.T)
	}{
		{"healed before it bites", d.testLatent},
		{"refused and joins", d.testRefused},
		{"a rogue root", d.testRogue},
		{"with the healer stopped", d.testUnhealed},
	} {
		if !t.Run(step.name, step.test) {
			return // what follows would fail for the same reason
		}
	}
}

// testLatent: all nodes are CONNECTED and stay so.
func (d drifting) testLatent(t *testing.T) {
	watched := d.watch(t, d.coordinator, d.other, d.last)
	began := time.Now()
	root := d.reissue(t, d.other, "first")
	detected := d.says(t, time.Minute, began, "Detected", d.other)
	d.green(t, 2*time.Minute, d.other, root)
	t.Logf("figure: drift: detected within %s of being asked for, every cell Yes within %s more", detected.Sub(began).Round(time.Second), time.Since(detected).Round(time.Second))
	d.says(t, 2*time.Minute, began, "Recovered", d.other)
	watched()
}

// testRefused: the node starts anew while the others don't have its root, since
// their tls-sync hangs and the healer is paused. It is refused until both work.
func (d drifting) testRefused(t *testing.T) {
	watched := d.watch(t, d.coordinator, d.last)
	d.nifi(t, "healer", "pause", d.Cluster, "-n", d.Namespace, "--reason", "a test", "--for", "1h")
	for _, pod := range []string{d.coordinator, d.last} {
		d.signal(t, pod, syncProcess, syscall.SIGSTOP)
		t.Cleanup(func() { d.signal(t, pod, syncProcess, syscall.SIGCONT) })
	}
	root := d.reissue(t, d.other, "second")
	require.NoError(t, d.client.CoreV1().Pods(d.Namespace).Delete(t.Context(), d.other, metav1.DeleteOptions{}))
	eventually(t, 3*time.Minute, "a refusal", func(context.Context) error {
		log := kubectl(t, "-n", d.Namespace, "logs", d.coordinator, "-c", "nifi", "--since", "1m").out
		for line := range strings.Lines(log) {
			if strings.Contains(line, "message from "+d.FQDN(d.other)) && strings.Contains(line, "PKIX") {
				return nil
			}
		}
		return fmt.Errorf("%s isn't refused", d.other)
	})
	began := time.Now()
	for _, pod := range []string{d.coordinator, d.last} {
		d.signal(t, pod, syncProcess, syscall.SIGCONT)
	}
	d.nifi(t, "healer", "resume", d.Cluster, "-n", d.Namespace)
	d.green(t, 2*time.Minute, d.other, root)
	d.says(t, 2*time.Minute, began, "Recovered", d.other)
	t.Logf("figure: refused for trust: joined within %s", time.Since(began).Round(time.Second))
	pod, err := d.client.CoreV1().Pods(d.Namespace).Get(t.Context(), d.other, metav1.GetOptions{})
	require.NoError(t, err)
	assert.Zero(t, pod.Status.ContainerStatuses[0].RestartCount)
	watched()
}

// testUnhealed: tls-sync and the kubelets' own look at Secrets do without a
// healer, later.
func (d drifting) testUnhealed(t *testing.T) {
	watched := d.watch(t, d.coordinator, d.other, d.last)
	kubectl(t, "-n", d.Namespace, "scale", "deployment", "nifi-healer", "--replicas", "0")
	began := time.Now()
	root := d.reissue(t, d.last, "third")
	d.green(t, 3*time.Minute, d.last, root)
	t.Logf("figure: drift, healer stopped: every cell Yes within %s of being asked for", time.Since(began).Round(time.Second))
	watched()
}

// reissue has a pod's certificate signed by a new root of the old one's name, and
// returns that root.
func (d drifting) reissue(t *testing.T, pod, root string) trust.Fingerprint {
	t.Helper()
	d.create(t, strings.ReplaceAll(fmt.Sprintf(namesake, d.Cluster, d.Namespace), "namesake", root))
	kubectl(t, "-n", d.Namespace, "wait", "--for=condition=Ready", "--timeout=1m", "issuer/"+root)
	before := string(d.secret(t, pod+"-tls")["tls.crt"])
	d.patch(t, "certificate", pod+"-tls", `{"spec":{"issuerRef":{"name":"`+root+`"}}}`)
	eventually(t, time.Minute, "a certificate of the root "+root, func(context.Context) error {
		if string(d.secret(t, pod+"-tls")["tls.crt"]) == before {
			return fmt.Errorf("still the old one")
		}
		return nil
	})
	anchors, err := trust.ParsePEM(d.secret(t, root)["tls.crt"])
	require.NoError(t, err)
	return anchors[0].Fingerprint
}

// green waits until every cell of the matrix is Yes, every pod's files hold the
// new root, and the pod serves what it was issued.
func (d drifting) green(t *testing.T, patience time.Duration, pod string, root trust.Fingerprint) {
	t.Helper()
	issued, err := trust.ParsePEM(d.secret(t, pod+"-tls")["tls.crt"])
	require.NoError(t, err)
	eventually(t, patience, "a matrix that is all Yes", func(context.Context) error {
		var found certsv1.ClusterCertificates
		r := run(t, d.plugin, "certs", d.Cluster, "-n", d.Namespace, "-o", "json")
		if err := json.Unmarshal([]byte(r.out), &found); err != nil {
			return fmt.Errorf("%w: %s", err, r.errOut)
		}
		if len(found.Trust.Cells) != 9 || !found.Trust.Verified {
			return fmt.Errorf("%d cells: %s", len(found.Trust.Cells), found.Message)
		}
		for _, one := range found.Pods {
			if !slices.Contains(one.Files.Anchors, root) {
				return fmt.Errorf("%s hasn't got the root", one.Name)
			}
			if one.Name == pod && one.Served.Chain[0].SHA256 != issued[0].Fingerprint {
				return fmt.Errorf("%s serves the old certificate", pod)
			}
		}
		return nil
	})
}

// says waits until the healer's log has a decision about a pod since then, and
// returns when it was made.
func (d drifting) says(t *testing.T, patience time.Duration, since time.Time, stage, pod string) (at time.Time) {
	t.Helper()
	eventually(t, patience, stage+" "+pod, func(context.Context) error {
		log := kubectl(t, "-n", d.Namespace, "logs", "deployment/nifi-healer", "--since-time", since.UTC().Format(time.RFC3339)).out
		for line := range strings.Lines(log) {
			var said struct {
				Time       time.Time
				Stage, Pod string
			}
			if json.Unmarshal([]byte(line), &said) == nil && said.Stage == stage && said.Pod == pod {
				t.Log(strings.TrimSpace(line))
				at = said.Time
				return nil
			}
		}
		return fmt.Errorf("it said %s", log)
	})
	return at
}

// watch asks once a second whether these pods' nodes are CONNECTED. What it
// returns ends that, and demands that they always were and were not restarted.
func (d drifting) watch(t *testing.T, pods ...string) func() {
	t.Helper()
	uids := d.runs(t, pods)
	api := d.apiOf(t, d.coordinator)
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	left, looks := map[string]nifi.NodeStatus{}, 0
	var wait sync.WaitGroup
	wait.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for ctx.Err() == nil {
			if found, err := api.Cluster(ctx); err == nil {
				looks++
				for _, node := range found.Nodes {
					if slices.Contains(pods, node.Pod()) && node.Status != nifi.Connected {
						left[node.Pod()] = node.Status
					}
				}
			}
			select {
			case <-ctx.Done():
			case <-tick.C:
			}
		}
	})
	return func() {
		stop()
		wait.Wait()
		assert.Empty(t, left, "nodes left CONNECTED")
		assert.Greater(t, looks, 2)
		assert.True(t, maps.Equal(uids, d.runs(t, pods)), "pods were restarted: %v", uids)
	}
}

// runs tells one run of a pod's NiFi from another.
func (d drifting) runs(t *testing.T, pods []string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, name := range pods {
		pod, err := d.client.CoreV1().Pods(d.Namespace).Get(t.Context(), name, metav1.GetOptions{})
		require.NoError(t, err)
		all[name] = fmt.Sprint(pod.UID, "/", pod.Status.ContainerStatuses[0].RestartCount)
	}
	return all
}
