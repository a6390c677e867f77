//go:build e2e && faults

package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// toolkitImage has the real tls-toolkit; the lab builds it when it is asked for.
const toolkitImage = "lab.kubectl-nifi.dev/nifi-toolkit:1.8.0"

// TestFaultNiFiCA runs three nodes on the JKS stores of a real tls-toolkit's
// authority. With its volume, that authority may be rescheduled beside a node
// and nothing changes; without, every node has to follow a new root.
func TestFaultNiFiCA(t *testing.T) {
	w := ward{patient{openLab(t), topology.Names{Cluster: "jks", Namespace: "e2e-nifi-ca", Domain: "cluster.local"}}, map[string]*nifi.Client{}}
	w.freshNamespace(t)
	loaded := run(t, "lab", "image", "load", toolkitImage)
	require.Zero(t, loaded.code, loaded.errOut)
	w.apply(t, w.Cluster, 3, "", "  auth:", "  tls: {source: nifi-ca, nifiCA: {image: \""+toolkitImage+"\", antiAffinity: preferred}}\n  auth:")
	w.installHealer(t, w.Namespace)
	w.rolledOut(t)
	w.enroll(t)
	w.whole(t, 8*time.Minute)
	step := func(name string, test func(t *testing.T)) { w.step(t, w.Names, name, test) }
	step("certs", func(t *testing.T) {
		out := w.nifi(t, "certs", w.Cluster, "-n", w.Namespace).out
		assert.Contains(t, out, "nifi-cert", "the alias of the tls-toolkit")
	})
	step("rescheduled", func(t *testing.T) { testRescheduledCA(t, w) })
	step("root lost", func(t *testing.T) { testLostRoot(t, w) })
	step("cut", func(t *testing.T) { testCut(t, w) })
	step("person in the middle", func(t *testing.T) { testPersonInTheMiddle(t, w) })
}

// rolledOut waits for the authority.
func (w ward) rolledOut(t *testing.T) {
	t.Helper()
	kubectl(t, "-n", w.Namespace, "rollout", "status", "deployment", w.NiFiCA(), "--timeout", "5m")
}

// enroll asks the authority for the administrator's and the healer's
// certificates, and takes the administrator's.
func (w ward) enroll(t *testing.T) {
	t.Helper()
	w.nifi(t, "certs", "renew", w.Cluster, "-n", w.Namespace, "-y")
	w.enters(t)
}

// testRescheduledCA loses the authority's pod and a node's at the same time.
func testRescheduledCA(t *testing.T, w ward) {
	c := w.chapter(t)
	_, other := w.roles(t)
	began, now := time.Now(), int64(0)
	pods := w.client.CoreV1().Pods(w.Namespace)
	require.NoError(t, pods.DeleteCollection(t.Context(), metav1.DeleteOptions{GracePeriodSeconds: &now},
		metav1.ListOptions{LabelSelector: topology.LabelName + "=nifi-ca"}))
	w.deletes(t, other, now)
	w.anew(t, c.lives, other)
	w.whole(t, 6*time.Minute)
	assert.Empty(t, c.acts(t), "hands off")
	t.Logf("figure: authority and one node rescheduled, the root on its volume: all CONNECTED after %s, no other restart", seconds(began, time.Now()))
}

// testLostRoot has one node ask an authority without its root for stores.
func testLostRoot(t *testing.T, w ward) {
	c := w.chapter(t)
	_, other := w.roles(t)
	began := w.reroots(t, other)
	detected := c.told(t, 6*time.Minute, "Detected", "NIFI-TLS-022")
	w.anew(t, c.lives, w.members(t)...)
	w.enroll(t)
	w.whole(t, 8*time.Minute)
	t.Logf("figure: a new root under the old name, one node refused: detected after %s, all three CONNECTED after %s; the healer did %q",
		seconds(began, detected), seconds(began, time.Now()), c.acts(t))
}

// reroots takes the authority's root away, as charts without a volume do at each
// reschedule, and has a node ask it for stores.
func (w ward) reroots(t *testing.T, pod string) (began time.Time) {
	t.Helper()
	kubectl(t, "-n", w.Namespace, "patch", "deployment", w.NiFiCA(), "-p", fmt.Sprintf(
		`{"spec":{"template":{"metadata":{"annotations":{"e2e":"%d"}},"spec":{"volumes":[{"name":"root","persistentVolumeClaim":null,"emptyDir":{}}]}}}}`, time.Now().UnixNano()))
	w.rolledOut(t)
	began = time.Now()
	w.deletes(t, pod, 0)
	return began
}

// anew waits until these pods are others than before.
func (w ward) anew(t *testing.T, before map[string]string, pods ...string) {
	t.Helper()
	eventually(t, 10*time.Minute, fmt.Sprintf("other pods %v", pods), func(ctx context.Context) error {
		for _, name := range pods {
			pod, err := w.client.CoreV1().Pods(w.Namespace).Get(ctx, name, metav1.GetOptions{})
			if err != nil {
				return err
			}
			if strings.HasPrefix(before[name], string(pod.UID)) {
				return fmt.Errorf("%s is the old one", name)
			}
		}
		return nil
	})
}
