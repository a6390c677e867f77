// Package live is the cluster that operations change: snapshots of it, and the
// calls to Kubernetes and to NiFi's coordinator that change it.
package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// measureTimeout is how long a node that is out may take to say what it has
// queued: it may hang.
const measureTimeout = 2 * time.Second

// Node asks one node; *nifi.Client is one.
type Node interface {
	Summary(ctx context.Context) (nifi.Summary, error)
	Status(ctx context.Context) (nifi.Status, error)
	System(ctx context.Context) (nifi.System, error)
	SetNodeStatus(ctx context.Context, id string, s nifi.NodeStatus) (nifi.Node, error)
	DeleteNode(ctx context.Context, id string) error
}

// Kubernetes reads and changes the cluster's objects; kube.Cluster does.
type Kubernetes interface {
	Claims(ctx context.Context) ([]view.Claim, error)
	Candidates(ctx context.Context) (int, error)
	Resize(ctx context.Context, replicas int) error
	Evict(ctx context.Context, pod, uid string) error
	DeleteClaims(ctx context.Context, claims []string) error
	// MarkClaims says on claims since when their volumes hold no FlowFile; a
	// zero time takes that back.
	MarkClaims(ctx context.Context, claims []string, drained time.Time) error
	Hold(ctx context.Context) error
	Release(ctx context.Context) error
	SetImage(ctx context.Context, image, version string) error
}

// World is a live cluster; it is an operation.World.
type World struct {
	Kubernetes Kubernetes
	Snapshot   func(ctx context.Context) view.Cluster
	// Dial makes a client of the node at an address, its FQDN.
	Dial func(ctx context.Context, address string) (Node, error)
}

var _ operation.World = World{}

// Observe takes a snapshot. What an offloading node has left only itself can
// say: the coordinator drops its heartbeats (AbstractHeartbeatMonitor).
func (w World) Observe(ctx context.Context) (operation.State, error) {
	return w.State(ctx, w.Snapshot(ctx))
}

// State is what Observe makes of a snapshot that was taken already.
func (w World) State(ctx context.Context, cluster view.Cluster) (operation.State, error) {
	claims, err := w.Kubernetes.Claims(ctx)
	if err != nil {
		return operation.State{}, err
	}
	candidates, err := w.Kubernetes.Candidates(ctx)
	if err != nil && !errors.Is(err, view.ErrNotFound) {
		return operation.State{}, err
	}
	s, err := stateOf(cluster, claims, candidates)
	if err != nil {
		return s, err
	}
	var wait sync.WaitGroup
	for i, node := range s.Nodes {
		if node.UID != "" && (node.Status == nifi.Offloading || node.Status == nifi.Disconnected) {
			wait.Go(func() { w.measure(ctx, &s.Nodes[i]) })
		}
	}
	wait.Wait()
	return s, nil
}

// measure asks a node that is out what it has queued; one that hasn't heard of
// it yet would still answer for all. Without an answer, the coordinator's last
// word stays.
func (w World) measure(ctx context.Context, n *operation.Node) {
	ctx, cancel := context.WithTimeout(ctx, measureTimeout)
	defer cancel()
	client, err := w.Dial(ctx, n.Address)
	if err != nil {
		return
	}
	if summary, err := client.Summary(ctx); err != nil || summary.ConnectedToCluster {
		return
	}
	if status, err := client.Status(ctx); err == nil {
		n.FlowFiles, n.Bytes, n.Mute = status.FlowFilesQueued, status.BytesQueued, false
	}
}

// Volumes adds how many bytes each node has left for content. Without an answer
// it stays unknown.
func (w World) Volumes(ctx context.Context, s operation.State) operation.State {
	client, err := w.spokesman(ctx, s, "")
	if err != nil {
		return s
	}
	system, err := client.System(ctx)
	if err != nil {
		return s
	}
	s.Nodes = slices.Clone(s.Nodes)
	for _, node := range system.Nodes {
		i := slices.IndexFunc(s.Nodes, func(n operation.Node) bool { return n.Address == node.Address })
		for _, volume := range node.Snapshot.Content {
			if i >= 0 && (s.Nodes[i].Free < 0 || volume.Free < s.Nodes[i].Free) {
				s.Nodes[i].Free = volume.Free
			}
		}
	}
	return s
}

// Do begins a step.
func (w World) Do(ctx context.Context, step operation.Step, s operation.State) error {
	err := w.do(ctx, step, s)
	if errors.Is(err, view.ErrForbidden) || errors.Is(err, nifi.ErrForbidden) || errors.Is(err, nifi.ErrUnauthorized) {
		return operation.Final{Err: err}
	}
	return err
}

func (w World) do(ctx context.Context, step operation.Step, s operation.State) error {
	node, _ := s.Node(step.Pod)
	switch step.Do {
	case operation.DoDisconnect:
		return w.ask(ctx, s, node, nifi.Disconnecting)
	case operation.DoOffload:
		return w.ask(ctx, s, node, nifi.Offloading)
	case operation.DoConnect:
		return w.ask(ctx, s, node, nifi.Connecting)
	case operation.DoRemove:
		return w.remove(ctx, s, node)
	case operation.DoResize:
		return w.resize(ctx, step, s)
	case operation.DoEvict:
		return w.Kubernetes.Evict(ctx, step.Pod, step.UID)
	case operation.DoDelete:
		return w.Kubernetes.DeleteClaims(ctx, node.Claims)
	case operation.DoHold:
		return w.Kubernetes.Hold(ctx)
	case operation.DoImage:
		return w.Kubernetes.SetImage(ctx, step.Image, step.Version)
	case operation.DoRelease:
		return w.Kubernetes.Release(ctx)
	default:
		return fmt.Errorf("%s: nothing to do", step)
	}
}

// resize says what is known of volumes that are no longer used, and takes back
// what is said of those that are about to be.
func (w World) resize(ctx context.Context, step operation.Step, s operation.State) error {
	claims, err := w.Kubernetes.Claims(ctx)
	if err != nil {
		return err
	}
	var reused, left []string
	for _, claim := range claims {
		ordinal := s.Names.Ordinal(claim.Pod)
		switch {
		case ordinal >= s.Replicas && ordinal < step.Count && !claim.Drained.IsZero():
			reused = append(reused, claim.Name)
		case ordinal >= step.Count && ordinal < s.Replicas && step.Empty:
			left = append(left, claim.Name)
		}
	}
	if err := w.Kubernetes.MarkClaims(ctx, reused, time.Time{}); err != nil {
		return err
	}
	if err := w.Kubernetes.MarkClaims(ctx, left, s.Time); err != nil {
		return err
	}
	return w.Kubernetes.Resize(ctx, step.Count)
}

func (w World) ask(ctx context.Context, s operation.State, node operation.Node, status nifi.NodeStatus) error {
	client, err := w.spokesman(ctx, s, node.Pod)
	if err != nil {
		return err
	}
	_, err = client.SetNodeStatus(ctx, node.ID, status)
	return err
}

func (w World) remove(ctx context.Context, s operation.State, node operation.Node) error {
	client, err := w.spokesman(ctx, s, node.Pod)
	if err != nil {
		return err
	}
	if err := client.DeleteNode(ctx, node.ID); err != nil && !errors.Is(err, nifi.ErrNotFound) {
		return err
	}
	if node.Status != nifi.Offloaded || node.UID != "" { // with a pod, its volume is still in use
		return nil
	}
	return w.Kubernetes.MarkClaims(ctx, node.Claims, s.Time)
}

// spokesman is a CONNECTED node that passes requests on to the coordinator: the
// coordinator itself, unless it is the one that the request is about.
func (w World) spokesman(ctx context.Context, s operation.State, about string) (Node, error) {
	fit := slices.DeleteFunc(slices.Clone(s.Nodes), func(n operation.Node) bool { return n.Status != nifi.Connected || n.UID == "" })
	if len(fit) == 0 {
		return nil, errors.New("no node is CONNECTED that could be asked")
	}
	best := slices.MaxFunc(fit, func(a, b operation.Node) int { return fitness(a, about) - fitness(b, about) })
	return w.Dial(ctx, best.Address)
}

func fitness(n operation.Node, about string) int {
	switch {
	case n.Pod == about:
		return 0
	case n.Coordinator:
		return 2
	default:
		return 1
	}
}
