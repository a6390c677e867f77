package plugin

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube/kubetest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// world is a Kubernetes with one NiFi cluster, prod in nifi, that has been up
// for an hour.
type world struct {
	api   *kubetest.Server
	nifi  *nifitest.Cluster
	names topology.Names
	nodes int
	now   time.Time
}

// newWorld has three nodes.
func newWorld(t *testing.T) world { return newWorldOf(t, 3) }

func newWorldOf(t testing.TB, nodes int) world {
	cluster := nifitest.Start(t, nifitest.Options{Nodes: nodes})
	w := world{api: kubetest.Start(t), nifi: cluster, names: cluster.Names, nodes: nodes, now: cluster.Clock.Now()}
	w.api.SetForward(func(ctx context.Context, pod string, port int) (net.Conn, error) {
		return cluster.DialContext(ctx, "tcp", fmt.Sprintf("%s:%d", w.names.FQDN(pod), port))
	})
	w.setStatefulSet(int32(nodes))
	for ordinal := range nodes {
		w.setPod(ordinal, func(*corev1.Pod) {})
		w.setCertificate(w.names.NodeSecret(ordinal), 80*24*time.Hour+time.Duration(ordinal)*time.Hour)
	}
	w.setCertificate(w.names.AdminSecret(), 85*24*time.Hour)
	w.setLease(w.names.CoordinatorLease(), 0)
	w.setLease(w.names.PrimaryLease(), 1)
	w.setAdmin(t)
	return w
}

// result is what a person gets to see.
type result struct {
	stdout, stderr string
	code           int
}

// String is the result as golden files keep it.
func (r result) String() string {
	return fmt.Sprintf("%s--- stderr\n%s--- exit code %d\n", r.stdout, r.stderr, r.code)
}

// lines counts the lines of stderr.
func (r result) lines() int { return strings.Count(r.stderr, "\n") }

// run runs a command line against this world.
func (w world) run(t testing.TB, args ...string) result {
	t.Helper()
	return runWith(t, w.now, append(args, "--kubeconfig", w.api.Kubeconfig(t, "nifi"))...)
}

func runWith(t testing.TB, now time.Time, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	env := Environment{
		IOStreams: genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &stdout, ErrOut: &stderr},
		Config:    genericclioptions.NewConfigFlags(true),
		Now:       func() time.Time { return now },
		Every:     func(time.Duration) (<-chan time.Time, func()) { return nil, func() {} },
		Version:   "v0.0.0-test",
		Program:   "/usr/local/bin/kubectl-nifi",
		Color:     new(string),
		Getenv:    func(string) string { return "" },
	}
	code := run(t.Context(), env, args)
	return result{stdout.String(), stderr.String(), code}
}

func (w world) path(group, resource, name string) string {
	return fmt.Sprintf("/%s/namespaces/%s/%s/%s", group, w.names.Namespace, resource, name)
}

func (w world) metadata(name string, more map[string]string) metav1.ObjectMeta {
	labels := map[string]string{
		topology.LabelName: "nifi", topology.LabelInstance: w.names.Cluster, topology.LabelManagedBy: "kubectl-nifi",
	}
	for key, value := range more {
		labels[key] = value
	}
	return metav1.ObjectMeta{
		Name: name, Namespace: w.names.Namespace, Labels: labels,
		CreationTimestamp: metav1.NewTime(w.now.Add(-time.Hour)),
	}
}

// setAdmin stores the Secret of the first administrator.
func (w world) setAdmin(t testing.TB) {
	config, err := w.nifi.AdminTLS()
	require.NoError(t, err)
	certificate, key := pemOf(t, config.Certificates[0])
	w.api.Set(w.path("api/v1", "secrets", w.names.AdminSecret()), corev1.Secret{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
		ObjectMeta: w.metadata(w.names.AdminSecret(), nil),
		Data:       map[string][]byte{"tls.crt": certificate, "tls.key": key, "ca.crt": w.nifi.CA.PEM()},
	})
}

func pemOf(t testing.TB, certificate tls.Certificate) (chain, key []byte) {
	der, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	require.NoError(t, err)
	for _, c := range certificate.Certificate {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c})...)
	}
	return chain, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}
