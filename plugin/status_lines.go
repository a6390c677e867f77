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
		parts = append(parts, "operation: "+operationText(c))
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

// operationText is what changes the cluster on purpose, who does it, since when.
func operationText(c view.Cluster) string {
	o := c.Operation
	text := "by " + o.Holder
	if o.Holder == "" {
		text = fmt.Sprintf("cut; finish it with kubectl nifi operations %s --resume, or take it back with --abort", c.Names.Cluster)
	}
	if !o.Since.IsZero() {
		text += ", since " + o.Since.UTC().Format(time.RFC3339)
	}
	switch {
	case o.What != "" && o.Step != "":
		text = fmt.Sprintf("%s (%s), %s", o.What, o.Step, text)
	case o.What != "":
		text = o.What + ", " + text
	}
	if o.Holder != "" && !o.Valid(c.Time) {
		text += ", left behind: its lock has expired"
	}
	return text
}
