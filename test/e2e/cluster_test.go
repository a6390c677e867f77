//go:build e2e

package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// namespace is fresh at each run.
const namespace = "e2e"

// document is a cluster small enough for the lab; its log-in is by
// certificate alone, since the lab's NiFi has no log-in provider.
const document = `apiVersion: kubectl-nifi.dev/v1alpha1
kind: NiFiCluster
metadata: {name: %s, namespace: ` + namespace + `}
spec:
  replicas: %d
  maxReplicas: 4
  version: 2.3.0
  resources:
    requests: {cpu: 100m, memory: 1Gi}
    limits: {cpu: "2", memory: 1536Mi}
  config: {jvmHeapSize: 512m}
  storage: {size: 1Gi}
  auth: {type: certificate}
`

// cluster is a NiFi cluster and the ways into it.
type cluster struct {
	lab
	topology.Names
	dir    string // the overlay
	dialer *kube.PodDialer
}

// render runs init for a new cluster and applies the overlay.
func (l lab) render(t *testing.T, name string, replicas int, more ...string) (cluster, result) {
	t.Helper()
	root := t.TempDir()
	file := filepath.Join(root, "in.yaml")
	require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, document, name, replicas), 0o600))
	dir := filepath.Join(root, name)
	l.nifi(t, append([]string{"init", name, "-f", file, "--dir", dir}, more...)...)
	applied := kubectl(t, "apply", "-k", dir)

	dialer, err := kube.NewPodDialer(l.config, namespace)
	require.NoError(t, err)
	t.Cleanup(func() { dialer.Close() })
	return cluster{l, topology.Names{Cluster: name, Namespace: namespace, Domain: "cluster.local"}, dir, dialer}, applied
}

func (c cluster) secret(t *testing.T, name string) map[string][]byte {
	t.Helper()
	secret, err := c.client.CoreV1().Secrets(namespace).Get(t.Context(), name, metav1.GetOptions{})
	require.NoError(t, err)
	return secret.Data
}

// as is an HTTP client with the certificate in a Secret, or with none ("").
func (c cluster) as(t *testing.T, secret string) *http.Client {
	t.Helper()
	trust := x509.NewCertPool()
	require.True(t, trust.AppendCertsFromPEM(c.secret(t, c.AdminSecret())["ca.crt"]))
	config := &tls.Config{RootCAs: trust, MinVersion: tls.VersionTLS12}
	if secret != "" {
		data := c.secret(t, secret)
		pair, err := tls.X509KeyPair(data["tls.crt"], data["tls.key"])
		require.NoError(t, err)
		config.Certificates = []tls.Certificate{pair}
	}
	transport := nifi.NewTransport(config, c.dialer.DialContext)
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 30 * time.Second}
}

func (c cluster) base(pod string) string {
	return fmt.Sprintf("https://%s:%d", c.FQDN(pod), topology.PortHTTPS)
}

// admin is the REST API of one node as the administrator.
func (c cluster) admin(t *testing.T, pod string) *nifi.Client {
	t.Helper()
	client, err := nifi.NewClient(c.base(pod), c.as(t, c.AdminSecret()))
	require.NoError(t, err)
	return client
}

// waitConnected waits until every pod is ready and the coordinator, asked
// through each of them, has exactly these nodes CONNECTED. It returns the
// nodes' ids by pod.
func (c cluster) waitConnected(t *testing.T, replicas int, patience time.Duration) map[string]string {
	t.Helper()
	eventually(t, patience, fmt.Sprintf("%d ready pods of %s", replicas, c.Cluster), func(ctx context.Context) error {
		set, err := c.client.AppsV1().StatefulSets(namespace).Get(ctx, c.Cluster, metav1.GetOptions{})
		if err != nil {
			return err
		}
		if set.Status.ReadyReplicas != int32(replicas) || set.Status.ObservedGeneration != set.Generation {
			return fmt.Errorf("%d of %d pods are ready", set.Status.ReadyReplicas, replicas)
		}
		return nil
	})
	ids := map[string]string{}
	for i := range replicas {
		api := c.admin(t, c.Pod(i))
		eventually(t, patience, "the cluster as "+c.Pod(i)+" tells it", func(ctx context.Context) error {
			view, err := api.Cluster(ctx)
			if err != nil {
				return err
			}
			clear(ids)
			for _, node := range view.Nodes {
				if node.Status != nifi.Connected {
					return fmt.Errorf("%s is %s", node.Address, node.Status)
				}
				ids[node.Pod()] = node.ID
			}
			if len(ids) != replicas {
				return fmt.Errorf("%d nodes, not %d", len(ids), replicas)
			}
			return nil
		})
	}
	return ids
}

// pods by name.
func (c cluster) pods(t *testing.T) map[string]corev1.Pod {
	t.Helper()
	list, err := c.client.CoreV1().Pods(namespace).List(t.Context(), metav1.ListOptions{LabelSelector: topology.LabelInstance + "=" + c.Cluster})
	require.NoError(t, err)
	all := map[string]corev1.Pod{}
	for _, pod := range list.Items {
		all[pod.Name] = pod
	}
	return all
}

// coordinator is the pod that holds the coordinator's Lease.
func (c cluster) coordinator(t *testing.T) string {
	t.Helper()
	var pod string
	eventually(t, time.Minute, "a coordinator", func(ctx context.Context) error {
		lease, err := c.client.CoordinationV1().Leases(namespace).Get(ctx, c.CoordinatorLease(), metav1.GetOptions{})
		if err != nil {
			return err
		}
		if lease.Spec.HolderIdentity == nil {
			return fmt.Errorf("lease %q has no holder", lease.Name)
		}
		pod = nifi.Node{Address: *lease.Spec.HolderIdentity}.Pod()
		return nil
	})
	return pod
}

// served is the leaf that a pod shows on its HTTPS port.
func (c cluster) served(t *testing.T, pod string) (leaf *x509.Certificate) {
	t.Helper()
	trust := x509.NewCertPool()
	require.True(t, trust.AppendCertsFromPEM(c.secret(t, c.AdminSecret())["ca.crt"]))
	eventually(t, time.Minute, "a certificate served by "+pod, func(ctx context.Context) error {
		dialer, err := kube.NewPodDialer(c.config, namespace)
		if err != nil {
			return err
		}
		defer dialer.Close()
		raw, err := dialer.DialPod(ctx, pod, topology.PortHTTPS)
		if err != nil {
			return err
		}
		conn := tls.Client(raw, &tls.Config{RootCAs: trust, ServerName: c.FQDN(pod), MinVersion: tls.VersionTLS12})
		defer conn.Close()
		if err := conn.HandshakeContext(ctx); err != nil {
			return err
		}
		leaf = conn.ConnectionState().PeerCertificates[0]
		return nil
	})
	return leaf
}
