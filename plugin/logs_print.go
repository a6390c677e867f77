package plugin

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/logs"
)

// logPrinter writes entries after the name of their pod.
type logPrinter struct {
	out        io.Writer
	palette    palette
	containers bool // more than one a pod
	timestamps bool
	width      int // of the names
}

func newLogPrinter(o *logsOptions, targets []logTarget) *logPrinter {
	p := &logPrinter{out: o.env.Out, palette: o.env.palette(), containers: o.Container == containerAll, timestamps: o.Timestamps}
	for _, target := range targets {
		p.width = max(p.width, len(target.name(p.containers)))
	}
	return p
}

func (p *logPrinter) print(target logTarget, entry logs.Entry) error {
	name := target.name(p.containers)
	prefix := p.palette.paint(podColor(target.pod), name) + strings.Repeat(" ", max(0, p.width-len(name))+1)
	if p.timestamps {
		prefix += entry.Stamp.UTC().Format(time.RFC3339Nano) + " "
	}
	_, err := fmt.Fprintf(p.out, "%s%s\n", prefix, entry.Text)
	return err
}

// podColor is the colour of a pod by its ordinal: any but red and yellow, which
// mean something.
func podColor(pod string) string {
	colors := []string{"36", "35", "34", "32", "96", "95", "94", "92"}
	ordinal, err := strconv.Atoi(pod[strings.LastIndexByte(pod, '-')+1:])
	if err != nil {
		ordinal = 0
	}
	return colors[ordinal%len(colors)]
}
