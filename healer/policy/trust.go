package policy

import (
	"fmt"
	"slices"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
)

// behind names the pods that a nudge may help: whose files lack an anchor or
// the certificate issued for them. It adds no anchor to anything: it has a
// kubelet look at Secrets that it would look at within a minute or two anyway.
func (j *judging) behind(i *Incident) []string {
	behind := j.look.Behind()
	switch {
	case i.Finding == findings.NotLoaded, i.Finding == findings.NotDelivered && len(behind) == 0:
		behind = []string{i.Pod}
	case i.Finding == findings.AnchorsDiffer && len(behind) == 0:
		behind = j.look.Poorer()
	}
	return slices.DeleteFunc(behind, func(pod string) bool {
		m := j.look.members[pod]
		return m.Pod == nil || m.Pod.Phase != "Running" || j.out(pod)
	})
}

// nudged tells that a nudge is under way.
func (i *Incident) nudged() bool { return i.Act != nil && i.Act.Deed == Nudge }

// verifyTrust looks for the end of a nudge: everybody trusts everybody, and
// the pod takes part. That the finding is gone is not enough, as long as there
// is time for more.
func (j *judging) verifyTrust(i *Incident, found []findings.Finding) {
	lacking := j.distrust()
	over := j.now.Sub(i.Act.At) > j.in.Limits.Rejoin
	switch {
	case lacking == "" && len(found) == 0 && j.back(i):
		j.recovered(i)
	case over && i.calm >= j.in.Limits.Polls:
		j.recovered(i)
	case over:
		if lacking == "" {
			lacking = "the node is not back"
		}
		j.failed(i, fmt.Sprintf("it did not help within %s: %s", j.in.Limits.Rejoin, lacking))
	}
}

// distrust is what is lacking until trust is whole, empty if nothing is: every
// cell of the matrix Yes, every node serving what was issued for it and having
// had the time to load its anchors, and every node letting the healer in.
func (j *judging) distrust() string {
	if blind := j.look.blind(); blind != "" {
		return blind
	}
	if yes, cells := j.look.Trusting(); yes < cells || cells == 0 {
		return fmt.Sprintf("%d of %d cells of the trust matrix are Yes", yes, cells)
	}
	for ordinal := range j.look.StatefulSet.Desired {
		pod := j.look.Names.Pod(ordinal)
		switch tls := j.look.TLSOf(pod); {
		case tls == nil:
			return fmt.Sprintf("no handshake with %s was tried", pod)
		case !j.look.Current(*tls):
			return fmt.Sprintf("%s doesn't serve what was issued for it", pod)
		case j.look.Age(tls.Files.Published) < j.in.Limits.Reload:
			return fmt.Sprintf("%s has new files, which NiFi looks for every %s", pod, j.in.Limits.Reload)
		case !tls.Accepted():
			return fmt.Sprintf("%s doesn't let the healer's certificate in", pod)
		}
	}
	return ""
}

// trusting is the state of trust in numbers.
func (j *judging) trusting() string {
	accepted := 0
	for _, tls := range j.look.TLS {
		if tls.Accepted() {
			accepted++
		}
	}
	yes, cells := j.look.Trusting()
	return fmt.Sprintf("%d of %d cells of the trust matrix are Yes, %d of %d nodes let the healer in", yes, cells, accepted, len(j.look.TLS))
}
