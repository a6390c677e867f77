package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/overlay"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// Signers reads and changes who signs a cluster's certificates, and the anchors
// that are published to its nodes.
type Signers interface {
	Signed(ctx context.Context) (own, others []operation.Certificate, err error)
	Root(ctx context.Context, name string) (exists, ready bool, err error)
	MakeSigner(ctx context.Context, manifests []json.RawMessage) error
	DeleteSigner(ctx context.Context, name string) error
	SetIssuer(ctx context.Context, certificates []string, issuer operation.Issuer) error
	Probe(ctx context.Context) (asked bool, who view.Identity, err error)
	PublishedAnchors(ctx context.Context) ([]trust.Published, error)
	PublishAnchors(ctx context.Context, anchors []trust.Published) error
	WithdrawAnchors(ctx context.Context, anchors []trust.Fingerprint) error
	Nudge(ctx context.Context, pod string, at time.Time) error
}

// Rotation is a live cluster whose anchor changes; it is an operation.World.
type Rotation struct {
	World
	Signers Signers
	Names   topology.Names
	// Known is what the administrator verifies nodes by.
	Known func(ctx context.Context) ([]trust.Certificate, error)
	// Look takes a snapshot that shows what the pods serve, hold and accept; they
	// are tried as this client, if it has a certificate yet.
	Look func(ctx context.Context, who view.Identity) view.Cluster
	// Document is the overlay's document; it may be nil: then nobody writes it.
	Document Document
	From, To operation.Issuer
	Me       string
}

// Document is an overlay's document.
type Document interface {
	// Says is who signs the nodes' certificates.
	Says() (operation.Issuer, error)
	// Write makes it say another.
	Write(to operation.Issuer) error
}

var _ operation.World = Rotation{}

// Observe takes a snapshot with all that concerns trust.
func (r Rotation) Observe(ctx context.Context) (operation.State, error) {
	t := operation.Trust{}
	asked, probe, err := r.Signers.Probe(ctx)
	if err != nil {
		return operation.State{}, err
	}
	t.ProbeMade = asked
	known, err := r.Known(ctx)
	if err != nil {
		return operation.State{}, err
	}
	known = slices.Concat(known, probe.Anchors)
	cluster := r.Look(ctx, view.Identity{Certificate: probe.Certificate, Anchors: known})
	s, err := r.State(ctx, cluster)
	if err != nil {
		return s, err
	}
	if err := r.signers(ctx, &t); err != nil {
		return s, err
	}
	if r.Document != nil {
		if t.Document, err = r.Document.Says(); err != nil {
			return s, err
		}
	}
	t.Distrust = distrust(cluster)
	coming, _ := probe.Authority()
	if coming != nil {
		t.Anchor = coming.Fingerprint.String()
	}
	for i := range s.Nodes {
		addTrust(&s.Nodes[i], cluster, known, coming)
	}
	s.Trust = &t
	return s, nil
}

// signers reads what Kubernetes knows of who signs and what is published.
func (r Rotation) signers(ctx context.Context, t *operation.Trust) error {
	own, others, err := r.Signers.Signed(ctx)
	if err != nil {
		return err
	}
	t.Certificates = own
	for _, other := range others {
		if other.Wanted == r.From {
			t.Outside = append(t.Outside, other.Name)
		}
	}
	published, err := r.Signers.PublishedAnchors(ctx)
	if err != nil {
		return err
	}
	for _, anchor := range published {
		t.Published = append(t.Published, anchor.Certificate.Fingerprint.String())
		t.Ours = t.Ours || anchor.Reason == string(operation.RotateCA)
	}
	if t.RootMade, t.RootReady, err = r.root(ctx, r.To); err != nil {
		return err
	}
	t.OldRoot, _, err = r.root(ctx, r.From)
	return err
}

// root looks at an own root; any other issuer is somebody else's.
func (r Rotation) root(ctx context.Context, issuer operation.Issuer) (exists, ready bool, err error) {
	if issuer.Generation(r.Names) == 0 {
		return false, false, nil
	}
	return r.Signers.Root(ctx, issuer.Name)
}

// distrust is the pairs of nodes of which one doesn't, or isn't known to, trust
// the other.
func distrust(c view.Cluster) []string {
	pairs := []string{}
	for _, cell := range c.Trust().Failures() {
		pairs = append(pairs, fmt.Sprintf("%s doesn't verify for %s: %s", cell.From, cell.To, cell.Detail))
	}
	return pairs
}

// addTrust adds what a node serves and accepts. What it serves under counts only
// if it is known.
func addTrust(n *operation.Node, c view.Cluster, known []trust.Certificate, coming *trust.Certificate) {
	t := c.TLSOf(n.Pod)
	if t == nil {
		return
	}
	if anchor, ok := trust.AnchorOf(t.Served.Chain, known); ok {
		n.Anchor = anchor.Fingerprint.String()
	}
	n.Accepts = coming != nil && slices.ContainsFunc(t.Accepts, func(a view.Acceptance) bool {
		return a.Authority == coming.Fingerprint && a.Verdict == trust.Yes
	})
}

// Do begins a step.
func (r Rotation) Do(ctx context.Context, step operation.Step, s operation.State) error {
	err := r.change(ctx, step, s)
	if errors.Is(err, view.ErrForbidden) {
		return operation.Final{Err: err}
	}
	return err
}

func (r Rotation) change(ctx context.Context, step operation.Step, s operation.State) error {
	switch step.Do {
	case operation.DoRoot:
		manifests, err := overlay.Root(r.Names, step.Issuer.Generation(r.Names))
		if err != nil {
			return err
		}
		return r.Signers.MakeSigner(ctx, manifests)
	case operation.DoProbe:
		manifest, err := overlay.Probe(r.Names, step.Issuer.Kind, step.Issuer.Name)
		if err != nil {
			return err
		}
		return r.Signers.MakeSigner(ctx, []json.RawMessage{manifest})
	case operation.DoPublish:
		return r.publish(ctx, s)
	case operation.DoNudge:
		return r.nudge(ctx, s)
	case operation.DoSwitch:
		return r.Signers.SetIssuer(ctx, certificates(s, true), step.Issuer)
	case operation.DoClients:
		return r.Signers.SetIssuer(ctx, certificates(s, false), step.Issuer)
	case operation.DoDocument:
		return r.write(step.Issuer)
	case operation.DoRetire:
		return r.forget(ctx, r.From, len(s.Trust.Outside) == 0)
	case operation.DoRevoke:
		return r.forget(ctx, step.Issuer, true)
	default:
		return fmt.Errorf("%s: nothing to do", step)
	}
}

// write brings the document up to date. Without it the next apply would go back
// to an issuer that nobody trusts any more.
func (r Rotation) write(to operation.Issuer) error {
	if r.Document == nil {
		return operation.Final{Err: fmt.Errorf("the overlay's document must say that %s %s signs before the old anchor is forgotten, or the next apply -k would go back to it: "+
			"go on with kubectl nifi rotate-ca %s --dir OVERLAY, or with --no-document if it says so elsewhere", to.Kind, to.Name, r.Names.Cluster)}
	}
	return r.Document.Write(to)
}

// publish gives every node the anchor to come, and those that nodes serve under:
// from Secrets that cert-manager or a person wrote, never from the wire.
func (r Rotation) publish(ctx context.Context, s operation.State) error {
	_, probe, err := r.Signers.Probe(ctx)
	if err != nil {
		return err
	}
	coming, _ := probe.Authority()
	if coming == nil {
		return fmt.Errorf("publishing anchors: the certificate in Secret %q leads to none in its ca.crt", r.Names.RotationSecret())
	}
	known, err := r.Known(ctx)
	if err != nil {
		return err
	}
	all := append(slices.DeleteFunc(slices.Clone(known), func(c trust.Certificate) bool {
		return !slices.ContainsFunc(s.Nodes, func(n operation.Node) bool { return n.Anchor == c.Fingerprint.String() })
	}), *coming)
	anchors := make([]trust.Published, len(all))
	for i, c := range all {
		anchors[i] = trust.Published{Certificate: c, By: r.Me, Reason: string(operation.RotateCA), At: s.Time}
	}
	return r.Signers.PublishAnchors(ctx, anchors)
}

func (r Rotation) nudge(ctx context.Context, s operation.State) error {
	for _, node := range s.Nodes {
		if node.UID == "" {
			continue
		}
		if err := r.Signers.Nudge(ctx, node.Pod, s.Time); err != nil {
			return err
		}
	}
	return nil
}

// forget withdraws what the rotation published, and deletes the temporary
// client certificate and an own root that nobody needs any more.
func (r Rotation) forget(ctx context.Context, issuer operation.Issuer, root bool) error {
	published, err := r.Signers.PublishedAnchors(ctx)
	if err != nil {
		return err
	}
	var ours []trust.Fingerprint
	for _, anchor := range published {
		if anchor.Reason == string(operation.RotateCA) {
			ours = append(ours, anchor.Certificate.Fingerprint)
		}
	}
	if err := r.Signers.WithdrawAnchors(ctx, ours); err != nil {
		return err
	}
	if root && issuer.Generation(r.Names) > 0 {
		if err := r.Signers.DeleteSigner(ctx, issuer.Name); err != nil {
			return err
		}
	}
	return r.Signers.DeleteSigner(ctx, r.Names.RotationSecret())
}

func certificates(s operation.State, nodes bool) []string {
	var names []string
	for _, c := range s.Trust.Certificates {
		if c.Node == nodes {
			names = append(names, c.Name)
		}
	}
	return names
}
