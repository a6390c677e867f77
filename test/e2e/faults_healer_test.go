//go:build e2e && faults

package e2e

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// TestFaultHealer takes a cluster of three nodes through what the healer must
// mend and what it must leave alone. Each scenario leaves the cluster well. They
// are in an order in which pods that are to be healed have rested from before.
func TestFaultHealer(t *testing.T) {
	w := ward{patient{openLab(t), topology.Names{Cluster: "ward", Namespace: "e2e-healer-faults", Domain: "cluster.local"}}, map[string]*nifi.Client{}}
	w.freshNamespace(t)
	w.apply(t, w.Cluster, 3, "")
	w.installHealer(t, w.Namespace)
	eventually(t, time.Minute, "the administrator's certificate", func(ctx context.Context) error {
		_, err := w.client.CoreV1().Secrets(w.Namespace).Get(ctx, w.AdminSecret(), metav1.GetOptions{})
		return err
	})
	w.enters(t)
	w.whole(t, 6*time.Minute)

	then(t, "offloaded by a person", func(t *testing.T) { testOffloaded(t, w) })
	then(t, "flow that doesn't fit", func(t *testing.T) { testForeignFlow(t, w) })
	then(t, "one-way loss", func(t *testing.T) { testOneWayLoss(t, w) })
	then(t, "hung", func(t *testing.T) { testHung(t, w, w.fresh(t)) })
	then(t, "hung coordinator", func(t *testing.T) { testHungCoordinator(t, w) })
	then(t, "two of three gone", func(t *testing.T) { testStorm(t, w) })
	then(t, "locked, rolling out", func(t *testing.T) { testHeldBack(t, w, w.fresh(t)) })
	then(t, "healer killed", func(t *testing.T) { testHealerKilled(t, w, w.fresh(t)) })
	then(t, "pod killed", func(t *testing.T) { testPodsKilled(t, w) })
	then(t, "API server gone", func(t *testing.T) { testOutage(t, w) })
}

// testOffloaded takes a node out as a person does, all the way.
func testOffloaded(t *testing.T, w ward) {
	c := w.chapter(t)
	coordinator, other := w.roles(t)
	w.orders(t, coordinator, other, nifi.Disconnecting)
	c.told(t, time.Minute, "SkippedLeaveAlone", other, "NIFI-NODE-001")
	w.orders(t, coordinator, other, nifi.Offloading)
	w.becomes(t, other, nifi.Offloaded)
	c.told(t, time.Minute, "SkippedLeaveAlone", other, "NIFI-NODE-002")
	w.orders(t, coordinator, other, nifi.Connecting)
	w.whole(t, 2*time.Minute)
	c.handsOff(t)
}

// testForeignFlow queues a FlowFile in a connection that only a disconnected
// node has. Its reconnection fails, and leaves it alive and silent: it sends no
// heartbeat that would have the coordinator try again.
func testForeignFlow(t *testing.T, w ward) {
	c := w.chapter(t)
	coordinator, other := w.roles(t)
	makes(t, w.apis[coordinator], root(t, w.apis[coordinator]), "/funnels", map[string]any{}) // an empty flow is refused for that alone
	w.orders(t, coordinator, other, nifi.Disconnecting)
	w.becomes(t, other, nifi.Disconnected)
	eventually(t, time.Minute, other+" out in its own eyes", func(ctx context.Context) error { return w.isOut(ctx, other) })
	queue := w.ownFlow(t, other)
	w.orders(t, coordinator, other, nifi.Connecting)
	c.told(t, 3*time.Minute, "Escalated", other, "NIFI-NODE-007")
	w.becomes(t, other, nifi.Disconnected)
	c.handsOff(t)
	require.NoError(t, w.apis[other].Do(t.Context(), "POST", "/flowfile-queues/"+queue+"/drop-requests", nil, nil))
	w.orders(t, coordinator, other, nifi.Connecting)
	w.whole(t, 3*time.Minute)
	c.handsOff(t)
}

// isOut fails unless a node says itself that it isn't connected.
func (w ward) isOut(ctx context.Context, pod string) error {
	summary, err := w.apis[pod].Summary(ctx)
	if err == nil && summary.ConnectedToCluster {
		err = fmt.Errorf("it believes that it is connected")
	}
	return err
}

// ownFlow gives a disconnected node a flow of its own, with a FlowFile in the
// connection that it returns.
func (w ward) ownFlow(t *testing.T, pod string) (connection string) {
	t.Helper()
	api := w.apis[pod]
	group := root(t, api)
	source := makes(t, api, group, "/processors", map[string]any{"type": "org.apache.nifi.processors.standard.GenerateFlowFile"})
	sink := makes(t, api, group, "/funnels", map[string]any{})
	connection = makes(t, api, group, "/connections", map[string]any{
		"source":                map[string]any{"id": source, "groupId": group, "type": "PROCESSOR"},
		"destination":           map[string]any{"id": sink, "groupId": group, "type": "FUNNEL"},
		"selectedRelationships": []string{"success"},
	})
	var processor struct {
		Revision map[string]any `json:"revision"`
	}
	send(t, api, "GET", "/processors/"+source, nil, &processor)
	send(t, api, "PUT", "/processors/"+source+"/run-status", map[string]any{
		"revision": processor.Revision, "state": "RUN_ONCE", "disconnectedNodeAcknowledged": true}, nil)
	eventually(t, time.Minute, "a queued FlowFile", func(ctx context.Context) error {
		status, err := api.Status(ctx)
		if err == nil && status.FlowFilesQueued == 0 {
			err = fmt.Errorf("nothing is queued")
		}
		return err
	})
	return connection
}

// root is the id of a node's root group.
func root(t *testing.T, api *nifi.Client) string {
	t.Helper()
	var root struct {
		Flow entity `json:"processGroupFlow"`
	}
	send(t, api, "GET", "/flow/process-groups/root", nil, &root)
	return root.Flow.ID
}

// makes puts a component into a group of a node that may be disconnected.
func makes(t *testing.T, api *nifi.Client, group, path string, component map[string]any) (id string) {
	t.Helper()
	var made entity
	send(t, api, "POST", "/process-groups/"+group+path, map[string]any{
		"revision": revision(0), "disconnectedNodeAcknowledged": true, "component": component}, &made)
	return made.ID
}

// testPodsKilled ends pods and processes the hard way. Kubernetes and NiFi bring
// them back, the coordinator, too.
func testPodsKilled(t *testing.T, w ward) {
	now := int64(0)
	for what, kill := range map[string]func(coordinator, other string){
		"pod deleted":         func(_, other string) { w.deletes(t, other, now) },
		"process killed":      func(_, other string) { w.signal(t, other, nifiProcess, syscall.SIGKILL) },
		"coordinator killed":  func(coordinator, _ string) { w.signal(t, coordinator, nifiProcess, syscall.SIGKILL) },
		"coordinator deleted": func(coordinator, _ string) { w.deletes(t, coordinator, now) },
	} {
		c := w.chapter(t)
		began := time.Now()
		kill(w.roles(t))
		eventually(t, time.Minute, "a loss", func(ctx context.Context) error {
			set, err := w.client.AppsV1().StatefulSets(w.Namespace).Get(ctx, w.Cluster, metav1.GetOptions{})
			if err == nil && set.Status.ReadyReplicas == 3 {
				err = fmt.Errorf("three pods are ready")
			}
			return err
		})
		w.whole(t, 6*time.Minute)
		assert.Empty(t, c.acts(t), what)
		t.Logf("figure: %s: back by itself after %s", what, seconds(began, time.Now()))
	}
}

func (w ward) deletes(t *testing.T, pod string, grace int64) {
	t.Helper()
	require.NoError(t, w.client.CoreV1().Pods(w.Namespace).Delete(t.Context(), pod, metav1.DeleteOptions{GracePeriodSeconds: &grace}))
}

func seconds(from, to time.Time) time.Duration { return to.Sub(from).Round(time.Second) }
