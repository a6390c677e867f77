package healer

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/record"

	"github.com/kubectl-nifi/kubectl-nifi/healer/policy"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
)

// kept is a recorder that keeps what it is told.
type kept struct {
	record.EventRecorder
	all []string
}

func (k *kept) Event(object runtime.Object, kind, reason, message string) {
	ref := object.(*corev1.ObjectReference)
	k.all = append(k.all, strings.Join([]string{ref.Kind, ref.Namespace, ref.Name, string(ref.UID), kind, reason, message}, "|"))
}

func TestEventsSayWhyWithNumbers(t *testing.T) {
	t.Parallel()
	var told kept
	events := NewEvents(&told)
	events.Observe(snapshot())
	for _, d := range incident()[1:3] {
		events.Record(t.Context(), d)
	}
	events.Record(t.Context(), policy.Decision{Cluster: prod(), Stage: policy.Skipped, Deed: policy.Leave, Reason: "2 of 3 nodes are out: a storm"})
	const verdict = "Normal|VerdictRestart|prod-1: heartbeat 65 s old, no handshake; 2 of 3 stay CONNECTED [NIFI-NODE-004] (restart, attempt 1); incident 4f2c"
	const failed = `Warning|FailedRestart|prod-1: no other pod after 30 s [NIFI-NODE-004] (restart, attempt 1): evicting pod "prod-1": too many requests; incident 4f2c`
	assert.Equal(t, []string{
		"StatefulSet|nifi|prod|uid-set|" + verdict, "Pod|nifi|prod-1|uid-1|" + verdict,
		"StatefulSet|nifi|prod|uid-set|" + failed, "Pod|nifi|prod-1|uid-1|" + failed,
		"StatefulSet|nifi|prod|uid-set|Normal|SkippedLeaveAlone|prod: 2 of 3 nodes are out: a storm",
	}, told.all)

	events.Forget(prod())
	assert.Empty(t, events.uids)
}

func TestLongMessagesAreCut(t *testing.T) {
	t.Parallel()
	text := message(policy.Decision{Cluster: prod(), Reason: strings.Repeat("é", 2000)})
	assert.LessOrEqual(t, len(text), 1024)
	assert.True(t, strings.HasSuffix(text, "é…"))
}

func TestReasonsAreOneWord(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, stage := range []policy.Stage{policy.Detected, policy.Verdict, policy.Acted, policy.Recovered, policy.Failed, policy.Escalated, policy.Skipped} {
		for _, deed := range []policy.Deed{policy.Leave, policy.Reconnect, policy.Nudge, policy.Restart, policy.Escalate} {
			reason := Reason(policy.Decision{Stage: stage, Deed: deed})
			assert.Regexp(t, `^([A-Z][a-z]+)+$`, reason)
			seen[reason] = true
		}
	}
	assert.Len(t, seen, 4*5+3)
}

// eventServer is a client whose requests come out of a channel.
func eventServer(t *testing.T) (record.EventSink, <-chan string) {
	t.Helper()
	requests := make(chan string, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests <- r.Method + " " + r.URL.Path
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"apiVersion": "v1", "kind": "Event", "metadata": map[string]any{"name": "an-event", "namespace": "nifi"}})
	}))
	t.Cleanup(server.Close)
	client, err := kube.NewClient(&rest.Config{Host: server.URL})
	require.NoError(t, err)
	return client.EventSink(t.Context()), requests
}

func next(t *testing.T, requests <-chan string) string {
	t.Helper()
	select {
	case request := <-requests:
		return request
	case <-time.After(time.Minute):
		require.Fail(t, "no request")
		return ""
	}
}

// TestBroadcastCreatesAndPatches needs these two verbs and no other.
func TestBroadcastCreatesAndPatches(t *testing.T) {
	t.Parallel()
	sink, requests := eventServer(t)
	events := NewEvents(Broadcast(t.Context(), sink))
	whole := incident()[1]
	whole.Pod = ""
	for _, want := range []string{"POST /api/v1/namespaces/nifi/events", "PATCH /api/v1/namespaces/nifi/events/prod."} {
		events.Record(t.Context(), whole)
		assert.True(t, strings.HasPrefix(next(t, requests), want))
	}
}

// TestNoDecisionOfABadHourIsDropped: client-go would keep 25 of the 36 that are no warnings.
func TestNoDecisionOfABadHourIsDropped(t *testing.T) {
	t.Parallel()
	sink, requests := eventServer(t)
	events := NewEvents(Broadcast(t.Context(), sink))
	for range 3 {
		for _, stage := range []policy.Stage{policy.Detected, policy.Verdict, policy.Acted, policy.Recovered, policy.Failed} {
			for _, deed := range []policy.Deed{policy.Leave, policy.Reconnect, policy.Nudge, policy.Restart} {
				events.Record(t.Context(), policy.Decision{Cluster: prod(), Stage: stage, Deed: deed})
			}
		}
	}
	for range 3 * 5 * 4 {
		next(t, requests)
	}
}

func TestLogFollowsAnIncident(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := Log{slog.New(slog.NewJSONHandler(&out, nil))}
	for _, d := range incident() {
		log.Record(t.Context(), d)
	}
	log.Record(t.Context(), policy.Decision{Cluster: prod(), Stage: policy.Skipped, Deed: policy.Leave, Reason: "paused"})
	var stages []string
	for line := range strings.Lines(out.String()) {
		var fields map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &fields))
		stage, _ := fields["stage"].(string)
		stages = append(stages, stage+" "+fields["level"].(string))
		assert.Equal(t, "prod", fields["cluster"])
		if stage == string(policy.Skipped) {
			assert.NotContains(t, fields, "incident")
			continue
		}
		assert.Equal(t, "4f2c", fields["incident"])
		assert.Equal(t, string(findings.Hung), fields["finding"])
	}
	assert.Equal(t, []string{"Detected WARN", "Verdict INFO", "Failed WARN", "Acted INFO", "Recovered INFO", "Skipped INFO"}, stages)
}
