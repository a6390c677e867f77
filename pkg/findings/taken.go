package findings

import (
	"fmt"
	"slices"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// clockSkew is how far the clocks of two machines may differ.
const clockSkew = time.Minute

// Intended tells that a node is out since somebody wanted it out, by what the
// coordinator says now: a person, or an operation, as TakenBy tells.
func Intended(node view.Node) bool {
	switch node.Status {
	case string(nifi.Offloading), string(nifi.Offloaded), string(nifi.Disconnecting):
		return true
	case string(nifi.Disconnected):
		cause, _ := WhyOut(node)
		return cause.Intended()
	}
	return false
}

// TakenBy is the operation that took a node out; nil if none did. An operation
// writes down what it does before it does it: what came well after the last it
// wrote is somebody else's doing.
func TakenBy(c view.Cluster, m view.Member) *view.Taken {
	i := slices.IndexFunc(c.Taken, func(t view.Taken) bool { return t.Pod == m.Name })
	if i < 0 || m.Node == nil {
		return nil
	}
	if _, event := WhyOut(*m.Node); event.Time.After(c.Taken[i].Last.Add(clockSkew)) {
		return nil
	}
	return &c.Taken[i]
}

// takenOut judges a node that is out for as long as an operation needs it out.
func (f facts) takenOut(pod string, by view.Taken, evidence ...string) Finding {
	remedy := "wait: " + by.By + " brings it back or removes it; if it was cut, " + f.plugin("operations %s --resume", f.Names.Cluster) + " goes on, --abort takes it back"
	if by.Healer {
		remedy = "wait: nifi-healer restarts its pod or brings it back; if none runs any more, " + f.plugin("reconnect %s %s", f.Names.Cluster, pod)
	}
	return find(TakenOut, pod, remedy, append([]string{
		fmt.Sprintf("%s took it out, in what it began %s ago; the last step was written down %s ago", by.By, f.since(by.Since), f.since(by.Last)),
	}, evidence...)...)
}
