package kube

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube/kubetest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

const (
	certManagerPath = "/apis/cert-manager.io/v1/namespaces/nifi/"
	secretsPath     = "/api/v1/namespaces/nifi/secrets/"
)

func issuerOf(name string) operation.Issuer { return operation.Issuer{Kind: "Issuer", Name: name} }

// storeCertificate stores a Certificate, and its Secret if somebody signed it.
func storeCertificate(server *kubetest.Server, name, instance, wanted, signer string, ca bool) {
	server.Set(certManagerPath+"certificates/"+name, map[string]any{
		"apiVersion": "cert-manager.io/v1", "kind": "Certificate",
		"metadata": map[string]any{"name": name, "namespace": "nifi", "labels": map[string]any{topology.LabelInstance: instance}},
		"spec":     map[string]any{"secretName": name, "isCA": ca, "issuerRef": map[string]any{"name": wanted}},
	})
	if signer != "" {
		server.Set(secretsPath+name, corev1.Secret{ObjectMeta: metav1.ObjectMeta{
			Name: name, Annotations: map[string]string{annotationIssuer: signer, annotationIssuerKind: "Issuer"},
		}})
	}
}

func TestSigned(t *testing.T) {
	t.Parallel()
	server, cluster := prod(t)
	storeCertificate(server, "prod-0-tls", "prod", "prod-ca-2", "prod-ca", false)
	storeCertificate(server, "prod-1-tls", "prod", "prod-ca-2", "", false)
	storeCertificate(server, "prod-admin-tls", "prod", "prod-ca", "prod-ca", false)
	storeCertificate(server, "prod-ca", "prod", "prod-selfsigned", "prod-selfsigned", true)
	storeCertificate(server, "prod-rotation-tls", "", "prod-ca-2", "prod-ca-2", false)
	storeCertificate(server, "robot", "", "prod-ca", "prod-ca", false)
	own, others, err := cluster.Signed(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []operation.Certificate{
		{Name: "prod-0-tls", Node: true, Wanted: issuerOf("prod-ca-2"), Issued: issuerOf("prod-ca")},
		{Name: "prod-1-tls", Node: true, Wanted: issuerOf("prod-ca-2")},
		{Name: "prod-admin-tls", Wanted: issuerOf("prod-ca"), Issued: issuerOf("prod-ca")},
	}, own)
	assert.Equal(t, []operation.Certificate{{Name: "robot", Wanted: issuerOf("prod-ca"), Issued: issuerOf("prod-ca")}}, others)
}

func TestSetIssuer(t *testing.T) {
	t.Parallel()
	server, cluster := prod(t)
	storeCertificate(server, "prod-0-tls", "prod", "prod-ca", "prod-ca", false)
	require.NoError(t, cluster.SetIssuer(t.Context(), []string{"prod-0-tls"}, operation.Issuer{Kind: "ClusterIssuer", Name: "company"}))
	own, _, err := cluster.Signed(t.Context())
	require.NoError(t, err)
	assert.Equal(t, operation.Issuer{Kind: "ClusterIssuer", Name: "company"}, own[0].Wanted)
	assert.Equal(t, issuerOf("prod-ca"), own[0].Issued, "nobody has signed it yet")

	server.Deny(certManagerPath + "certificates/prod-0-tls")
	err = cluster.SetIssuer(t.Context(), []string{"prod-0-tls"}, issuerOf("prod-ca"))
	require.ErrorIs(t, err, view.ErrForbidden)
	require.ErrorContains(t, err, `changing Certificate "prod-0-tls"`)
}

func TestMakeAndDeleteSigner(t *testing.T) {
	t.Parallel()
	server, cluster := prod(t)
	manifest := func(kind string) json.RawMessage {
		return json.RawMessage(`{"apiVersion":"cert-manager.io/v1","kind":"` + kind + `","metadata":{"name":"prod-ca-2","namespace":"nifi"},"spec":{"privateKey":{"size":256}}}`)
	}
	both := []json.RawMessage{manifest("Certificate"), manifest("Issuer")}
	require.NoError(t, cluster.MakeSigner(t.Context(), both))
	require.NoError(t, cluster.MakeSigner(t.Context(), both), "made already")
	var made struct{ Metadata metav1.ObjectMeta }
	server.Read(t, certManagerPath+"certificates/prod-ca-2", &made)
	assert.JSONEq(t, string(both[0]), made.Metadata.Annotations[lastApplied], "apply finds nothing to add")

	exists, ready, err := cluster.Root(t.Context(), "prod-ca-2")
	require.NoError(t, err)
	assert.Equal(t, []bool{true, false}, []bool{exists, ready})
	for list, kind := range map[string]string{"certificates": "Certificate", "issuers": "Issuer"} {
		server.Set(certManagerPath+list+"/prod-ca-2", map[string]any{
			"apiVersion": "cert-manager.io/v1", "kind": kind,
			"metadata": map[string]any{"name": "prod-ca-2"},
			"status":   map[string]any{"conditions": []any{map[string]any{"type": "Ready", "status": "True"}}},
		})
	}
	server.Set(secretsPath+"prod-ca-2", corev1.Secret{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}})
	exists, ready, err = cluster.Root(t.Context(), "prod-ca-2")
	require.NoError(t, err)
	assert.Equal(t, []bool{true, true}, []bool{exists, ready})

	require.NoError(t, cluster.DeleteSigner(t.Context(), "prod-ca-2"))
	require.NoError(t, cluster.DeleteSigner(t.Context(), "prod-ca-2"), "gone already")
	exists, _, err = cluster.Root(t.Context(), "prod-ca-2")
	require.NoError(t, err)
	assert.False(t, exists, "nor its key")
}

func TestProbe(t *testing.T) {
	t.Parallel()
	server, cluster := prod(t)
	asked, who, err := cluster.Probe(t.Context())
	require.NoError(t, err)
	assert.False(t, asked)
	storeCertificate(server, "prod-rotation-tls", "", "prod-ca-2", "", false)
	asked, who, err = cluster.Probe(t.Context())
	require.NoError(t, err)
	assert.True(t, asked)
	assert.Nil(t, who.Certificate, "nobody has signed it yet")

	ca, err := nifitest.NewCA("prod-ca-2")
	require.NoError(t, err)
	pair, err := ca.Issue(nifitest.Leaf{Subject: pkix.Name{CommonName: "prod-rotation"}})
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	require.NoError(t, err)
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})
	server.Set(secretsPath+"prod-rotation-tls", corev1.Secret{Data: map[string][]byte{"tls.crt": certificate, "tls.key": key, "ca.crt": ca.PEM()}})
	_, who, err = cluster.Probe(t.Context())
	require.NoError(t, err)
	authority, _ := who.Authority()
	require.NotNil(t, authority)
	assert.Equal(t, "CN=prod-ca-2", authority.Subject)

	server.Set(secretsPath+"prod-rotation-tls", corev1.Secret{Data: map[string][]byte{"tls.crt": certificate, "tls.key": []byte("broken"), "ca.crt": ca.PEM()}})
	_, _, err = cluster.Probe(t.Context())
	require.ErrorContains(t, err, `reading Secret "prod-rotation-tls"`)
}
