package view

import (
	"net"
	"slices"
	"strings"
)

// Coordinator is the pod that leads the cluster, or empty if none does. The
// Lease says so without any right in NiFi. Where it can't be read, or looks
// expired to this machine's clock, the coordinator's own view counts.
func (c Cluster) Coordinator() string {
	return c.leader(c.Names.CoordinatorLease(), "Cluster Coordinator")
}

// Primary is the pod of the primary node, or empty if there is none.
func (c Cluster) Primary() string {
	return c.leader(c.Names.PrimaryLease(), "Primary Node")
}

func (c Cluster) leader(lease, role string) string {
	if l, ok := c.lease(lease); ok && l.Valid(c.Time) {
		return c.podAt(hostOf(l.Holder))
	}
	for _, node := range c.Nodes {
		if slices.Contains(node.Roles, role) {
			return c.podAt(node.Address)
		}
	}
	return ""
}

func (c Cluster) lease(name string) (Lease, bool) {
	i := slices.IndexFunc(c.Leases, func(l Lease) bool { return l.Name == name })
	if i < 0 {
		return Lease{}, false
	}
	return c.Leases[i], true
}

// formed tells that the cluster has had a primary node since its StatefulSet
// was created: it was up once. Leases outlive a cluster, so an older one
// belongs to a namesake.
func (c Cluster) formed() bool {
	lease, ok := c.lease(c.Names.PrimaryLease())
	if !ok || !c.Names.Elects() {
		return c.Leases == nil && len(c.Nodes) > 0
	}
	return c.StatefulSet == nil || lease.Renewed.After(c.StatefulSet.Created)
}

// domain is the cluster domain that the StatefulSet gives its nodes; the one
// the names came with if that can't be read.
func (c Cluster) domain() string {
	if c.StatefulSet == nil || c.Names.Adopted() {
		return c.Names.Domain
	}
	prefix := c.Names.Headless() + "." + c.Names.Namespace + ".svc."
	if domain, found := strings.CutPrefix(c.StatefulSet.NodesDomain, prefix); found {
		return domain
	}
	return c.Names.Domain
}

// podAt is the pod with this address, or the address itself if it isn't one of
// the cluster's.
func (c Cluster) podAt(address string) string {
	return c.Names.PodAt(address)
}

// hostOf is the host of "host:port".
func hostOf(holder string) string {
	if host, _, err := net.SplitHostPort(holder); err == nil {
		return host
	}
	return holder
}
