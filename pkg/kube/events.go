package kube

import (
	"context"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// maxEvents bounds what one question for events may bring.
const maxEvents = 500

// Events reads the warnings about the cluster's objects, and why containers
// were killed, which Kubernetes counts as normal.
func (c Cluster) Events(ctx context.Context) ([]view.Event, error) {
	var events []view.Event
	for _, selector := range []string{"type=Warning", "reason=Killing"} {
		found, err := list[corev1.Event](ctx, c.client, resource("", "events"), c.names.Namespace,
			metav1.ListOptions{FieldSelector: selector, Limit: maxEvents})
		if err != nil {
			return nil, err
		}
		for i := range found {
			if c.owns(found[i].InvolvedObject) {
				events = append(events, eventOf(&found[i]))
			}
		}
	}
	return events, nil
}

// owns tells whether an object that an event is about belongs to the cluster.
func (c Cluster) owns(object corev1.ObjectReference) bool {
	cluster, set := regexp.QuoteMeta(c.names.Cluster), regexp.QuoteMeta(c.names.StatefulSet())
	pattern := map[string]string{
		"StatefulSet":           `^` + set + `$`,
		"Pod":                   `^` + set + `-\d+$`,
		"PersistentVolumeClaim": `-` + set + `-\d+$`,
		"Certificate":           `^` + cluster + `-`,
		"CertificateRequest":    `^` + cluster + `-`,
	}[object.Kind]
	return pattern != "" && regexp.MustCompile(pattern).MatchString(object.Name)
}

func eventOf(e *corev1.Event) view.Event {
	event := view.Event{
		Kind: e.InvolvedObject.Kind, Name: e.InvolvedObject.Name, Warning: e.Type == corev1.EventTypeWarning,
		Reason: e.Reason, Message: oneLine(e.Message), Count: max(int(e.Count), 1), Last: e.LastTimestamp.Time,
	}
	if event.Last.IsZero() {
		event.Last = e.EventTime.Time
	}
	if e.Series != nil {
		event.Count, event.Last = int(e.Series.Count), e.Series.LastObservedTime.Time
	}
	return event
}

// maxMessage bounds a message of Kubernetes, in characters.
const maxMessage = 400

// oneLine collapses blanks and bounds the length.
func oneLine(text string) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) > maxMessage {
		return string(runes[:maxMessage-1]) + "…"
	}
	return string(runes)
}
