package plugin

import (
	"context"
	"fmt"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation/live"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// trusting looks at the cluster again, with all that concerns trust, and has
// the operation go on so.
func (s *operateSession) trusting(ctx context.Context, from, to operation.Issuer) error {
	s.rotation = &live.Rotation{
		World: s.world, Signers: s.cluster, Names: s.names, Known: s.known, Look: s.lookAtTrust,
		Document: s.document, From: from, To: to, Me: s.me(),
	}
	var err error
	s.state, err = s.rotation.Observe(ctx)
	return err
}

// known is what nodes are verified by.
func (s *operateSession) known(ctx context.Context) ([]trust.Certificate, error) {
	who, err := s.Credentials.load(ctx, s.connection.client, s.names)
	return who.known, err
}

// lookAtTrust takes a snapshot of what pods serve, hold and accept.
func (s *operateSession) lookAtTrust(ctx context.Context, who view.Identity) view.Cluster {
	taking := *s.snapshots
	taking.sources.TLS = &view.TLSSources{
		Objects: s.cluster, Dial: s.snapshots.pods.DialContext,
		Identity: func(context.Context) (view.Identity, error) { return who, nil },
	}
	return taking.take(ctx, lookTimeout)
}

// signer is who signs the certificates of the nodes.
func (s *operateSession) signer(ctx context.Context) (operation.Issuer, error) {
	own, _, err := s.cluster.Signed(ctx)
	if err != nil {
		return operation.Issuer{}, err
	}
	if signer := operation.Signer(own); signer != (operation.Issuer{}) {
		return signer, nil
	}
	return operation.Issuer{}, fmt.Errorf("cluster %q has no certificate by cert-manager", s.names.Cluster)
}

// nextRoot is the generation of the own root that comes after this one, of
// which nothing exists.
func (s *operateSession) nextRoot(ctx context.Context, from operation.Issuer) (operation.Issuer, int, error) {
	generation := from.Generation(s.names)
	if generation == 0 {
		return operation.Issuer{}, 0, fmt.Errorf("the cluster has no root of its own, %s %s signs its certificates: say where to go with --issuer", from.Kind, from.Name)
	}
	for {
		generation++
		name := s.names.CA(generation)
		exists, _, err := s.cluster.Root(ctx, name)
		if err != nil || !exists {
			return operation.Issuer{Kind: "Issuer", Name: name}, generation, err
		}
	}
}

// overlayDocument is the document of an overlay on this machine.
type overlayDocument struct {
	env     Environment
	options *operateOptions
	dir     string
}

var _ live.Document = overlayDocument{}

// Says is who signs the nodes' certificates.
func (d overlayDocument) Says() (operation.Issuer, error) {
	init, err := d.env.changed(d.options.names, &initOptions{Dir: d.dir})
	if err != nil {
		return operation.Issuer{}, err
	}
	if ref := init.cluster.Issuer; ref != nil {
		return operation.Issuer{Kind: ref.Kind, Name: ref.Name}, nil
	}
	return operation.Issuer{Kind: "Issuer", Name: init.cluster.CA(init.cluster.CAGeneration)}, nil
}

// Write makes it say another, and renders the overlay.
func (d overlayDocument) Write(to operation.Issuer) error {
	tls := &topology.TLS{}
	if generation := to.Generation(d.options.names); generation > 0 {
		tls.CAGeneration = &generation
	} else {
		tls.IssuerRef = &topology.IssuerRef{Kind: to.Kind, Name: to.Name}
	}
	init, err := d.env.changed(d.options.names, &initOptions{Dir: d.dir, TLS: tls})
	if err != nil {
		return operation.Final{Err: err}
	}
	return init.rewrite()
}

// rotate makes ready for a rotation, a new one or one that was cut.
func (s *operateSession) rotate(ctx context.Context, j *operation.Journal) error {
	if s.rotation == nil {
		if j.Rotation == nil {
			return fmt.Errorf("the journal of %s is damaged: it doesn't say who signed before", j.Intent)
		}
		if err := s.trusting(ctx, j.Rotation.From, j.To()); err != nil {
			return err
		}
	}
	if s.noDocument {
		rotation := *j.Rotation
		rotation.NoDocument = true
		j.Rotation = &rotation
	}
	if s.document == nil && !j.Rotation.NoDocument && !j.Abort {
		fmt.Fprintln(s.env.ErrOut, "warning: without --dir it stops before the old anchor is forgotten: the overlay's document must name the new CA first")
	}
	return nil
}

// live is the world that the operation changes.
func (s *operateSession) live() operation.World {
	switch {
	case s.rotation != nil:
		return *s.rotation
	case s.healing != nil:
		return *s.healing
	}
	return s.world
}
