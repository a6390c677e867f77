//go:build e2e && faults

package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// The lab's NiFi. Its image has a second name, for upgrades.
const (
	release = "2.3.0"
	image   = "apache/nifi:" + release
)

// TestFaultOperations is the long form of the operations' tests: many
// FlowFiles, every step killed, and a restart and an upgrade under load.
// Lines that begin with "figure:" are kept in the repository.
func TestFaultOperations(t *testing.T) {
	l := openLab(t)
	l.freshNamespace(t)
	c, _ := l.render(t, "prod", 3, "--create-namespace")
	c.waitConnected(t, 3, 6*time.Minute)

	t.Run("100,000 FlowFiles", func(t *testing.T) { testManyFlowFiles(t, c) })
	t.Run("restart under load", func(t *testing.T) { testRestartUnderLoad(t, c) })
	t.Run("killed after each step", func(t *testing.T) {
		up := []string{"scale", c.Cluster, "--replicas", "3", "-y"}
		testKilled(t, c, []string{"scale", c.Cluster, "--replicas", "2", "-y"}, []string{"disconnect prod-2", "offload prod-2", "remove node prod-2", "set replicas to 2"}, 2, up)
		testKilled(t, c, []string{"restart", c.Cluster, "prod-2", "-y"}, []string{"disconnect prod-2", "restart prod-2"}, 3, nil)
		testKilled(t, c, []string{"upgrade", c.Cluster, "--version", release, "--image", image + "-again", "-y"}, []string{"keep Kubernetes", "set the image", "restart prod-"}, 3,
			[]string{"upgrade", c.Cluster, "--version", release, "--image", image, "-y"})
	})
}

// testManyFlowFiles scales 3→2→1→3, with the users and the flow changed in
// between, and looks for every FlowFile by its content.
func testManyFlowFiles(t *testing.T, c cluster) {
	l := newLedger(t, c, 100_000)
	for _, replicas := range []string{"2", "1"} {
		said, took := c.timed(t, "scale", c.Cluster, "--replicas", replicas, "-y")
		t.Log(said)
		pod := c.Cluster + "-" + replicas
		offload, remove, end := said.of(t, "offload "+pod), said.of(t, "remove node "+pod), said.of(t, "wait until pod "+pod)
		election := time.Duration(0)
		if began, said := said.find("waiting: a coordinator is being elected"); said {
			election = offload - began
		}
		round := func(d time.Duration) time.Duration { return d.Round(100 * time.Millisecond) }
		t.Logf("figure: scale to %s nodes with %d FlowFiles in all: %s, of which NiFi offloaded for %s, elected a coordinator for %s and the pod ended for %s; all else took %s",
			replicas, len(l.files), round(took), round(remove-offload), round(election), round(took-end), round(offload-election+end-remove))
		if replicas == "2" {
			api := c.admin(t, c.Pod(0))
			user := map[string]any{"revision": revision(0), "component": map[string]any{"identity": "between@example.com"}}
			send(t, api, "POST", "/tenants/users", user, nil)
			buildFlow(t, api, map[string]any{"schedulingPeriod": "20 ms"})
		}
	}
	c.does(t, "scale", c.Cluster, "--replicas", "3", "-y")
	c.waitConnected(t, 3, time.Minute)
	l.settle(t)
	l.run(t, l.generate, "DISABLED") // what is left is a flow of 50 FlowFiles a second on each node
}

// testRestartUnderLoad restarts all nodes while data flows and somebody asks
// the API five times a second.
func testRestartUnderLoad(t *testing.T, c cluster) {
	api := c.admin(t, c.Pod(0))
	group, _ := buildFlow(t, api, map[string]any{"schedulingPeriod": "20 ms"})
	setState(t, api, group, "RUNNING")
	probe := c.probe(t)
	began := time.Now()
	c.does(t, "restart", c.Cluster, "-y")
	took := time.Since(began)
	asked, failed, least := probe()
	t.Logf("figure: restart of three nodes under load: %s; the API asked %d times, no node answered %d times; never fewer than %d CONNECTED", took.Round(time.Second), asked, failed, least)
	assert.Zero(t, failed)
	assert.GreaterOrEqual(t, least, int64(2))
	c.waitConnected(t, 3, time.Minute)
	setState(t, c.admin(t, c.Pod(0)), group, "STOPPED")
}

// probe asks, five times a second until its result is asked for, any node for
// its version and the coordinator for the nodes.
func (c cluster) probe(t *testing.T) func() (asked, failed, least int64) {
	t.Helper()
	httpClient := c.as(t, c.AdminSecret())
	httpClient.Timeout = 5 * time.Second
	ctx, cancel := context.WithCancel(t.Context())
	var asked, failed, least atomic.Int64
	least.Store(3)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			asked.Add(1)
			if err := c.anyAnswers(ctx, httpClient, &least); err != nil && ctx.Err() == nil {
				failed.Add(1)
				t.Logf("%s: no node answered: %s", time.Now().Format(time.TimeOnly), err)
			}
			select {
			case <-ctx.Done():
			case <-tick.C:
			}
		}
	}()
	return func() (int64, int64, int64) { cancel(); <-ended; return asked.Load(), failed.Load(), least.Load() }
}

// anyAnswers fails unless one of the nodes says its version. Each is asked up to
// twice: a tunnel to a pod that was replaced is noticed, and left, at its next use.
func (c cluster) anyAnswers(ctx context.Context, httpClient *http.Client, least *atomic.Int64) error {
	var all error
	for i := range 6 {
		api, err := nifi.NewClient(c.base(c.Pod(i%3)), httpClient)
		if err != nil {
			return err
		}
		if _, err := api.About(ctx); err != nil {
			all = errors.Join(all, err)
			continue
		}
		if view, err := api.Cluster(ctx); err == nil {
			connected := int64(0)
			for _, node := range view.Nodes {
				if node.Status == nifi.Connected {
					connected++
				}
			}
			least.Store(min(least.Load(), connected))
		}
		return nil
	}
	return all
}

// testKilled kills a command with SIGKILL after each of its steps, and lets the
// same command finish; back undoes it before the next time.
func testKilled(t *testing.T, c cluster, args, steps []string, replicas int, back []string) {
	for i, step := range steps {
		then(t, fmt.Sprintf("%s after %s", args[0], step), func(t *testing.T) {
			killed := c.start(t, args...)
			killed.says(t, "(?m)^"+step)
			killed.kill(t)
			began := time.Now()
			if i == 1 && args[0] != "restart" { // aborted once, too
				c.does(t, args[0], c.Cluster, "--abort", "-y")
				c.waitConnected(t, 3, 2*time.Minute)
				c.does(t, args...)
			} else {
				c.does(t, args...)
			}
			t.Logf("figure: %s killed after %q: finished %s later", strings.Join(args[:1], " "), step, time.Since(began).Round(time.Second))
			c.waitConnected(t, replicas, 2*time.Minute)
			if back != nil {
				c.does(t, back...)
				c.waitConnected(t, 3, 2*time.Minute)
			}
		})
	}
}
