//go:build e2e && faults

package e2e

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/healer"
	"github.com/kubectl-nifi/kubectl-nifi/healer/policy"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// healerProcess ends the command line of the healer.
const healerProcess = "--listen=:8081"

// ward is a cluster with a healer, of three nodes unless a scenario adds one.
type ward struct {
	patient
	apis map[string]*nifi.Client // by pod
}

// chapter is one scenario: what was before it, so that what is new shows.
type chapter struct {
	ward
	heard map[string]time.Time
	lives map[string]string
}

func (w ward) chapter(t *testing.T) chapter {
	t.Helper()
	heard, err := w.hears(t.Context())
	require.NoError(t, err)
	c := chapter{w, heard, w.lives(t)}
	t.Cleanup(func() {
		if t.Failed() {
			c.explain(t)
		}
	})
	return c
}

// explain shows what the healer said and remembers, of a scenario that failed.
func (c chapter) explain(t *testing.T) {
	ctx := context.WithoutCancel(t.Context())
	news, err := c.news(ctx)
	memory, unread := c.memory(ctx)
	t.Logf("the healer remembers %+v (%v), and said (%v):", memory, unread, err)
	for _, word := range inOrder(news) {
		t.Logf("%s %s", news[word].UTC().Format(time.TimeOnly), word)
	}
}

// hears is what the healer has told by now: each Event once, though it is told
// of the cluster and of the pod, with the time it was first told.
func (w ward) hears(ctx context.Context) (map[string]time.Time, error) {
	list, err := w.client.CoreV1().Events(w.Namespace).List(ctx, metav1.ListOptions{FieldSelector: "source=" + healer.Component})
	if err != nil {
		return nil, err
	}
	all := map[string]time.Time{}
	for _, event := range list.Items {
		all[event.Reason+" "+event.Message] = event.FirstTimestamp.Time
	}
	return all, nil
}

// news is what the healer has told since the chapter began.
func (c chapter) news(ctx context.Context) (map[string]time.Time, error) {
	all, err := c.hears(ctx)
	for old := range c.heard {
		delete(all, old)
	}
	return all, err
}

// told waits for news whose reason begins like this and whose message has these
// texts, and says when it was told.
func (c chapter) told(t *testing.T, patience time.Duration, reason string, texts ...string) time.Time {
	t.Helper()
	var at time.Time
	eventually(t, patience, fmt.Sprintf("%s with %q", reason, texts), func(ctx context.Context) error {
		news, err := c.news(ctx)
		if err != nil {
			return err
		}
		var said []string
		for word, when := range news {
			if strings.HasPrefix(word, reason) && hasAll(word, texts) {
				at = when
				return nil
			}
			said = append(said, word)
		}
		return fmt.Errorf("it said %q", said)
	})
	return at
}

func hasAll(text string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}

// acts is what the healer has done since the chapter began, in order.
func (c chapter) acts(t *testing.T) []string {
	t.Helper()
	news, err := c.news(t.Context())
	require.NoError(t, err)
	return slices.DeleteFunc(inOrder(news), func(word string) bool { return !strings.HasPrefix(word, string(policy.Acted)) })
}

// inOrder is news by the time they were told.
func inOrder(news map[string]time.Time) []string {
	return slices.SortedFunc(maps.Keys(news), func(a, b string) int { return news[a].Compare(news[b]) })
}

// handsOff demands that the healer did nothing, and nobody restarted anything.
func (c chapter) handsOff(t *testing.T) {
	t.Helper()
	assert.Empty(t, c.acts(t), "hands off")
	c.noRestart(t)
}

func (c chapter) noRestart(t *testing.T) {
	t.Helper()
	assert.Equal(t, c.lives, c.ward.lives(t), "no pod and no container was restarted")
}

// lives tells the pods' lives apart: their UIDs and their containers' restarts.
func (w ward) lives(t *testing.T) map[string]string {
	t.Helper()
	list, err := w.client.CoreV1().Pods(w.Namespace).List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	all := map[string]string{}
	for _, pod := range list.Items {
		life := string(pod.UID)
		for _, status := range append(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses...) {
			life += fmt.Sprintf(" %s %d", status.Name, status.RestartCount)
		}
		all[pod.Name] = life
	}
	return all
}

// nodes are the nodes by pod, as the coordinator sees them, asked through
// whoever answers.
func (w ward) nodes(ctx context.Context) (map[string]nifi.Node, error) {
	err := fmt.Errorf("nobody was asked")
	for _, api := range w.apis {
		attempt, stop := context.WithTimeout(ctx, 4*time.Second)
		var seen nifi.Cluster
		seen, err = api.Cluster(attempt)
		stop()
		if err == nil {
			all := map[string]nifi.Node{}
			for _, node := range seen.Nodes {
				all[node.Pod()] = node
			}
			return all, nil
		}
	}
	return nil, err
}

// becomes waits until the coordinator says a status of a node. It returns its id.
func (w ward) becomes(t *testing.T, pod string, status nifi.NodeStatus) (id string) {
	t.Helper()
	eventually(t, 4*time.Minute, fmt.Sprintf("%s %s", pod, status), func(ctx context.Context) error {
		nodes, err := w.nodes(ctx)
		if err == nil && nodes[pod].Status != status {
			err = fmt.Errorf("it is %s", nodes[pod].Status)
		}
		id = nodes[pod].ID
		return err
	})
	return id
}

// orders asks, as a person does, for a status of a node.
func (w ward) orders(t *testing.T, through, pod string, status nifi.NodeStatus) {
	t.Helper()
	eventually(t, time.Minute, fmt.Sprintf("%s for %s", status, pod), func(ctx context.Context) error {
		nodes, err := w.nodes(ctx)
		if err != nil {
			return err
		}
		_, err = w.apis[through].SetNodeStatus(ctx, nodes[pod].ID, status)
		return err
	})
}

// memory is what the healer keeps.
func (w ward) memory(ctx context.Context) (policy.Memory, error) {
	lease, err := w.client.CoordinationV1().Leases(w.Namespace).Get(ctx, w.OperationLease(), metav1.GetOptions{})
	if err != nil {
		return policy.Memory{}, err
	}
	return policy.ParseMemory(lease.Annotations[policy.AnnotationIncident])
}

// whole waits until all pods are ready, all nodes CONNECTED and no incident is
// open.
func (w ward) whole(t *testing.T, patience time.Duration) {
	t.Helper()
	eventually(t, patience, "all nodes and no incident", func(ctx context.Context) error {
		set, err := w.client.AppsV1().StatefulSets(w.Namespace).Get(ctx, w.StatefulSet(), metav1.GetOptions{})
		if err != nil || set.Status.ReadyReplicas != *set.Spec.Replicas {
			return fmt.Errorf("not all pods are ready: %w", err)
		}
		nodes, err := w.nodes(ctx)
		if err != nil {
			return err
		}
		for ordinal := range *set.Spec.Replicas {
			if status := nodes[w.Pod(int(ordinal))].Status; status != nifi.Connected {
				return fmt.Errorf("%s is %s", w.Pod(int(ordinal)), status)
			}
		}
		memory, err := w.memory(ctx)
		if err == nil && len(memory.Incidents) > 0 {
			err = fmt.Errorf("open: %+v", memory.Incidents)
		}
		return err
	})
}

// ripe waits until the healer may act on a pod: it has run for long enough, and
// wasn't healed lately.
func (w ward) ripe(t *testing.T, name string) {
	t.Helper()
	limits := policy.DefaultLimits()
	eventually(t, limits.CoolDown+time.Minute, name+" old enough", func(ctx context.Context) error {
		pod, err := w.client.CoreV1().Pods(w.Namespace).Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		memory, err := w.memory(ctx)
		if err != nil {
			return err
		}
		for _, status := range pod.Status.ContainerStatuses {
			if running := status.State.Running; running == nil || time.Since(running.StartedAt.Time) < limits.StartUp {
				return fmt.Errorf("it started lately")
			}
		}
		for _, healed := range memory.Healed {
			if healed.Pod == name && time.Since(healed.At) < limits.CoolDown {
				return fmt.Errorf("it was healed at %s", healed.At)
			}
		}
		return nil
	})
}

// enters takes the administrator's certificate to every node.
func (w ward) enters(t *testing.T) {
	t.Helper()
	for _, pod := range w.members(t) {
		w.apis[pod] = w.apiOf(t, pod)
	}
}

// members are the pods that there are to be.
func (w ward) members(t *testing.T) []string {
	t.Helper()
	set, err := w.client.AppsV1().StatefulSets(w.Namespace).Get(t.Context(), w.StatefulSet(), metav1.GetOptions{})
	require.NoError(t, err)
	var all []string
	for ordinal := range *set.Spec.Replicas {
		all = append(all, w.Pod(int(ordinal)))
	}
	return all
}

// others are the pods but this one.
func (w ward) others(pod string) []string {
	var all []string
	for ordinal := range 3 {
		if w.Pod(ordinal) != pod {
			all = append(all, w.Pod(ordinal))
		}
	}
	return all
}
