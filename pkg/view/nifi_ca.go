package view

import (
	"context"
	"slices"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// NiFiCA is the tls-toolkit's certificate authority that nodes ask for their
// certificates.
type NiFiCA struct {
	Workload  string // "Deployment prod-nifi-ca"
	Pods      []Pod
	Kept      bool // its folder, with the root's key in it, outlives its pod
	Preferred bool // its anti-affinity is a wish, or there is none
	Known     bool // its token is the one of the tls-toolkit's examples
}

// CertManager tells that cert-manager issues the nodes' certificates, which is
// so unless the overlay says otherwise.
func (s StatefulSet) CertManager() bool {
	return s.TLSSource == "" || s.TLSSource == topology.SourceCertManager
}

// nifiCA is the reading of the certificate authority, where nodes may have one.
func (g *gathering) nifiCA(ctx context.Context, from Details) []func() {
	if from == nil || g.cluster.Synced() {
		return nil
	}
	return []func(){func() {
		fetch(ctx, g, SourceNiFiCA, from.NiFiCA, func(c *Cluster, ca *NiFiCA) { c.Detail.NiFiCA = ca })
	}}
}

// Given tells that somebody puts the nodes' certificates into Secrets, as
// cert-manager would.
func (s StatefulSet) Given() bool {
	return s.TLSSource == topology.SourceSecrets || s.TLSSource == topology.SourceSelfSigned
}

// secrets is the reading of which Secrets there are, where that tells of a node
// without a certificate.
func (g *gathering) secrets(ctx context.Context, from Details) []func() {
	if from == nil || g.cluster.StatefulSet == nil || !g.cluster.StatefulSet.Given() {
		return nil
	}
	return []func(){func() {
		fetch(ctx, g, SourceSecrets, from.Secrets, func(c *Cluster, names []string) { c.Detail.Secrets = names })
	}}
}

// withoutCertManager leaves out that there is no cert-manager, where nobody
// needs one.
func (c Cluster) withoutCertManager() []SourceError {
	if c.StatefulSet == nil || c.StatefulSet.CertManager() {
		return c.Errors
	}
	return slices.DeleteFunc(c.Errors, func(e SourceError) bool {
		return e.Reason == ReasonNotFound && slices.Contains([]Source{SourceCertificates, SourceRequests, SourceAuthorities}, e.Source)
	})
}
