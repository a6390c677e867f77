package kube_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube/kubetest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

const certificatePath = "/apis/cert-manager.io/v1/namespaces/nifi/certificates/prod-0-tls"

func condition(kind, status, reason string) map[string]any {
	return map[string]any{"type": kind, "status": status, "reason": reason, "message": "in its\nwords", "lastTransitionTime": "2026-11-22T18:05:00Z"}
}

// storeCertificate stores a Certificate that was issued once.
func storeCertificate(server *kubetest.Server, status map[string]any) {
	server.Set(certificatePath, map[string]any{
		"apiVersion": "cert-manager.io/v1", "kind": "Certificate",
		"metadata": map[string]any{"name": "prod-0-tls", "generation": 3, "resourceVersion": "7", "labels": map[string]any{topology.LabelName: "nifi", topology.LabelInstance: "prod"}},
		"spec":     map[string]any{"secretName": "prod-0-tls", "duration": "2160h0m0s", "issuerRef": map[string]any{"name": "prod-ca"}},
		"status":   status,
	})
}

func storeRequest(server *kubetest.Server, revision int, certificate []byte, conditions ...any) {
	name := fmt.Sprintf("prod-0-tls-%d", revision)
	status := map[string]any{"conditions": conditions}
	if certificate != nil {
		status["certificate"] = base64.StdEncoding.EncodeToString(certificate)
	}
	server.Set("/apis/cert-manager.io/v1/namespaces/nifi/certificaterequests/"+name, map[string]any{
		"apiVersion": "cert-manager.io/v1", "kind": "CertificateRequest",
		"metadata": map[string]any{"name": name, "annotations": map[string]any{
			"cert-manager.io/certificate-name": "prod-0-tls", "cert-manager.io/certificate-revision": fmt.Sprint(revision)}},
		"status": status,
	})
}

func TestIssuances(t *testing.T) {
	t.Parallel()
	first, c1 := authority(t) // what was issued needn't be a leaf here
	second, c2 := authority(t)
	base := kube.Issuance{Certificate: "prod-0-tls", Secret: "prod-0-tls", Issuer: "prod-ca", Duration: 2160 * time.Hour}
	tests := map[string]struct {
		status map[string]any
		store  func(server *kubetest.Server)
		want   func(i *kube.Issuance)
	}{
		"never issued": {status: map[string]any{}, want: func(*kube.Issuance) {}},
		"issued": {
			status: map[string]any{"revision": 1, "notAfter": "2027-02-20T18:05:00Z", "renewalTime": "2027-01-21T18:05:00Z"},
			store:  func(server *kubetest.Server) { storeRequest(server, 1, first, condition("Ready", "True", "Issued")) },
			want: func(i *kube.Issuance) {
				i.Revision, i.NotAfter, i.RenewAt = 1, time.Date(2027, 2, 20, 18, 5, 0, 0, time.UTC), time.Date(2027, 1, 21, 18, 5, 0, 0, time.UTC)
				i.Chain = append(i.Chain, c1)
			},
		},
		"twice": {
			status: map[string]any{"revision": 11},
			store: func(server *kubetest.Server) {
				storeRequest(server, 2, first, condition("Ready", "True", "Issued")) // sorts after 11 as a name
				storeRequest(server, 11, second, condition("Ready", "True", "Issued"))
			},
			want: func(i *kube.Issuance) { i.Revision, i.Chain = 11, append(i.Chain, c2) },
		},
		"being issued": {
			status: map[string]any{"revision": 1, "conditions": []any{condition("Issuing", "True", "ManuallyTriggered")}},
			store: func(server *kubetest.Server) {
				storeRequest(server, 1, first, condition("Ready", "True", "Issued"))
				storeRequest(server, 2, nil, condition("Ready", "False", "Pending"))
			},
			want: func(i *kube.Issuance) {
				i.Revision, i.Issuing, i.Problem = 1, true, "CertificateRequest prod-0-tls-2: Pending: in its words"
				i.Chain = append(i.Chain, c1)
			},
		},
		"signed, not yet in the Secret": {
			status: map[string]any{"revision": 1, "conditions": []any{condition("Issuing", "True", "ManuallyTriggered")}},
			store:  func(server *kubetest.Server) { storeRequest(server, 2, second, condition("Ready", "True", "Issued")) },
			want:   func(i *kube.Issuance) { i.Revision, i.Issuing = 1, true },
		},
		"failed": {
			status: map[string]any{"revision": 1, "failedIssuanceAttempts": 2, "conditions": []any{condition("Ready", "True", "Ready"), condition("Issuing", "False", "Denied")}},
			want:   func(i *kube.Issuance) { i.Revision, i.Failures, i.Problem = 1, 2, "Denied: in its words" },
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster, server := prod(t)
			storeCertificate(server, test.status)
			if test.store != nil {
				test.store(server)
			}
			want := base
			test.want(&want)
			got, err := cluster.Issuances(t.Context())
			require.NoError(t, err)
			require.Len(t, got, 1)
			got[0].NotAfter, got[0].RenewAt = got[0].NotAfter.UTC(), got[0].RenewAt.UTC()
			assert.Equal(t, want, got[0])
		})
	}
}

func TestRenew(t *testing.T) {
	t.Parallel()
	cluster, server := prod(t)
	storeCertificate(server, map[string]any{"revision": 1, "conditions": []any{condition("Ready", "True", "Ready"), condition("Issuing", "False", "Failed")}})
	at := time.Date(2026, 11, 22, 19, 5, 0, 0, time.UTC)
	changes := 0
	server.OnChange(func(method, path string) {
		assert.Equal(t, http.MethodPut+" "+certificatePath+"/status", method+" "+path, "cert-manager's role for editors allows no patch")
		changes++
	})
	require.NoError(t, cluster.Renew(t.Context(), "prod-0-tls", at))
	require.NoError(t, cluster.Renew(t.Context(), "prod-0-tls", at.Add(time.Hour)), "it is being issued")
	assert.Equal(t, 1, changes)
	var object struct {
		Status struct {
			Revision   int
			Conditions []metav1.Condition
		}
	}
	server.Read(t, certificatePath, &object)
	assert.Equal(t, 1, object.Status.Revision)
	require.Len(t, object.Status.Conditions, 2)
	issuing := object.Status.Conditions[1]
	assert.Equal(t, "Issuing True ManuallyTriggered 3", fmt.Sprint(issuing.Type, " ", issuing.Status, " ", issuing.Reason, " ", issuing.ObservedGeneration))
	assert.Equal(t, at, issuing.LastTransitionTime.UTC())
}

func TestRenewThatFails(t *testing.T) {
	t.Parallel()
	cluster, server := prod(t)
	require.ErrorIs(t, cluster.Renew(t.Context(), "prod-0-tls", time.Now()), view.ErrNotFound)
	storeCertificate(server, map[string]any{})
	server.Deny(certificatePath + "/status")
	err := cluster.Renew(t.Context(), "prod-0-tls", time.Now())
	require.ErrorIs(t, err, view.ErrForbidden)
	require.ErrorContains(t, err, `changing Certificate "prod-0-tls"`)
}
