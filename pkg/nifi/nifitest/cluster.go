// Package nifitest is an Apache NiFi cluster for tests: its nodes are real TLS
// servers in this process that answer the calls of package nifi as NiFi 2.3
// does, down to identities, access policies and the texts of refusals. Nothing
// in it sleeps: time is a Clock, and what NiFi does in the background happens at
// Tick, or at once with Options.Immediate. Package contract holds it to the real
// thing.
package nifitest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// Cluster is a running cluster.
type Cluster struct {
	Names topology.Names
	Clock *Clock
	CA    *CA // signed every certificate at the start

	options Options

	mu       sync.Mutex // guards all below and the nodes' mutable parts
	nodes    []*Node
	clients  []*http.Client
	members  membership
	policies policies
	versions map[string]int64 // of policies' revisions, by id
}

// Start runs a cluster until the test ends.
func Start(t testing.TB, options Options) *Cluster {
	t.Helper()
	c, err := New(options)
	if err != nil {
		t.Fatalf("starting the NiFi cluster: %v", err)
	}
	t.Cleanup(c.Close)
	return c
}

// New runs a cluster until Close.
func New(options Options) (*Cluster, error) {
	options = options.withDefaults()
	ca, err := NewCA(options.Name + "-ca")
	if err != nil {
		return nil, err
	}
	c := &Cluster{
		Names:   topology.Names{Cluster: options.Name, Namespace: options.Namespace, Domain: options.Domain, Layout: options.Layout},
		Clock:   options.Clock,
		CA:      ca,
		options: options,
	}
	c.policies, c.versions = seeded(c.Names, topology.MaxNodes), map[string]int64{}
	for i := range options.Nodes {
		if err := c.add(i); err != nil {
			c.Close()
			return nil, fmt.Errorf("starting node %d: %w", i, err)
		}
	}
	for _, n := range c.nodes {
		c.members.members = append(c.members.members, n.member)
	}
	c.members.assign(nifi.RoleCoordinator, 0)
	c.members.assign(nifi.RolePrimary, 0)
	return c, nil
}

// add makes and starts the node with this ordinal, which no coordinator knows.
func (c *Cluster) add(ordinal int) error {
	pod := c.Names.Pod(ordinal)
	certificate, err := c.CA.Issue(c.leaf(pod, c.Names.FQDN(pod)))
	if err != nil {
		return err
	}
	n := &Node{
		cluster:     c,
		fqdn:        c.Names.FQDN(pod),
		gate:        newGate(),
		certificate: certificate,
		trusted:     []*CA{c.CA},
		tokens:      map[string]string{},
		used:        1 << 30,
		total:       10 << 30,
	}
	n.member = newMember(ordinal, n.fqdn, c.Names.HTTPSPort(), c.Clock.Now, func() bool { return !n.stopped && !n.gate.shut() })
	if err := n.listen(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nodes = append(c.nodes, n)
	return nil
}

// Node is the node with this ordinal, nil if there never was one.
func (c *Cluster) Node(ordinal int) *Node {
	return c.node(func(n *Node) bool { return n.fqdn == c.Names.FQDN(c.Names.Pod(ordinal)) })
}

func (c *Cluster) node(fits func(*Node) bool) *Node {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.nodes, fits)
	if i < 0 {
		return nil
	}
	return c.nodes[i]
}

// Tick does the background work that is due once: a node that was told to
// connect is connected, one that was told to leave knows it, one that offloads
// is empty, and roles whose holder left find another.
func (c *Cluster) Tick() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.members.step()
}

// Advance moves the cluster's clock by d and ticks once.
func (c *Cluster) Advance(d time.Duration) {
	c.Clock.Advance(d)
	c.Tick()
}

// SetCoordinator makes the node with this ordinal the coordinator. With a
// negative one there is none, and none is elected, until the next call.
func (c *Cluster) SetCoordinator(ordinal int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.members.vacant = ordinal < 0
	i := -1
	if ordinal >= 0 {
		i = slices.Index(c.members.members, c.nodes[ordinal].member)
	}
	c.members.assign(nifi.RoleCoordinator, i)
}

// DialContext finds a node by "<fqdn>:8443", as cluster DNS would: use it for
// transports, so that clients keep the node's real name for SNI and verification.
func (c *Cluster) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	n := c.node(func(n *Node) bool {
		return !n.stopped && addr == net.JoinHostPort(n.fqdn, strconv.Itoa(c.Names.HTTPSPort()))
	})
	if n == nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: &net.DNSError{Err: "no such host", Name: addr, IsNotFound: true}}
	}
	var dialer net.Dialer
	return dialer.DialContext(ctx, network, n.server.Listener.Addr().String())
}

// Close ends every node; those that hang are released first.
func (c *Cluster) Close() {
	for _, client := range c.httpClients() {
		client.CloseIdleConnections()
	}
	for _, n := range c.nodes {
		n.close()
	}
}
