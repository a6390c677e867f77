package view_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// sources answers from a snapshot, or fails with an error a source.
type sources struct {
	view.Cluster
	failing map[view.Source]error
	nodes   map[string]node // by pod

	mu    sync.Mutex
	asked []string // pods asked for the coordinator's view, in order
}

type node struct {
	summary, cluster, system error
	hangs, alone             bool
}

func (s *sources) StatefulSet(context.Context) (view.StatefulSet, error) {
	return *s.Cluster.StatefulSet, s.failing[view.SourceStatefulSet]
}

func (s *sources) Pods(context.Context) ([]view.Pod, error) {
	return s.Cluster.Pods, s.failing[view.SourcePods]
}

func (s *sources) Leases(context.Context) ([]view.Lease, error) {
	return s.Cluster.Leases, s.failing[view.SourceLeases]
}

func (s *sources) Certificates(ctx context.Context) ([]view.Certificate, error) {
	if err := s.failing[view.SourceCertificates]; !errors.Is(err, context.DeadlineExceeded) {
		return s.Cluster.Certificates, err
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

func (s *sources) credentials(context.Context) (view.NodeDialer, error) {
	return func(address string) (view.NodeClient, error) {
		pod, _, _ := strings.Cut(address, ".")
		if address != names().FQDN(pod) {
			return nil, fmt.Errorf("asked %q, which is no name of a node", address)
		}
		return client{s, pod}, nil
	}, s.failing[view.SourceCredentials]
}

type client struct {
	*sources
	pod string
}

func (c client) Summary(context.Context) (nifi.Summary, error) {
	return nifi.Summary{ConnectedToCluster: true}, c.nodes[c.pod].summary
}

func (c client) System(context.Context) (nifi.System, error) {
	if c.nodes[c.pod].alone {
		return nifi.System{}, nil
	}
	return nifi.System{Nodes: []nifi.NodeSystem{{Address: names().FQDN("prod-1"), Snapshot: nifi.SystemSnapshot{
		FlowFile: nifi.StorageUsage{Used: 8, Free: 2, Total: 10}, Content: []nifi.StorageUsage{{Used: 6, Free: 4, Total: 10}},
	}}}}, c.nodes[c.pod].system
}

func (c client) Cluster(ctx context.Context) (nifi.Cluster, error) {
	c.mu.Lock()
	c.asked = append(c.asked, c.pod)
	c.mu.Unlock()
	if c.nodes[c.pod].hangs {
		<-ctx.Done()
		return nifi.Cluster{}, ctx.Err()
	}
	return nifi.Cluster{Nodes: []nifi.Node{
		{ID: "2", Address: names().FQDN("prod-2"), Status: nifi.Disconnected, Heartbeat: "11/22/2026 19:04:00 CET"},
		{ID: "0", Address: names().FQDN("prod-0"), Status: nifi.Connected, Heartbeat: "11/22/2026 18:04:00 UTC",
			Roles: []nifi.Role{nifi.RolePrimary}, FlowFilesQueued: 3, BytesQueued: 5,
			Events: []nifi.Event{{Message: "newest"}, {Message: "oldest"}}},
	}}, c.nodes[c.pod].cluster
}

// gather takes a snapshot with a minute's patience of a clock that runs only
// while everybody waits.
func gather(t *testing.T, s *sources) (got view.Cluster) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		got = view.Gather(t.Context(), view.Sources{Kubernetes: s, Credentials: s.credentials}, names(), time.Minute, now)
	})
	return got
}

func TestGather(t *testing.T) {
	t.Parallel()
	s := &sources{Cluster: well()}
	s.Cluster.Pods[0], s.Cluster.Pods[2] = s.Cluster.Pods[2], s.Cluster.Pods[0] // the order must not matter
	got := gather(t, s)
	assert.Empty(t, got.Errors)
	assert.Equal(t, now(), got.Time)
	assert.Equal(t, "prod-0", got.NodesFrom, "the lease's holder is asked first")
	assert.Equal(t, well().Pods, got.Pods)
	assert.Equal(t, well().Summaries, got.Summaries)
	assert.Equal(t, []view.Node{
		{ID: "0", Address: names().FQDN("prod-0"), Status: "CONNECTED", Roles: []string{"Primary Node"},
			Heartbeat: now().Add(-time.Minute), FlowFiles: 3, Bytes: 5, Event: "newest",
			Events: []view.NodeEvent{{Message: "newest"}, {Message: "oldest"}}},
		{ID: "2", Address: names().FQDN("prod-2"), Status: "DISCONNECTED"}, // CET could be anywhere
	}, got.Nodes)
}

func TestGatherKeepsWhatOthersGave(t *testing.T) {
	t.Parallel()
	all := []view.Source{view.SourceStatefulSet, view.SourcePods, view.SourceLeases, view.SourceCertificates, view.SourceCredentials}
	for _, source := range all {
		t.Run(string(source), func(t *testing.T) {
			t.Parallel()
			s := &sources{Cluster: well(), failing: map[view.Source]error{source: fmt.Errorf("reading it: %w", view.ErrForbidden)}}
			got := gather(t, s)
			assert.Equal(t, []view.SourceError{{Source: source, Reason: view.ReasonForbidden, Message: "reading it: forbidden"}}, got.Errors)
			assert.Equal(t, source == view.SourceStatefulSet, got.StatefulSet == nil)
			assert.Equal(t, source == view.SourcePods, got.Pods == nil)
			assert.Equal(t, source == view.SourceLeases, got.Leases == nil)
			assert.Equal(t, source == view.SourceCredentials, got.NodesFrom == "", "pods are asked even if they can't be listed")
		})
	}
}

func TestGatherAsksAnotherNode(t *testing.T) {
	t.Parallel()
	refused := &nifi.APIError{Method: "GET", Path: "/controller/cluster", StatusCode: 503}
	out := node{cluster: fmt.Errorf("calling it: %w", nifi.ErrNotConnected)}
	tests := map[string]struct {
		nodes  map[string]node
		asked  []string
		from   string
		errors []view.SourceError
	}{
		"not connected": {map[string]node{"prod-0": out}, []string{"prod-0", "prod-1"}, "prod-1", nil},
		"hung":          {map[string]node{"prod-0": {hangs: true}}, []string{"prod-0", "prod-1"}, "prod-1", nil},
		"nobody knows": {
			map[string]node{"prod-0": {cluster: fmt.Errorf("calling it: %w", refused)}, "prod-1": out, "prod-2": out},
			[]string{"prod-0", "prod-1", "prod-2"}, "",
			[]view.SourceError{{Source: view.SourceCoordinator, Reason: view.ReasonNoLeader,
				Message: "asked through prod-0: GET /controller/cluster: 503 Service Unavailable"}},
		},
		"silent about itself": {
			map[string]node{"prod-1": {summary: fmt.Errorf("calling it: %w", errors.New("gone"))}}, []string{"prod-0"}, "prod-0",
			[]view.SourceError{{Source: view.SourceNode, Subject: "prod-1", Reason: view.ReasonOther, Message: "gone"}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &sources{Cluster: well(), nodes: test.nodes}
			got := gather(t, s)
			assert.Equal(t, test.asked, s.asked)
			assert.Equal(t, test.from, got.NodesFrom)
			assert.Equal(t, test.errors, got.Errors)
		})
	}
}

func TestGatherLeavesNodesTheirTime(t *testing.T) {
	t.Parallel()
	s := &sources{Cluster: well(), failing: map[view.Source]error{view.SourceCertificates: context.DeadlineExceeded}}
	got := gather(t, s)
	require.Len(t, got.Errors, 1)
	assert.Equal(t, view.ReasonTimeout, got.Errors[0].Reason)
	assert.Equal(t, "prod-0", got.NodesFrom)
}

func TestGatherTakesTheDomainFromTheStatefulSet(t *testing.T) {
	t.Parallel()
	s := &sources{Cluster: well(), failing: map[view.Source]error{view.SourceCredentials: view.ErrNotFound}}
	s.Cluster.StatefulSet.NodesDomain = "prod-nodes.nifi.svc.corp.example"
	assert.Equal(t, "corp.example", gather(t, s).Names.Domain)
	s.Cluster.StatefulSet.NodesDomain = ""
	assert.Equal(t, "cluster.local", gather(t, s).Names.Domain)
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	tests := map[view.Reason]bool{
		view.ReasonUnreachable: true, view.ReasonTimeout: true, view.ReasonForbidden: false, view.ReasonNotFound: false,
	}
	for reason, want := range tests {
		_, got := with(failed(view.SourceStatefulSet, reason)).Unreachable()
		assert.Equal(t, want, got, reason)
	}
	_, got := with(failed(view.SourceNode, view.ReasonUnreachable)).Unreachable()
	assert.False(t, got, "a node out of reach is not the API server")
}
