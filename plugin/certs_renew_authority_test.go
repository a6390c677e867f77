package plugin

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifica/nificatest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

const caToken = "token-of-the-tests"

// withAuthority is a world whose nodes ask a nifi-ca.
func withAuthority(t *testing.T) (world, *nificatest.Server) {
	t.Helper()
	w := newWorld(t)
	ca := nificatest.Start(t, w.names.NiFiCA(), caToken)
	w.api.SetForward(func(ctx context.Context, pod string, port int) (net.Conn, error) {
		if pod != "prod-nifi-ca-x" || port != topology.PortNiFiCA {
			return nil, errors.New("connection refused")
		}
		return new(net.Dialer).DialContext(ctx, "tcp", ca.Address())
	})
	w.setStatefulSet(3, func(s *appsv1.StatefulSet) { s.Annotations[topology.AnnotationTLSSource] = topology.SourceNiFiCA })
	labels := map[string]string{topology.LabelName: "nifi-ca", topology.LabelInstance: "prod"}
	w.api.Set(w.path("api/v1", "pods", "prod-nifi-ca-x"), corev1.Pod{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}, ObjectMeta: metav1.ObjectMeta{Name: "prod-nifi-ca-x", Labels: labels},
		Status: corev1.PodStatus{Phase: corev1.PodRunning},
	})
	w.api.Set(w.path("api/v1", "secrets", "prod-nifi-ca"), corev1.Secret{Data: map[string][]byte{"token": []byte(caToken + "\n")}})
	w.api.Delete(w.path("api/v1", "secrets", w.names.AdminSecret()))
	return w, ca
}

func TestCertsRenewFromAuthority(t *testing.T) {
	t.Parallel()
	w, ca := withAuthority(t)
	for range 2 { // there is no Secret at first
		got := w.run(t, "certs", "renew", "prod", "--yes")
		require.Equal(t, exitWell, got.code, got.stderr)
		assert.Equal(t, "2 certificates renewed\n", got.stdout)
		assert.NotContains(t, got.String(), caToken)
	}
	for secret, name := range map[string]string{"prod-admin-tls": "prod-admin", "prod-healer-tls": "prod-healer"} {
		var kept corev1.Secret
		w.api.Read(t, w.path("api/v1", "secrets", secret), &kept)
		pair, err := tls.X509KeyPair(kept.Data["tls.crt"], kept.Data["tls.key"])
		require.NoError(t, err)
		assert.Equal(t, "CN="+name+",OU=NIFI,O=nifi", pair.Leaf.Subject.String())
		assert.Equal(t, corev1.SecretTypeTLS, kept.Type)
		require.NoError(t, pair.Leaf.CheckSignatureFrom(ca.Root))
		assert.Contains(t, string(kept.Data["ca.crt"]), "BEGIN CERTIFICATE")
	}
}

func TestCertsRenewFromAuthorityRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args  []string
		stage func(world, *nificatest.Server)
		code  int
		want  string
	}{
		"dry-run":   {args: []string{"admin", "--dry-run"}, code: exitWell, want: ""},
		"a node":    {args: []string{"prod-1"}, code: exitUsage, want: "prod-1 asks prod-nifi-ca for a new certificate whenever it starts: kubectl nifi restart prod prod-1"},
		"no token":  {stage: func(w world, _ *nificatest.Server) { w.api.Delete(w.path("api/v1", "secrets", "prod-nifi-ca")) }, code: exitFailed, want: `reading Secret "prod-nifi-ca": not found`},
		"no pod":    {stage: func(w world, _ *nificatest.Server) { w.api.Delete(w.path("api/v1", "pods", "prod-nifi-ca-x")) }, code: exitFailed, want: "no pod of Deployment prod-nifi-ca runs"},
		"bad token": {stage: func(_ world, ca *nificatest.Server) { ca.Token = "another-token-of-16" }, code: exitFailed, want: "it refuses the token"},
		"may not":   {stage: func(w world, _ *nificatest.Server) { w.api.Deny(w.path("api/v1", "secrets", "prod-admin-tls")) }, code: exitFailed, want: `writing Secret "prod-admin-tls"`},
		"impostor":  {stage: func(_ world, ca *nificatest.Server) { ca.Says = "another-token-of-16" }, code: exitFailed, want: "doesn't have the token"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, ca := withAuthority(t)
			if test.stage != nil {
				test.stage(w, ca)
			}
			got := w.run(t, append([]string{"certs", "renew", "prod", "--yes"}, test.args...)...)
			assert.Equal(t, test.code, got.code, got.stderr)
			assert.Contains(t, got.stderr, test.want)
			if name != "may not" { // what is denied is there, somehow
				assert.False(t, w.api.Has(w.path("api/v1", "secrets", "prod-admin-tls")))
			}
		})
	}
}
