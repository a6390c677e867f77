package findings

import (
	"fmt"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// When a CPU limit is too low. The counters run since the container's start and
// say nothing of when: a start, which uses all the CPU it gets, must not count.
const (
	throttledShare = 0.25 // of all periods, as the alert CPUThrottlingHigh of kubernetes-mixin has it
	startPeriods   = 3000 // five minutes of the usual periods of 100 ms: the longest start
)

// throttling judges what the kernel counted of NiFi's containers: even if every
// period of a start was throttled, the rest must be much.
func throttling(f facts) []Finding {
	var all []Finding
	for _, t := range f.detail.Throttling {
		if share(t.Throttled-startPeriods, t.Periods) <= throttledShare {
			continue
		}
		all = append(all, find(Throttled, t.Pod,
			"raise spec.resources.limits.cpu, or lower spec.config.maxThreads; look at the CPU over time before",
			f.waited(t)))
	}
	return all
}

// throttledText is how much a pod was throttled if that may be why it fell
// behind; a start counts here.
func (f facts) throttledText(pod string) []string {
	for _, t := range f.detail.Throttling {
		if t.Pod == pod && share(t.Throttled, t.Periods) > throttledShare {
			return []string{f.waited(t)}
		}
	}
	return nil
}

func (f facts) waited(t view.Throttling) string {
	text := fmt.Sprintf("its CPU limit made NiFi wait in %d of the %d periods in which it wanted to run (%.0f %%)",
		t.Throttled, t.Periods, 100*share(t.Throttled, t.Periods))
	if p := f.pod(t.Pod); p != nil && !p.Running().IsZero() {
		text += fmt.Sprintf(", counted since its start %s ago", f.since(p.Running()))
	}
	return text
}

func share(part, whole int64) float64 {
	if whole <= 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
