package kube

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// What cert-manager writes on the Secrets it keeps
// (https://cert-manager.io/docs/reference/annotations/).
const (
	annotationIssuer     = "cert-manager.io/issuer-name"
	annotationIssuerKind = "cert-manager.io/issuer-kind"
)

// lastApplied is where `kubectl apply` keeps what it sent, to tell what was
// taken out of a manifest. With it, apply finds nothing to add.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// Signed reads who is to sign the certificates of the cluster's nodes and
// clients, and who has. Others is the certificates in its namespace that are
// neither its own nor an authority's.
func (c Cluster) Signed(ctx context.Context) (own, others []operation.Certificate, err error) {
	found, err := list[certificate](ctx, c.client, certificates(), c.names.Namespace, metav1.ListOptions{})
	if err != nil {
		return nil, nil, err
	}
	issued, err := c.issuedBy(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, s := range found {
		if s.Spec.IsCA || s.Metadata.Name == c.names.RotationSecret() {
			continue
		}
		one := operation.Certificate{Name: s.Metadata.Name, Wanted: s.Spec.IssuerRef.Named(), Issued: issued[s.Spec.SecretName]}
		if s.Metadata.Labels[topology.LabelInstance] != c.names.Cluster {
			others = append(others, one)
			continue
		}
		one.Node = c.names.Ordinal(strings.TrimSuffix(one.Name, "-tls")) >= 0
		own = append(own, one)
	}
	return own, others, nil
}

// issuedBy is who signed what Secrets hold, by their names. It asks for their
// metadata alone: no key leaves the API server.
func (c Cluster) issuedBy(ctx context.Context) (map[string]operation.Issuer, error) {
	found, err := c.client.metadata.Resource(resource("", "secrets")).Namespace(c.names.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, describe("listing", "secrets", err)
	}
	issued := map[string]operation.Issuer{}
	for _, secret := range found.Items {
		if name := secret.Annotations[annotationIssuer]; name != "" {
			issued[secret.Name] = operation.Issuer{Kind: secret.Annotations[annotationIssuerKind], Name: name}.Named()
		}
	}
	return issued, nil
}

// Root tells whether anything is there of an own root, and whether its issuer
// can sign.
func (c Cluster) Root(ctx context.Context, name string) (exists, ready bool, err error) {
	certificate, err := c.condition(ctx, certificates().Resource, name)
	if err != nil {
		return false, false, err
	}
	issuer, err := c.condition(ctx, "issuers", name)
	if err != nil {
		return false, false, err
	}
	key, err := c.Exists(ctx, Resource{Version: "v1", Name: "secrets"}, name)
	return certificate != nil || issuer != nil || key, certificate.ready() && issuer.ready(), err
}

// condition reads the conditions of an object of cert-manager's; nil if there is
// no such object.
func (c Cluster) condition(ctx context.Context, kind, name string) (*certificate, error) {
	found, err := c.of(certManager(kind)).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, describe("reading", fmt.Sprintf("%s %q", kind, name), err)
	}
	raw, err := found.MarshalJSON()
	if err != nil {
		return nil, err
	}
	var s certificate
	return &s, json.Unmarshal(raw, &s)
}

func (s *certificate) ready() bool {
	if s == nil {
		return false
	}
	for _, condition := range s.Status.Conditions {
		if condition.Type == "Ready" {
			return condition.Status == metav1.ConditionTrue
		}
	}
	return false
}

func certManager(kind string) Resource { return Resource{"cert-manager.io", "v1", kind} }

// MakeSigner makes objects of cert-manager's that aren't there yet, as `kubectl
// apply` would.
func (c Cluster) MakeSigner(ctx context.Context, manifests []json.RawMessage) error {
	for _, manifest := range manifests {
		var object unstructured.Unstructured
		if err := object.UnmarshalJSON(manifest); err != nil {
			return fmt.Errorf("decoding a manifest: %w", err)
		}
		kind := strings.ToLower(object.GetKind()) + "s"
		annotated := object.DeepCopy()
		annotated.SetAnnotations(map[string]string{lastApplied: string(manifest) + "\n"})
		_, err := c.of(certManager(kind)).Create(ctx, annotated, metav1.CreateOptions{FieldManager: fieldManager})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return describe("making", fmt.Sprintf("%s %q", kind, object.GetName()), err)
		}
	}
	return nil
}

// DeleteSigner deletes a certificate with its Secret and the issuer of its name,
// as far as they exist.
func (c Cluster) DeleteSigner(ctx context.Context, name string) error {
	return errors.Join(
		c.DeleteObject(ctx, certManager("issuers"), name),
		c.DeleteObject(ctx, certManager("certificates"), name),
		c.DeleteObject(ctx, Resource{Version: "v1", Name: "secrets"}, name),
	)
}

// SetIssuer has certificates signed by another issuer.
func (c Cluster) SetIssuer(ctx context.Context, names []string, issuer operation.Issuer) error {
	raw, err := json.Marshal(map[string]any{"spec": map[string]any{
		"issuerRef": map[string]string{"group": "cert-manager.io", "kind": issuer.Kind, "name": issuer.Name},
	}})
	if err != nil {
		return err
	}
	for _, name := range names {
		_, err := c.of(certManager("certificates")).Patch(ctx, name, types.MergePatchType, raw, metav1.PatchOptions{FieldManager: fieldManager})
		if err != nil {
			return describe("changing", fmt.Sprintf("Certificate %q", name), err)
		}
	}
	return nil
}

// Probe reads the temporary client certificate of a rotation, as far as there is
// one: asked tells that it is asked for, and who is empty until it is signed.
func (c Cluster) Probe(ctx context.Context) (asked bool, who view.Identity, err error) {
	name := c.names.RotationSecret()
	if asked, err = c.Exists(ctx, certManager("certificates"), name); err != nil || !asked {
		return asked, who, err
	}
	data, err := c.client.Secret(ctx, c.names.Namespace, name)
	if errors.Is(err, view.ErrNotFound) {
		return true, who, nil
	}
	if err != nil {
		return true, who, err
	}
	if len(data[corev1.TLSCertKey]) == 0 || len(data["ca.crt"]) == 0 {
		return true, who, nil
	}
	pair, err := tls.X509KeyPair(data[corev1.TLSCertKey], data[corev1.TLSPrivateKeyKey])
	if err != nil {
		return true, who, fmt.Errorf("reading Secret %q: %w", name, err)
	}
	anchors, err := trust.ParsePEM(data["ca.crt"])
	return true, view.Identity{Certificate: &pair, Anchors: anchors}, err
}
