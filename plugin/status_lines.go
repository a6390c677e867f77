package plugin

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// statusLines shows a cluster as a line whenever it has changed, for logs and
// pipes. How much is queued changes all the time: it is said, and that there
// is anything at all is a change.
type statusLines struct {
	out  io.Writer
	last string
}

func (s *statusLines) show(c view.Cluster) error {
	parts, queue := lineParts(c), ""
	if c.NodesFrom != "" {
		flowFiles, bytes := c.Queued()
		queue = "queued " + queued(flowFiles, bytes)
		parts = append(parts, fmt.Sprintf("queue empty: %t", flowFiles == 0))
	}
	state := strings.Join(parts, "; ")
	if state == s.last {
		return nil
	}
	s.last = state
	if queue != "" {
		parts[len(parts)-1] = queue
	}
	_, err := fmt.Fprintf(s.out, "%s %s\n", c.Time.UTC().Format(time.RFC3339), strings.Join(parts, "; "))
	return err
}

func (s *statusLines) restore() error { return nil }

// lineParts is what a line says, most important first.
func lineParts(c view.Cluster) []string {
	if down, ok := c.Unreachable(); ok {
		return []string{"Unknown, the API server can't be reached: " + down.Message}
	}
	phase, message := c.Phase()
	parts := []string{fmt.Sprintf("%s, %s", phase, message)}
	for _, m := range c.Members() {
		if m.Node != nil && m.Node.Status != view.StatusConnected {
			parts = append(parts, m.Name+" is "+m.Node.Status)
		}
	}
	if c.Operation != nil {
		parts = append(parts, "operation by "+operation(c))
	}
	parts = append(parts, "coordinator "+orDash(c.Coordinator()), "primary "+orDash(c.Primary()))
	if soonest := c.SoonestExpiry(); soonest != nil && soonest.NotAfter.Sub(c.Time) < expirySoon {
		parts = append(parts, fmt.Sprintf("%s expires %s", soonest.Name, soonest.NotAfter.UTC().Format(time.RFC3339)))
	}
	for _, e := range c.Errors {
		if e.Source != view.SourceStatefulSet { // the phase says that
			parts = append(parts, e.String())
		}
	}
	return parts
}

// operation is who changes the cluster on purpose, and since when.
func operation(c view.Cluster) string {
	o, since := c.Operation, ""
	if !o.Since.IsZero() {
		since = " since " + o.Since.UTC().Format(time.RFC3339)
	}
	if !o.Valid(c.Time) {
		return o.Holder + since + ", left behind: its lock has expired"
	}
	return o.Holder + since
}
