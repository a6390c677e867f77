package live

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// recorder is a Kubernetes and all of a cluster's nodes; it keeps what it is told.
type recorder struct {
	mu     sync.Mutex
	calls  []string
	claims []view.Claim
	joined map[string]bool // nodes that believe they are in, by pod
	fails  error
}

func (r *recorder) record(format string, args ...any) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, fmt.Sprintf(format, args...))
	return r.fails
}

func (r *recorder) Claims(context.Context) ([]view.Claim, error) { return r.claims, nil }
func (r *recorder) Candidates(context.Context) (int, error)      { return 0, view.ErrNotFound }
func (r *recorder) Resize(_ context.Context, n int) error        { return r.record("resize %d", n) }
func (r *recorder) Evict(_ context.Context, pod, uid string) error {
	return r.record("evict %s %s", pod, uid)
}
func (r *recorder) Hold(context.Context) error    { return r.record("hold") }
func (r *recorder) Release(context.Context) error { return r.record("release") }

func (r *recorder) DeleteClaims(_ context.Context, claims []string) error {
	return r.record("delete %v", claims)
}

func (r *recorder) SetImage(_ context.Context, image, version string) error {
	return r.record("image %s %s", image, version)
}

func (r *recorder) MarkClaims(_ context.Context, claims []string, drained time.Time) error {
	if len(claims) == 0 {
		return nil
	}
	return r.record("mark %v %t", claims, !drained.IsZero())
}

// node is one of them.
type node struct {
	*recorder
	pod string
}

func (n node) Summary(context.Context) (nifi.Summary, error) {
	return nifi.Summary{Clustered: true, ConnectedToCluster: n.joined[n.pod]}, n.fails
}

func (n node) Status(context.Context) (nifi.Status, error) {
	if n.joined[n.pod] {
		return nifi.Status{FlowFilesQueued: 3000, BytesQueued: 30_000}, nil
	}
	return nifi.Status{FlowFilesQueued: 77, BytesQueued: 770}, nil
}

func (n node) System(context.Context) (nifi.System, error) {
	full := nifi.SystemSnapshot{Content: []nifi.StorageUsage{{Free: 500}, {Free: 300}, {Free: 400}}}
	return nifi.System{Nodes: []nifi.NodeSystem{{Address: "prod-1.prod-nodes.nifi.svc.cluster.local", Snapshot: full}, {Address: "elsewhere", Snapshot: full}}}, n.fails
}

func (n node) SetNodeStatus(_ context.Context, id string, s nifi.NodeStatus) (nifi.Node, error) {
	return nifi.Node{}, n.record("%s: %s %s", n.pod, s, id)
}

func (n node) DeleteNode(_ context.Context, id string) error {
	return n.record("%s: delete %s", n.pod, id)
}

// staged is the world of a cluster.
func staged(c view.Cluster, claims []view.Claim) (World, *recorder) {
	r := &recorder{claims: claims, joined: map[string]bool{}}
	return World{
		Kubernetes: r,
		Snapshot:   func(context.Context) view.Cluster { return c },
		Dial: func(_ context.Context, address string) (Node, error) {
			pod, _, _ := strings.Cut(address, ".")
			return node{r, pod}, nil
		},
	}, r
}

// A node that is out says itself what it has left, once it knows that it is out.
func TestObserveMeasuresWhoIsOut(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		joined bool
		want   []any
	}{
		"it knows":              {false, []any{int64(77), int64(770), false}},
		"it hasn't heard of it": {true, []any{int64(0), int64(0), true}},
	} {
		c, claims := three()
		c.Nodes[2].Status, c.Nodes[2].Heartbeat, c.Nodes[2].FlowFiles, c.Nodes[2].Bytes = "OFFLOADING", time.Time{}, 0, 0
		world, r := staged(c, claims)
		r.joined["prod-2"] = test.joined
		s, err := world.Observe(t.Context())
		require.NoError(t, err, name)
		assert.Equal(t, test.want, []any{s.Nodes[2].FlowFiles, s.Nodes[2].Bytes, s.Nodes[2].Mute}, name)
		assert.Equal(t, int64(10), s.Nodes[1].FlowFiles, "the coordinator's word")
	}
}

func TestVolumes(t *testing.T) {
	t.Parallel()
	world, r := staged(three())
	s, err := world.Observe(t.Context())
	require.NoError(t, err)
	s = world.Volumes(t.Context(), s)
	assert.Equal(t, []int64{-1, 300, -1}, []int64{s.Nodes[0].Free, s.Nodes[1].Free, s.Nodes[2].Free}, "the fullest counts")
	s.Nodes[1].Free = -1
	r.fails = nifi.ErrForbidden
	assert.Equal(t, int64(-1), world.Volumes(t.Context(), s).Nodes[1].Free, "unknown is no reason to stop")
}

func TestDo(t *testing.T) {
	t.Parallel()
	offloaded := func(c *view.Cluster) { c.Nodes[2].Status = "OFFLOADED" }
	tests := map[string]struct {
		stage func(*view.Cluster)
		step  operation.Step
		want  []string
	}{
		"disconnect":               {step: operation.Step{Do: operation.DoDisconnect, Pod: "prod-2"}, want: []string{"prod-0: DISCONNECTING id-prod-2"}},
		"the coordinator":          {step: operation.Step{Do: operation.DoDisconnect, Pod: "prod-0"}, want: []string{"prod-1: DISCONNECTING id-prod-0"}},
		"the only one left":        {stage: func(c *view.Cluster) { c.Nodes[1].Status, c.Nodes[2].Status = "DISCONNECTED", "DISCONNECTED" }, step: operation.Step{Do: operation.DoDisconnect, Pod: "prod-0"}, want: []string{"prod-0: DISCONNECTING id-prod-0"}},
		"offload":                  {step: operation.Step{Do: operation.DoOffload, Pod: "prod-2"}, want: []string{"prod-0: OFFLOADING id-prod-2"}},
		"connect":                  {stage: offloaded, step: operation.Step{Do: operation.DoConnect, Pod: "prod-2"}, want: []string{"prod-0: CONNECTING id-prod-2"}},
		"remove, its pod is there": {stage: offloaded, step: operation.Step{Do: operation.DoRemove, Pod: "prod-2"}, want: []string{"prod-0: delete id-prod-2"}},
		"remove, its pod is gone":  {stage: func(c *view.Cluster) { offloaded(c); c.Pods = c.Pods[:2] }, step: operation.Step{Do: operation.DoRemove, Pod: "prod-2"}, want: []string{"prod-0: delete id-prod-2", "mark [state-prod-2] true"}},
		"remove another":           {stage: func(c *view.Cluster) { c.Nodes[2].Status = "DISCONNECTED" }, step: operation.Step{Do: operation.DoRemove, Pod: "prod-2"}, want: []string{"prod-0: delete id-prod-2"}},
		"fewer":                    {step: operation.Step{Do: operation.DoResize, Count: 2}, want: []string{"resize 2"}},
		"fewer, drained":           {step: operation.Step{Do: operation.DoResize, Count: 2, Empty: true}, want: []string{"mark [state-prod-2] true", "resize 2"}},
		"more, on used volumes":    {step: operation.Step{Do: operation.DoResize, Count: 5}, want: []string{"mark [state-prod-3] false", "resize 5"}},
		"evict":                    {step: operation.Step{Do: operation.DoEvict, Pod: "prod-2", UID: "uid-prod-2"}, want: []string{"evict prod-2 uid-prod-2"}},
		"delete":                   {step: operation.Step{Do: operation.DoDelete, Pod: "prod-2"}, want: []string{"delete [state-prod-2]"}},
		"image":                    {step: operation.Step{Do: operation.DoImage, Image: "i", Version: "v"}, want: []string{"image i v"}},
		"hold":                     {step: operation.Step{Do: operation.DoHold}, want: []string{"hold"}},
		"release":                  {step: operation.Step{Do: operation.DoRelease}, want: []string{"release"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, claims := three()
			if test.stage != nil {
				test.stage(&c)
			}
			world, r := staged(c, append(claims,
				view.Claim{Name: "state-prod-3", Pod: "prod-3", Drained: noon()}, // used again by a scale to 5
				view.Claim{Name: "state-prod-4", Pod: "prod-4"},                  // wasn't drained
				view.Claim{Name: "state-prod-7", Pod: "prod-7", Drained: noon()}, // stays unused
			))
			s, err := world.Observe(t.Context())
			require.NoError(t, err)
			require.NoError(t, world.Do(t.Context(), test.step, s))
			assert.Equal(t, test.want, r.calls)
		})
	}
}

func TestDoThatFails(t *testing.T) {
	t.Parallel()
	disconnect := operation.Step{Do: operation.DoDisconnect, Pod: "prod-2"}
	for name, test := range map[string]struct {
		err   error
		step  operation.Step
		final bool
	}{
		"no right in NiFi":       {nifi.ErrForbidden, disconnect, true},
		"unknown to NiFi":        {nifi.ErrUnauthorized, disconnect, true},
		"a conflict":             {nifi.ErrConflict, disconnect, false},
		"no right in Kubernetes": {view.ErrForbidden, operation.Step{Do: operation.DoResize, Count: 2}, true},
		"Kubernetes is down":     {view.ErrUnreachable, operation.Step{Do: operation.DoResize, Count: 2}, false},
	} {
		world, r := staged(three())
		s, err := world.Observe(t.Context())
		require.NoError(t, err)
		r.fails = test.err
		err = world.Do(t.Context(), test.step, s)
		require.ErrorIs(t, err, test.err, name)
		assert.Equal(t, test.final, errors.As(err, new(operation.Final)), name)
	}
}

func TestRemoveOfAForgottenNode(t *testing.T) {
	t.Parallel()
	c, claims := three()
	c.Nodes[2].Status = "OFFLOADED"
	world, r := staged(c, claims)
	s, err := world.Observe(t.Context())
	require.NoError(t, err)
	r.fails = nifi.ErrNotFound
	require.NoError(t, world.Do(t.Context(), operation.Step{Do: operation.DoRemove, Pod: "prod-2"}, s), "what is gone is removed")
	assert.Equal(t, []string{"prod-0: delete id-prod-2"}, r.calls)
}

func TestNobodyToAsk(t *testing.T) {
	t.Parallel()
	c, claims := three()
	for i := range c.Nodes {
		c.Nodes[i].Status = "DISCONNECTED"
	}
	world, _ := staged(c, claims)
	s, err := world.Observe(t.Context())
	require.NoError(t, err)
	err = world.Do(t.Context(), operation.Step{Do: operation.DoConnect, Pod: "prod-2"}, s)
	require.EqualError(t, err, "no node is CONNECTED that could be asked")
}
