//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// testHealer installs the healer beside a cluster of two nodes. What a person
// took out it leaves alone, paused it only looks, and a hung node comes back.
func testHealer(t *testing.T, c cluster) {
	folder := c.installHealer(t, namespace)
	then(t, "a person's disconnect", func(t *testing.T) {
		c.does(t, "disconnect", c.Cluster, c.Pod(1), "-y")
		c.told(t, "SkippedLeaveAlone", c.Pod(1))
		assert.Contains(t, c.does(t, "healer", "status", c.Cluster).out, c.Pod(1))
		assert.Equal(t, nifi.Disconnected, c.node(t, c.Pod(0), c.Pod(1)).Status)
		c.does(t, "reconnect", c.Cluster, c.Pod(1), "-y")
	})
	then(t, "hung, paused, resumed", func(t *testing.T) {
		p := patient{c.lab, topology.Names{Cluster: c.Cluster, Namespace: namespace, Domain: "cluster.local"}}
		uid, ids := c.pods(t)[c.Pod(0)].UID, c.waitConnected(t, 2, time.Minute)
		c.does(t, "healer", "pause", c.Cluster, "--reason", "a test", "--for", "1h")
		p.signal(t, c.Pod(0), nifiProcess, syscall.SIGSTOP)
		t.Cleanup(func() {
			if t.Failed() { // a JVM that hangs helps nobody
				_ = c.client.CoreV1().Pods(namespace).Delete(context.WithoutCancel(t.Context()), c.Pod(0), metav1.DeleteOptions{})
			}
		})
		c.told(t, "SkippedRestart", "paused")
		assert.Equal(t, uid, c.pods(t)[c.Pod(0)].UID, "paused, it only looks")
		c.does(t, "healer", "resume", c.Cluster)
		c.told(t, "ActedRestart", c.Pod(0))
		c.told(t, "Recovered", c.Pod(0))
		assert.Equal(t, ids, c.waitConnected(t, 2, time.Minute), "the same nodes are back")
		assert.NotEqual(t, uid, c.pods(t)[c.Pod(0)].UID)
	})
	kubectl(t, "delete", "-k", folder)
}

// installHealer installs the healer in a namespace. It returns its overlay.
func (l lab) installHealer(t *testing.T, namespace string) (folder string) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "healer")
	l.nifi(t, "healer", "install", "-n", namespace, "--dir", folder)
	kubectl(t, "apply", "-k", folder)
	eventually(t, 2*time.Minute, "a ready healer", func(ctx context.Context) error {
		found, err := l.client.AppsV1().Deployments(namespace).Get(ctx, "nifi-healer", metav1.GetOptions{})
		if err == nil && found.Status.ReadyReplicas != 1 {
			err = fmt.Errorf("%d replicas are ready", found.Status.ReadyReplicas)
		}
		return err
	})
	return folder
}

// node is one node as the coordinator sees it, asked through a pod.
func (c cluster) node(t *testing.T, through, pod string) nifi.Node {
	t.Helper()
	view, err := c.admin(t, through).Cluster(t.Context())
	require.NoError(t, err)
	for _, node := range view.Nodes {
		if node.Pod() == pod {
			return node
		}
	}
	return nifi.Node{}
}

// told waits for an Event of the healer whose message has a text.
func (c cluster) told(t *testing.T, reason, text string) {
	t.Helper()
	eventually(t, 6*time.Minute, reason+" "+text, func(context.Context) error {
		var events struct {
			Items []struct{ Reason, Message string }
		}
		out := kubectl(t, "-n", namespace, "get", "events", "-o", "json", "--field-selector", "source=nifi-healer").out
		if err := json.Unmarshal([]byte(out), &events); err != nil {
			return err
		}
		var said []string
		for _, e := range events.Items {
			said = append(said, e.Reason+": "+e.Message)
			if e.Reason == reason && strings.Contains(e.Message, text) {
				return nil
			}
		}
		return fmt.Errorf("it said %q", said)
	})
}
