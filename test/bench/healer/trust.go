package main

import (
	"encoding/json"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

func typedLease(object *unstructured.Unstructured) *coordinationv1.Lease {
	return typed[coordinationv1.Lease](object)
}

// election is one of NiFi's own Leases, which the first node holds.
func (w *world) election(names topology.Names, name string) *coordinationv1.Lease {
	holder, seconds, now := names.FQDN(names.Pod(0))+":11443", int32(24*3600), metav1.NewMicroTime(w.began)
	return &coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: names.Namespace, ResourceVersion: "1000"},
		Spec:       coordinationv1.LeaseSpec{HolderIdentity: &holder, LeaseDurationSeconds: &seconds, RenewTime: &now},
	}
}

// secret is the healer's client certificate for a cluster.
func (w *world) secret(names topology.Names) (*corev1.Secret, error) {
	key, err := w.key()
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: names.HealerSecret(), Namespace: names.Namespace, ResourceVersion: "1000"},
		Type:       corev1.SecretTypeTLS,
		Data:       map[string][]byte{"tls.crt": certificatePEM(w.client), "tls.key": key, "ca.crt": w.ca.PEM()},
	}, err
}

// issued is a Certificate that cert-manager has issued an hour ago.
func (w *world) issued(certificate *unstructured.Unstructured) {
	certificate.Object["status"] = map[string]any{
		"notBefore": w.began.Format(time.RFC3339), "notAfter": w.began.Add(90 * 24 * time.Hour).Format(time.RFC3339),
		"renewalTime": w.began.Add(60 * 24 * time.Hour).Format(time.RFC3339), "revision": int64(1),
		"conditions": []any{w.ready("Certificate is up to date and has not expired")},
	}
}

func (w *world) ready(message string) map[string]any {
	return map[string]any{"type": "Ready", "status": "True", "reason": "Ready", "message": message, "lastTransitionTime": w.began.Format(time.RFC3339)}
}

// request is the CertificateRequest that a Certificate was issued by.
func (w *world) request(certificate *unstructured.Unstructured) *unstructured.Unstructured {
	request := certificate.DeepCopy()
	request.SetKind("CertificateRequest")
	request.SetName(certificate.GetName() + "-1")
	request.SetAnnotations(map[string]string{
		"cert-manager.io/certificate-name": certificate.GetName(), "cert-manager.io/certificate-revision": "1",
		"cert-manager.io/private-key-secret-name": certificate.GetName() + "-x",
	})
	issuer, _, _ := unstructured.NestedMap(certificate.Object, "spec", "issuerRef")
	leaf := w.leafOf(certificate)
	request.Object["spec"] = map[string]any{"issuerRef": issuer, "request": encoded(leaf), "username": "system:serviceaccount:cert-manager:cert-manager"}
	request.Object["status"] = map[string]any{
		"ca": encoded(w.ca.PEM()), "certificate": encoded(leaf), "conditions": []any{w.ready("Certificate fetched from issuer successfully")},
	}
	return request
}

// leafOf is what a Certificate was issued: a node's own, or else the healer's.
func (w *world) leafOf(certificate *unstructured.Unstructured) []byte {
	names, _, _ := unstructured.NestedStringSlice(certificate.Object, "spec", "dnsNames")
	for _, name := range names {
		if leaf := w.leaves[name]; leaf != nil {
			return certificatePEM(*leaf)
		}
	}
	return certificatePEM(w.client)
}

// encoded is bytes as JSON has them.
func encoded(raw []byte) string {
	text, _ := json.Marshal(raw) // bytes always can be
	return string(text[1 : len(text)-1])
}

// syncLog is what tls-sync in a node's pod has said: which files it wrote.
func (w *world) syncLog(names topology.Names, pod string) string {
	leaf := w.leaves[names.FQDN(pod)]
	if leaf == nil {
		return ""
	}
	line, _ := json.Marshal(map[string]any{ // fingerprints and a time always can be
		"time": w.began, "event": "published", "chain": []trust.Fingerprint{trust.FingerprintOf(leaf.Certificate[0])},
		"anchors": []trust.Fingerprint{trust.FingerprintOf(w.ca.Certificate.Raw)},
	})
	return string(line) + "\n"
}
