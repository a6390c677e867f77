package plugin

import (
	"context"
	"errors"
	"fmt"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation/live"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// heal looks at the cluster again, with every node's root, and has the
// operation go on so.
func (s *operateSession) heal(ctx context.Context) error {
	if s.healing != nil {
		return nil
	}
	set, err := s.cluster.StatefulSet(ctx)
	if err != nil {
		return err
	}
	if !set.Unsynced {
		return fmt.Errorf("in cluster %q NiFi loads new anchors by itself, and no restart is of any use: see kubectl nifi certs %s", s.names.Cluster, s.names.Cluster)
	}
	stores, err := s.connection.stores(s.names)
	if err != nil {
		return err
	}
	stores.Cache = &view.StoreCache{}
	s.healing = &live.Healing{World: s.world, Ender: s.cluster, Look: func(ctx context.Context) view.Cluster { return s.lookAtRoots(ctx, stores) }}
	s.state, err = s.healing.Observe(ctx)
	return err
}

// lookAtRoots takes a snapshot of what pods serve and what their stores hold.
func (s *operateSession) lookAtRoots(ctx context.Context, stores *view.StoreSources) view.Cluster {
	taking := *s.snapshots
	taking.sources.TLS = s.Credentials.tlsSources(s.connection.client, s.names, s.snapshots.pods)
	taking.sources.TLS.Stores = stores
	return taking.take(ctx, lookTimeout)
}

// wantedRoot is what the CA serves now, else what the pod has that started last.
func (s *operateSession) wantedRoot(ctx context.Context) (string, error) {
	root, err := s.servedByCA(ctx)
	if err == nil {
		fmt.Fprintf(s.env.ErrOut, "root %s is wanted: %s signs with it now\n", root.Fingerprint.Short(), s.names.NiFiCA())
		return root.Fingerprint.String(), nil
	}
	if !errors.Is(err, view.ErrNotFound) {
		fmt.Fprintf(s.env.ErrOut, "warning: the CA can't be asked what it signs with: %v\n", err)
	}
	anchor, pod, err := operation.Youngest(s.state)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(s.env.ErrOut, "root %.12s is wanted: %s has it, which started last; --anchor says another\n", anchor, pod)
	return anchor, nil
}

// servedByCA is the root that the cluster's own CA shows: a tls-toolkit's server
// has it for its certificate (TlsCertificateAuthorityService).
func (s *operateSession) servedByCA(ctx context.Context) (trust.Certificate, error) {
	pod, err := s.cluster.CAPod(ctx)
	if err != nil {
		return trust.Certificate{}, err
	}
	served := view.Handshake(ctx, s.snapshots.pods.DialContext, fmt.Sprintf("%s.%s:%d", pod, s.names.NiFiCA(), topology.PortNiFiCA))
	if served.Error != "" {
		return trust.Certificate{}, errors.New(served.Error)
	}
	root := served.Chain[len(served.Chain)-1]
	if !root.SelfIssued() {
		return trust.Certificate{}, fmt.Errorf("%s serves no root", pod)
	}
	return root, nil
}
