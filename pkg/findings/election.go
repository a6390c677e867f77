package findings

import (
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// Bounds of elections: the overlay lets the flow's last a minute, and a lease
// runs out after 15 s.
const (
	electionBudget = 90 * time.Second
	leaderBudget   = 30 * time.Second
)

// election judges both elections: of the coordinator, and of the flow.
func election(f facts) []Finding {
	all := append(f.candidatesFit(), f.waiting()...)
	for _, lease := range f.Leases {
		if lease.Partial {
			all = append(all, find(LeasePartial, "", f.kubectl("delete lease %s", lease.Name)+" (NiFi makes it anew)",
				fmt.Sprintf("Lease %s lacks a holder, a renew time or a duration; NiFi ends with a NullPointerException when it reads it", lease.Name)))
		}
	}
	all = append(all, f.shared()...)
	return append(all, f.leaderless()...)
}

func (f facts) candidatesFit() []Finding {
	if f.detail.Candidates == nil || f.StatefulSet == nil {
		return nil
	}
	candidates, replicas := *f.detail.Candidates, f.StatefulSet.Desired
	evidence := fmt.Sprintf("nifi.cluster.flow.election.max.candidates is %d, replicas is %d", candidates, replicas)
	remedy := fmt.Sprintf("set spec.replicas: %d in nificluster.yaml, run kubectl nifi init and kubectl apply -k again", replicas)
	switch {
	case candidates > replicas && replicas > 0:
		return []Finding{find(TooManyCandidates, "", remedy, evidence, "after a start of all nodes the election waits for its whole time limit")}
	case candidates*2 <= replicas: // one or two too few harm nothing: a scale up changes no voter of the last election
		return []Finding{find(FewCandidates, "", remedy, evidence, "after a start of all nodes half of them or fewer decide which flow all take over")}
	}
	return nil
}

// waiting judges a flow election that goes on for too long.
func (f facts) waiting() []Finding {
	for _, p := range f.Pods {
		for _, s := range f.signsOf(p) {
			if lasted := s.last.Sub(s.first); s.id == ElectionWaits && lasted >= electionBudget {
				return []Finding{find(ElectionWaits, "", "start the nodes that have not voted, or wait for nifi.cluster.flow.election.max.wait.time",
					fmt.Sprintf("%s has waited for at least %.0f s: %s", p.Name, lasted.Seconds(), s.line), f.voters())}
			}
		}
	}
	return nil
}

// voters names who has voted, from the coordinator's log (PopularVoteFlowElection).
func (f facts) voters() string {
	pattern := regexp.MustCompile(`Vote cast by (` + regexp.QuoteMeta(f.Names.StatefulSet()) + `-\d+)`)
	seen := map[string]bool{}
	var voters []string
	for _, log := range f.detail.Logs {
		for _, line := range log.Lines {
			if match := pattern.FindStringSubmatch(line.Text); match != nil && !log.Previous && !seen[match[1]] {
				seen[match[1]] = true
				voters = append(voters, match[1])
			}
		}
	}
	if len(voters) == 0 {
		return "no vote is in the logs that were read"
	}
	return "votes so far: " + strings.Join(voters, ", ")
}

// shared judges whether somebody else elects on this cluster's leases.
func (f facts) shared() []Finding {
	var evidence []string
	for _, lease := range f.Leases {
		host, _, _ := net.SplitHostPort(lease.Holder)
		if lease.Valid(f.Time) && host != "" && !f.ours(host) {
			evidence = append(evidence, fmt.Sprintf("Lease %s is held by %s, whose name does not end in %s", lease.Name, lease.Holder, f.Names.HeadlessFQDN()))
		}
	}
	for _, node := range f.Nodes {
		if node.Status == view.StatusConnected && !f.ours(node.Address) {
			evidence = append(evidence, fmt.Sprintf("the coordinator has %s CONNECTED, whose name does not end in %s", node.Address, f.Names.HeadlessFQDN()))
		}
	}
	if absent := f.electsElsewhere(); absent != "" {
		evidence = append(evidence, absent)
	}
	if len(evidence) == 0 {
		return nil
	}
	return []Finding{find(SharedLeases, "",
		"give the other cluster a lease prefix of its own (nifi.cluster.leader.election.kubernetes.lease.prefix) or a namespace of its own", evidence...)}
}

// electsElsewhere says that NiFi has run for long and nobody has ever made the
// coordinator's Lease: it elects under another cluster's prefix.
func (f facts) electsElsewhere() string {
	if f.Leases == nil || slices.ContainsFunc(f.Leases, func(l view.Lease) bool { return l.Name == f.Names.CoordinatorLease() }) {
		return ""
	}
	for _, p := range f.Pods {
		if f.running(&p) >= joinBudget {
			return fmt.Sprintf("NiFi runs in %s for %s and there is no Lease %s: it elects under another prefix", p.Name, f.since(p.Running()), f.Names.CoordinatorLease())
		}
	}
	return ""
}

// leaderless judges a cluster that says it has no coordinator, where that isn't
// the moment between two.
func (f facts) leaderless() []Finding {
	e, failed := f.Failed(view.SourceCoordinator)
	if !failed || e.Reason != view.ReasonNoLeader {
		return nil
	}
	evidence := []string{e.Message}
	for _, lease := range f.Leases {
		if lease.Name != f.Names.CoordinatorLease() || lease.Partial {
			continue
		}
		over := f.Age(lease.Renewed.Add(lease.Duration))
		if over < leaderBudget {
			return nil
		}
		evidence = append(evidence, fmt.Sprintf("Lease %s ran out %.0f s ago, held by %s", lease.Name, over.Seconds(), lease.Holder))
	}
	for _, p := range f.Pods {
		if f.running(&p) >= startBudget {
			return []Finding{find(NoCoordinator, "", "see that NiFi's pods reach the API server: "+f.kubectl("logs -l app.kubernetes.io/instance=%s -c nifi --tail=50 | grep -i lease", f.Names.Cluster), evidence...)}
		}
	}
	return nil
}
