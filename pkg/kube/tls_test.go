package kube_test

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube/kubetest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

func prod(t *testing.T) (kube.Cluster, *kubetest.Server) {
	server := kubetest.Start(t)
	client, err := kube.NewClient(kube.Quick(server.Config(), "test"))
	require.NoError(t, err)
	return client.Cluster(topology.Names{Cluster: "prod", Namespace: "nifi"}), server
}

func TestAuthoritiesOfCertificateRequests(t *testing.T) {
	t.Parallel()
	cluster, server := prod(t)
	ours, err := nifitest.NewCA("prod-ca")
	require.NoError(t, err)
	others, err := nifitest.NewCA("prod-ca")
	require.NoError(t, err)
	request := func(name, certificate string, ca []byte) {
		server.Set("/apis/cert-manager.io/v1/namespaces/nifi/certificaterequests/"+name, map[string]any{
			"apiVersion": "cert-manager.io/v1", "kind": "CertificateRequest",
			"metadata": map[string]any{"name": name, "annotations": map[string]any{"cert-manager.io/certificate-name": certificate}},
			"status":   map[string]any{"ca": base64.StdEncoding.EncodeToString(ca)},
		})
	}
	request("a", "prod-0-tls", ours.PEM())
	request("b", "prod-1-tls", ours.PEM())
	request("c", "prod-2-tls", nil) // not signed yet
	request("d", "test-0-tls", others.PEM())
	got, err := cluster.Authorities(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []trust.Fingerprint{trust.FingerprintOf(ours.Certificate.Raw)}, trust.Fingerprints(got))
}

func TestSyncLog(t *testing.T) {
	t.Parallel()
	cluster, server := prod(t)
	const pod = "/api/v1/namespaces/nifi/pods/prod-0"
	server.SetLog(pod, "tls-sync", new(kubetest.Log).Append(time.Now(), "one", "two"))
	log, err := cluster.SyncLog(t.Context(), "prod-0", false)
	require.NoError(t, err)
	assert.Equal(t, "one\ntwo\n", string(log))
	_, err = cluster.SyncLog(t.Context(), "prod-0", true)
	require.ErrorIs(t, err, view.ErrNotFound)
	server.Deny(pod + "/log")
	_, err = cluster.SyncLog(t.Context(), "prod-0", false)
	require.ErrorIs(t, err, view.ErrForbidden)
	assert.Contains(t, err.Error(), `the log of tls-sync in pod "prod-0"`)
	assert.Contains(t, err.Error(), "is forbidden")
}
