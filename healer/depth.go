package healer

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/healer/policy"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// How often a look is deep: with handshakes, the pods' files and their logs.
const (
	deepWell   = 5 * time.Minute // at most; at least three quarters of it, by chance, so that clusters spread
	deepUnwell = 30 * time.Second
)

// How soon one look follows another for as long as a nudge may be on its way.
const (
	pressing = 2 * time.Second
	nudging  = time.Minute
)

// depth decides which looks at a cluster are deep: by the clock, while
// something is unwell, and after a change. All but reissued is for one
// goroutine.
type depth struct {
	reissued atomic.Bool // a Certificate was changed since the last deep look began
	next     time.Time   // for a cluster that is well
	at       time.Time   // of the last one
	mark     string      // what was there then, and may have changed
}

// due tells that the clock, an incident or a Certificate wants a deep look:
// often while something is unwell, each time while that is being judged.
func (d *depth) due(now time.Time, memory policy.Memory) bool {
	reissued := d.reissued.Swap(false)
	next := d.next
	for _, incident := range memory.Incidents {
		every := deepUnwell
		if incident.Stage != policy.Skipped && incident.Stage != policy.Escalated {
			every = 0
		}
		if soon := d.at.Add(every); soon.Before(next) {
			next = soon
		}
	}
	return reissued || !now.Before(next)
}

// seen keeps when a deep look was, and by chance when the next one is to be: at
// once if it saw nothing.
func (d *depth) seen(now time.Time, random float64, something bool) {
	d.at, d.next = now, now
	if something {
		d.next = now.Add(deepWell*3/4 + time.Duration(random*float64(deepWell)/4))
	}
}

// moved tells that a pod was started anew, a node has another status, or
// somebody holds or has let go of the cluster, since it was asked last. A
// snapshot that doesn't show it tells nothing.
func (d *depth) moved(c view.Cluster, pause string) bool {
	if c.Pods == nil || c.NodesFrom == "" {
		return false
	}
	var text strings.Builder
	for _, pod := range c.Pods {
		fmt.Fprintln(&text, pod.Name, pod.UID, pod.Running().Unix())
	}
	for _, node := range c.Nodes {
		fmt.Fprintln(&text, node.Address, node.Status)
	}
	holder := ""
	if c.Operation != nil {
		holder = c.Operation.Holder
	}
	fmt.Fprintln(&text, holder, pause)
	before := d.mark
	d.mark = text.String()
	return before != "" && before != d.mark
}
