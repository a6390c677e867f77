package view

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// StatusConnected is the one status of a node that takes part in the flow.
const StatusConnected = string(nifi.Connected)

// Member joins what is known of one node: its pod, the coordinator's entry and
// its own summary. Any of them may be missing: a stale node has no pod, a pod
// that never joined has no node.
type Member struct {
	Name        string // the pod's, or the address of a node that is none of ours
	Pod         *Pod
	Node        *Node
	Summary     *Summary
	Certificate *Certificate
	Coordinator bool
	Primary     bool
}

// Members joins pods and nodes by address: every pod there is or should be and
// every node the coordinator knows, by ordinal.
func (c Cluster) Members() []Member {
	var names []string
	for _, pod := range c.Pods {
		names = append(names, pod.Name)
	}
	for _, node := range c.Nodes {
		names = append(names, c.podAt(node.Address))
	}
	if c.StatefulSet != nil {
		for ordinal := range c.StatefulSet.Desired {
			names = append(names, c.Names.Pod(ordinal))
		}
	}
	slices.SortFunc(names, c.compare)
	var members []Member
	for _, name := range slices.Compact(names) {
		members = append(members, c.member(name))
	}
	return members
}

func (c Cluster) member(name string) Member {
	return Member{
		Name:        name,
		Pod:         find(c.Pods, func(p Pod) bool { return p.Name == name }),
		Node:        find(c.Nodes, func(n Node) bool { return c.podAt(n.Address) == name }),
		Summary:     find(c.Summaries, func(s Summary) bool { return s.Pod == name }),
		Certificate: find(c.Certificates, func(t Certificate) bool { return t.Secret == name+"-tls" }),
		Coordinator: name == c.Coordinator(),
		Primary:     name == c.Primary(),
	}
}

// Stale returns the nodes that the coordinator knows and no pod stands for.
// They block the deletion of components. Unknown pods make none stale.
func (c Cluster) Stale() []Node {
	if c.Pods == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(c.Nodes), func(n Node) bool {
		return slices.ContainsFunc(c.Pods, func(p Pod) bool { return p.Name == c.podAt(n.Address) })
	})
}

// Unjoined returns the pods that the coordinator doesn't know, if its view is
// there at all.
func (c Cluster) Unjoined() []Pod {
	if c.NodesFrom == "" {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(c.Pods), func(p Pod) bool {
		return slices.ContainsFunc(c.Nodes, func(n Node) bool { return c.podAt(n.Address) == p.Name })
	})
}

// Connected counts the nodes that the coordinator says are CONNECTED.
func (c Cluster) Connected() int {
	count := 0
	for _, node := range c.Nodes {
		if node.Status == StatusConnected {
			count++
		}
	}
	return count
}

// Queued is the FlowFiles and bytes waiting on all nodes.
func (c Cluster) Queued() (flowFiles, bytes int64) {
	for _, node := range c.Nodes {
		flowFiles += node.FlowFiles
		bytes += node.Bytes
	}
	return flowFiles, bytes
}

// SoonestExpiry is the certificate of pods and people that runs out first; nil
// if none is known.
func (c Cluster) SoonestExpiry() *Certificate {
	var soonest *Certificate
	for i, certificate := range c.Certificates {
		if certificate.NotAfter.IsZero() {
			continue
		}
		if soonest == nil || certificate.NotAfter.Before(soonest.NotAfter) {
			soonest = &c.Certificates[i]
		}
	}
	return soonest
}

// sorted puts everything in its documented order, whichever source was first.
func (c Cluster) sorted() Cluster {
	slices.SortFunc(c.Pods, func(a, b Pod) int { return c.compare(a.Name, b.Name) })
	slices.SortFunc(c.Summaries, func(a, b Summary) int { return c.compare(a.Pod, b.Pod) })
	c.Authorities = distinct(c.Authorities)
	slices.SortFunc(c.TLS, func(a, b TLS) int { return c.compare(a.Pod, b.Pod) })
	slices.SortFunc(c.Nodes, func(a, b Node) int { return c.compare(c.podAt(a.Address), c.podAt(b.Address)) })
	slices.SortFunc(c.Certificates, func(a, b Certificate) int { return cmp.Compare(a.Name, b.Name) })
	if c.Detail != nil {
		c.Detail.sort(c.compare)
	}
	slices.SortStableFunc(c.Errors, func(a, b SourceError) int {
		return cmp.Or(cmp.Compare(a.Source.rank(), b.Source.rank()), c.compare(a.Subject, b.Subject))
	})
	return c
}

// compare orders pods by ordinal: prod-2 before prod-10.
func (c Cluster) compare(a, b string) int {
	return cmp.Or(cmp.Compare(c.ordinal(a), c.ordinal(b)), cmp.Compare(a, b))
}

// ordinal is a pod's number; what is no pod of the cluster comes last.
func (c Cluster) ordinal(pod string) int {
	if n := c.Names.Ordinal(pod); n >= 0 {
		return n
	}
	return math.MaxInt
}

// find is a pointer to the first element that fits, or nil.
func find[T any](all []T, fits func(T) bool) *T {
	if i := slices.IndexFunc(all, fits); i >= 0 {
		return &all[i]
	}
	return nil
}

// Age is the time from then until the snapshot; zero if then is unknown.
func (c Cluster) Age(then time.Time) time.Duration {
	if then.IsZero() {
		return 0
	}
	return c.Time.Sub(then)
}
