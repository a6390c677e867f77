//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// ledger is a flow that writes each FlowFile's content to a file before it
// queues it, and again when the queue is let go:
//
//	GenerateFlowFile → PutFile before → queue → PutFile after
//
// Both files bear the FlowFile's UUID, so that what is lost, doubled or
// damaged in between shows.
type ledger struct {
	cluster
	generate, before, after string // processors
	files                   map[string]string
}

// newLedger builds the flow and fills the queue with about count FlowFiles of
// 200 random bytes on all nodes together.
func newLedger(t *testing.T, c cluster, count int64) *ledger {
	t.Helper()
	api := c.admin(t, c.Pod(0))
	var root struct {
		Flow entity `json:"processGroupFlow"`
	}
	send(t, api, "GET", "/flow/process-groups/root", nil, &root)
	group := "/process-groups/" + root.Flow.ID
	put := func(folder string, ends ...string) string {
		return addProcessor(t, api, group, "PutFile", map[string]any{
			"autoTerminatedRelationships": ends, "concurrentlySchedulableTaskCount": 2,
			"properties": map[string]any{"Directory": "/opt/nifi/nifi-current/state/" + folder},
		})
	}
	l := &ledger{cluster: c, before: put("before", "failure"), after: put("after", "failure", "success")}
	l.generate = addProcessor(t, api, group, "GenerateFlowFile", map[string]any{
		"schedulingPeriod": "100 ms",
		"properties":       map[string]any{"File Size": "200 B", "Batch Size": "100", "Unique FlowFiles": "true"},
	})
	connect(t, api, root.Flow.ID, l.generate, l.before)
	connect(t, api, root.Flow.ID, l.before, l.after)
	l.run(t, l.before, "RUNNING")
	l.run(t, l.generate, "RUNNING")
	l.queue(t, 3*time.Minute, "at least all", func(queued int64) bool { return queued >= count })
	l.run(t, l.generate, "STOPPED")
	l.files = map[string]string{}
	for settled := int64(-1); settled != int64(len(l.files)); { // what is on its way to the first file
		l.queue(t, time.Minute, "any", func(queued int64) bool { settled = queued; return true })
		l.collect(t, "before")
	}
	require.GreaterOrEqual(t, int64(len(l.files)), count)
	l.run(t, l.before, "STOPPED")
	return l
}

func connect(t *testing.T, api *nifi.Client, group, from, to string) {
	t.Helper()
	end := func(id string) map[string]any { return map[string]any{"id": id, "groupId": group, "type": "PROCESSOR"} }
	body := map[string]any{"revision": revision(0), "component": map[string]any{
		"source": end(from), "destination": end(to), "selectedRelationships": []string{"success"},
		"backPressureObjectThreshold": 1_000_000}}
	send(t, api, "POST", "/process-groups/"+group+"/connections", body, nil)
}

// run makes a processor RUNNING, STOPPED or DISABLED, whatever revision it has
// by now.
func (l *ledger) run(t *testing.T, processor, state string) {
	t.Helper()
	eventually(t, time.Minute, processor+" "+state, func(ctx context.Context) error {
		api := l.admin(t, l.Pod(0))
		var now struct {
			Revision map[string]any `json:"revision"`
		}
		if err := api.Do(ctx, "GET", "/processors/"+processor, nil, &now); err != nil {
			return err
		}
		return api.Do(ctx, "PUT", "/processors/"+processor+"/run-status", map[string]any{"revision": now.Revision, "state": state}, nil)
	})
}

// queue waits until what all nodes have queued is as it should be.
func (l *ledger) queue(t *testing.T, patience time.Duration, what string, fits func(int64) bool) {
	t.Helper()
	eventually(t, patience, what+" FlowFiles queued", func(ctx context.Context) error {
		status, err := l.admin(t, l.Pod(0)).Status(ctx)
		if err == nil && !fits(status.FlowFilesQueued) {
			return fmt.Errorf("%d are queued", status.FlowFilesQueued)
		}
		return err
	})
}

// collect reads the files of a folder on all pods, by name their SHA-256, but
// for those that are still being written. It returns those that are there twice.
func (l *ledger) collect(t *testing.T, folder string) (files map[string]string, twice []string) {
	t.Helper()
	files = map[string]string{}
	for pod := range l.pods(t) {
		script := fmt.Sprintf("mkdir -p state/%s && cd state/%s && find . -type f ! -name '.*' -exec sha256sum {} +", folder, folder)
		for line := range strings.Lines(kubectl(t, "exec", "-n", namespace, pod, "-c", "nifi", "--", "sh", "-c", script).out) {
			sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
			if _, known := files[name]; known {
				twice = append(twice, name)
			}
			files[name] = sum
		}
	}
	if folder == "before" {
		l.files = files
	}
	return files, twice
}

// settle lets the queue go and compares: every FlowFile there, once, with the
// content it had.
func (l *ledger) settle(t *testing.T) {
	t.Helper()
	l.run(t, l.after, "RUNNING")
	l.queue(t, 3*time.Minute, "no", func(queued int64) bool { return queued == 0 })
	var files map[string]string
	var twice []string
	eventually(t, time.Minute, "all files", func(context.Context) error {
		if files, twice = l.collect(t, "after"); len(files) < len(l.files) {
			return fmt.Errorf("%d of %d files are there", len(files), len(l.files))
		}
		return nil
	})
	assert.Empty(t, twice, "FlowFiles that came out twice")
	assert.True(t, equal(l.files, files), "%d FlowFiles went in and %d came out, or some are damaged", len(l.files), len(files))
	t.Logf("%d FlowFiles, each there once with its own content", len(files))
}

// equal is here for its silence: a difference of 100,000 lines helps nobody.
func equal(a, b map[string]string) bool {
	for name, sum := range a {
		if b[name] != sum {
			return false
		}
	}
	return len(a) == len(b)
}
