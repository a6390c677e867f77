package live

import (
	"context"
	"errors"
	"slices"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// Ender ends pods whatever their disruption budget says; kube.Cluster does.
type Ender interface {
	DeletePod(ctx context.Context, pod, uid string) error
}

// Healing is a live cluster whose pods are to end at one root; it is an
// operation.World.
type Healing struct {
	World
	Ender Ender
	// Look takes a snapshot that shows what pods serve and, where that may be
	// read, what their stores hold.
	Look func(ctx context.Context) view.Cluster
}

var _ operation.World = Healing{}

// Observe takes a snapshot with every node's root.
func (h Healing) Observe(ctx context.Context) (operation.State, error) {
	cluster := h.Look(ctx)
	s, err := h.State(ctx, cluster)
	if err != nil {
		return s, err
	}
	refusals := cluster.Trust().Refusals()
	for i := range s.Nodes {
		addRoot(&s.Nodes[i], cluster)
		for _, cell := range refusals {
			if cell.To == s.Nodes[i].Pod {
				s.Nodes[i].Refuses = append(s.Nodes[i].Refuses, cell.From)
			}
		}
	}
	return s, nil
}

// addRoot adds what a node serves and trusts. The root may be one that it brings
// along: this says who signed, and nobody is to trust it for that.
func addRoot(n *operation.Node, c view.Cluster) {
	if i := slices.IndexFunc(c.Pods, func(p view.Pod) bool { return p.Name == n.Pod }); i >= 0 {
		n.Created = c.Pods[i].Created
	}
	t := c.TLSOf(n.Pod)
	if t == nil {
		return
	}
	if root, ok := trust.RootOf(t.Served.Chain, c.Known()); ok {
		n.Anchor = root.Fingerprint.String()
	}
	for _, anchor := range t.Anchors() {
		n.Anchors = append(n.Anchors, anchor.String())
	}
}

// Do begins a step. A pod that isn't Ready serves nobody, and yet a disruption
// budget that doesn't say AlwaysAllow would let it never go while another isn't
// either.
func (h Healing) Do(ctx context.Context, step operation.Step, s operation.State) error {
	if step.Do != operation.DoEnd {
		err := h.World.Do(ctx, step, s)
		if node, _ := s.Node(step.Pod); node.Ready || !errors.As(err, new(operation.Busy)) {
			return err
		}
	}
	err := h.Ender.DeletePod(ctx, step.Pod, step.UID)
	if errors.Is(err, view.ErrForbidden) {
		return operation.Final{Err: err}
	}
	return err
}
