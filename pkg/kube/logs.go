package kube

import (
	"context"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// What is read of a log: NiFi says why it fails in its last lines.
const (
	tailLines = 600 // half a minute of a node that writes a stack trace every 5 s
	tailBytes = 256 << 10
)

// frame begins the lines of a stack trace that name code, not causes.
const frame = "\tat "

// Log reads the end of what NiFi wrote in a pod, without the code in its stack
// traces. The API server answers 400 for
// a container that hasn't had such a run.
func (c Cluster) Log(ctx context.Context, pod string, previous bool) ([]view.LogLine, error) {
	lines, bytes := int64(tailLines), int64(tailBytes)
	raw, err := c.client.api.log(c.names.Namespace, pod, &corev1.PodLogOptions{
		Container: c.names.Container(), Previous: previous, Timestamps: true, TailLines: &lines, LimitBytes: &bytes,
	}).DoRaw(ctx)
	if apierrors.IsBadRequest(err) {
		return nil, fmt.Errorf("reading the log of pod %q: %w", pod, view.ErrNotFound)
	}
	if err != nil {
		return nil, describe("reading", fmt.Sprintf("the log of pod %q", pod), err)
	}
	var all []view.LogLine
	for line := range strings.Lines(string(raw)) {
		stamp, text, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		at, err := time.Parse(time.RFC3339Nano, stamp)
		if err != nil || strings.HasPrefix(text, frame) { // cut off in the middle, or of no use
			continue
		}
		all = append(all, view.LogLine{Time: at, Text: text})
	}
	return all, nil
}
