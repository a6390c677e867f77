package topology

import (
	"errors"
	"regexp"
	"slices"
	"strings"
)

// Who issues the nodes' certificates.
const (
	SourceCertManager = "cert-manager" // Certificates, renewed with no restart
	SourceNiFiCA      = "nifi-ca"      // the tls-toolkit's server; nothing reloads
	SourceSecrets     = "secrets"      // Secrets that somebody else keeps
	SourceSelfSigned  = "self-signed"  // Secrets that the plugin writes, for trials
)

// AnnotationTLSSource of the StatefulSet says who issues the certificates of
// its nodes; without it cert-manager does.
const AnnotationTLSSource = Prefix + "tls-source"

// Sources lists who may issue the nodes' certificates.
func Sources() []string {
	return []string{SourceCertManager, SourceNiFiCA, SourceSecrets, SourceSelfSigned}
}

func (c *Cluster) completeTLS(file *File) error {
	tls := &file.Document.Spec.TLS
	if tls.Enabled != nil && !*tls.Enabled {
		return file.Errorf("spec.tls.enabled", "false is not possible: a NiFi 2.x cluster has no access control without TLS")
	}
	if !slices.Contains(Sources(), c.TLSSource) {
		return file.Errorf("spec.tls.source", "%q must be one of %s%s", c.TLSSource, strings.Join(Sources(), ", "), nearest(c.TLSSource, Sources()))
	}
	return errors.Join(c.completeCertManager(file, tls), c.completeNiFiCA(file, tls.NiFiCA))
}

// completeCertManager takes the fields that only cert-manager follows.
func (c *Cluster) completeCertManager(file *File, tls *TLS) error {
	if c.TLSSource != SourceCertManager {
		for _, field := range []struct {
			name string
			set  bool
		}{{"issuerRef", tls.IssuerRef != nil}, {"scope", tls.Scope != ""}, {"caGeneration", tls.CAGeneration != nil}} {
			if field.set {
				return file.Errorf("spec.tls."+field.name, "is for source %s, and the source is %s: keep one of the two", SourceCertManager, c.TLSSource)
			}
		}
	}
	if c.CAGeneration < 1 {
		return file.Errorf("spec.tls.caGeneration", "is %d: must be 1 or more", c.CAGeneration)
	}
	if tls.Scope != "" && tls.Scope != "nodes" && tls.Scope != "ingress" {
		return file.Errorf("spec.tls.scope", "%q must be nodes or ingress", tls.Scope)
	}
	if tls.IssuerRef == nil {
		return nil
	}
	return c.completeIssuer(file, *tls.IssuerRef, tls.Scope)
}

// completeIssuer keeps issuers that can't sign cluster-local names away from
// the nodes: with them the nodes would wait for certificates for ever.
func (c *Cluster) completeIssuer(file *File, issuer IssuerRef, scope string) error {
	if !isSubdomain(issuer.Name) {
		return file.Errorf("spec.tls.issuerRef.name", "%q is no issuer name", issuer.Name)
	}
	issuer.Kind = orDefault(issuer.Kind, "ClusterIssuer")
	if issuer.Kind != "Issuer" && issuer.Kind != "ClusterIssuer" {
		return file.Errorf("spec.tls.issuerRef.kind", "%q must be Issuer or ClusterIssuer", issuer.Kind)
	}
	switch {
	case scope == "ingress":
	case scope == "" && looksLikeACME(issuer.Name):
		c.warnf("issuer %q looks like ACME, which can't sign cluster-local names: nodes use the cluster's own root (spec.tls.scope: ingress)", issuer.Name)
	default:
		c.Issuer = &issuer
		if issuer.Kind == "ClusterIssuer" {
			c.warnf("nodes trust ClusterIssuer %q: whoever may create Certificates with it can be a node of this cluster", issuer.Name)
		}
	}
	return nil
}

func looksLikeACME(name string) bool {
	return regexp.MustCompile(`(?i)letsencrypt|lets-encrypt|acme|zerossl`).MatchString(name)
}
