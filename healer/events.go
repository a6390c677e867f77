package healer

import (
	"context"
	"fmt"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/record"

	"github.com/kubectl-nifi/kubectl-nifi/healer/policy"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// Component is the reporting component of the healer's Events.
const Component = "nifi-healer"

// How many Events an object may have at once, and how many more a second later.
// client-go's own bounds, 25 and one in five minutes, drop decisions of a bad hour.
const (
	burst  = 100
	refill = 0.1
)

// maxMessage bounds an Event's message; the API allows 1024 bytes.
const maxMessage = 1000

// Events tells of decisions as Kubernetes Events: on the cluster's StatefulSet,
// and on the pod if one is named. client-go counts what repeats, joins what is
// similar, and holds back what would be a flood.
type Events struct {
	recorder record.EventRecorder

	mu   sync.Mutex
	uids map[topology.Names]uids
}

// uids are those of a cluster's objects; kubectl describe looks for them.
type uids struct {
	set  string
	pods map[string]string // by name
}

// NewEvents tells through this recorder.
func NewEvents(recorder record.EventRecorder) *Events {
	return &Events{recorder: recorder, uids: map[topology.Names]uids{}}
}

// Broadcast sends what the recorder is told to a sink until ctx ends.
// What can't be sent for two minutes is dropped: Events are a courtesy.
func Broadcast(ctx context.Context, sink record.EventSink) record.EventRecorder {
	broadcaster := record.NewBroadcaster(record.WithContext(ctx), record.WithCorrelatorOptions(record.CorrelatorOptions{BurstSize: burst, QPS: refill}))
	broadcaster.StartRecordingToSink(sink)
	return broadcaster.NewRecorder(runtime.NewScheme(), corev1.EventSource{Component: Component})
}

// Observe learns which objects there are.
func (e *Events) Observe(c view.Cluster) {
	e.mu.Lock()
	defer e.mu.Unlock()
	known := e.uids[c.Names]
	if c.StatefulSet != nil {
		known.set = c.StatefulSet.UID
	}
	if c.Pods != nil {
		known.pods = make(map[string]string, len(c.Pods))
		for _, pod := range c.Pods {
			known.pods[pod.Name] = pod.UID
		}
	}
	e.uids[c.Names] = known
}

// Forget drops what is known of a cluster that is no more.
func (e *Events) Forget(n topology.Names) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.uids, n)
}

// Record implements Recorder.
func (e *Events) Record(_ context.Context, d policy.Decision) {
	kind, reason, message := severity(d), Reason(d), message(d)
	for _, object := range e.objects(d) {
		e.recorder.Event(object, kind, reason, message)
	}
}

// objects are what a decision is about.
func (e *Events) objects(d policy.Decision) []*corev1.ObjectReference {
	e.mu.Lock()
	defer e.mu.Unlock()
	known := e.uids[d.Cluster]
	all := []*corev1.ObjectReference{{
		APIVersion: "apps/v1", Kind: "StatefulSet", Namespace: d.Cluster.Namespace, Name: d.Cluster.Cluster, UID: types.UID(known.set),
	}}
	if d.Pod != "" {
		all = append(all, &corev1.ObjectReference{
			APIVersion: "v1", Kind: "Pod", Namespace: d.Cluster.Namespace, Name: d.Pod, UID: types.UID(known.pods[d.Pod]),
		})
	}
	return all
}

// severity is the Event's type: Warning for what somebody should look at.
func severity(d policy.Decision) string {
	switch d.Stage {
	case policy.Detected, policy.Failed, policy.Escalated:
		return corev1.EventTypeWarning
	default:
		return corev1.EventTypeNormal
	}
}

// Reason is the Event's: the stage, and the deed if the stage has one, in one
// word that never changes, as in VerdictRestart or SkippedReconnect.
func Reason(d policy.Decision) string {
	switch d.Stage {
	case policy.Verdict, policy.Acted, policy.Failed, policy.Skipped:
		reason := string(d.Stage)
		for word := range strings.FieldsSeq(string(d.Deed)) {
			reason += strings.ToUpper(word[:1]) + word[1:]
		}
		return reason
	default:
		return string(d.Stage)
	}
}

// message says whom it is about, what was found and why this was decided.
func message(d policy.Decision) string {
	about := d.Cluster.Cluster
	if d.Pod != "" {
		about = d.Pod
	}
	text := about + ": " + d.Reason
	if d.Finding != "" {
		text += fmt.Sprintf(" [%s]", d.Finding)
	}
	if d.Attempt > 0 {
		text += fmt.Sprintf(" (%s, attempt %d)", d.Deed, d.Attempt)
	}
	if d.Error != "" {
		text += ": " + d.Error
	}
	if d.Incident != "" {
		text += "; incident " + d.Incident
	}
	text = strings.ToValidUTF8(text, "")
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage], "") + "…"
	}
	return text
}
