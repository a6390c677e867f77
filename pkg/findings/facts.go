package findings

import (
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// How long things may take before they are findings.
const (
	joinBudget    = 5 * time.Minute // from the start of NiFi's container to its join
	startBudget   = 2 * time.Minute // from a pod's creation to its containers
	placeBudget   = time.Minute     // for a volume, for a place
	trustBudget   = 3 * time.Minute // for a new Secret to reach every pod: the kubelet's sync and NiFi's reload
	recentExit    = time.Hour       // an older end of a container is history
	expiresSoon   = 7 * 24 * time.Hour
	offloadBudget = 10 * time.Minute
)

// facts is a snapshot with what the judges ask of it again and again.
type facts struct {
	view.Cluster
	detail view.Detail
}

func factsOf(c view.Cluster) facts {
	f := facts{Cluster: c}
	if c.Detail != nil {
		f.detail = *c.Detail
	}
	return f
}

// find makes a finding.
func find(id ID, subject, remedy string, evidence ...string) Finding {
	return Finding{ID: id, Subject: subject, Evidence: evidence, Remedy: remedy}
}

// kubectl is a command in the cluster's namespace.
func (f facts) kubectl(format string, args ...any) string {
	return fmt.Sprintf("kubectl -n %s ", f.Names.Namespace) + fmt.Sprintf(format, args...)
}

// plugin is a command of ours in the cluster's namespace.
func (f facts) plugin(format string, args ...any) string {
	return fmt.Sprintf("kubectl nifi -n %s ", f.Names.Namespace) + fmt.Sprintf(format, args...)
}

// since is the time from then until the snapshot, for people.
func (f facts) since(then time.Time) string { return duration.HumanDuration(f.Age(then)) }

// pod is the pod with this name, or nil.
func (f facts) pod(name string) *view.Pod {
	i := slices.IndexFunc(f.Pods, func(p view.Pod) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return &f.Pods[i]
}

// ours tells whether an address is that of one of the cluster's nodes.
func (f facts) ours(address string) bool {
	return f.Names.PodAt(address) != address || f.Names.Ordinal(address) >= 0
}

// running is how long NiFi's container has run in a pod; 0 if it doesn't.
func (f facts) running(p *view.Pod) time.Duration {
	if p == nil {
		return 0
	}
	return f.Age(p.Running())
}

// young tells that a pod is on its way: being removed, being made, or its NiFi
// has not had its time to join yet.
func (f facts) young(p *view.Pod) bool {
	if p == nil || p.Reason == "Terminating" {
		return true
	}
	if p.Running().IsZero() {
		return f.Age(p.Created) < startBudget && !p.Failing()
	}
	return f.running(p) < joinBudget
}

// wanted names the pods that should be.
func (f facts) wanted() []string {
	var names []string
	if f.StatefulSet != nil {
		for ordinal := range f.StatefulSet.Desired {
			names = append(names, f.Names.Pod(ordinal))
		}
	}
	return names
}

// events are those of an object whose reason is one of these, newest first.
func (f facts) events(kind, name string, reasons ...string) []view.Event {
	var found []view.Event
	for _, e := range f.detail.Events {
		if e.Kind == kind && e.Name == name && slices.Contains(reasons, e.Reason) {
			found = append(found, e)
		}
	}
	return found
}

// event is the newest such event as evidence.
func (f facts) event(e view.Event) string {
	return fmt.Sprintf("event %s (%d×, last %s ago): %s", e.Reason, e.Count, f.since(e.Last), e.Message)
}
