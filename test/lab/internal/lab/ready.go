package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/controlplane"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/network"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/node"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/process"
)

// startLimit is how long a part of the lab may take to become ready.
const startLimit = time.Minute

var (
	errNodesNotReady = errors.New("node is not Ready")
	errDied          = errors.New("process ended")
)

// apiReady waits until the API server serves.
func (l Lab) apiReady(ctx context.Context) error {
	client, err := l.client()
	if err != nil {
		return err
	}
	return l.whileAlive(ctx, "waiting for the API server", func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		return client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	})
}

// containerdReady waits until a node's containerd answers.
func (l Lab) containerdReady(ctx context.Context, n node.Node, record process.Record) error {
	return l.whileAlive(ctx, "waiting for "+record.Name, func(ctx context.Context) error {
		_, err := l.store(n).Ctr(ctx, "version")
		return err
	})
}

// clusterReady waits until pods can run and find each other by name.
func (l Lab) clusterReady(ctx context.Context) error {
	client, err := l.client()
	if err != nil {
		return err
	}
	err = l.whileAlive(ctx, "waiting for the nodes", func(ctx context.Context) error {
		nodes, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		return allReady(nodes.Items, len(l.nodes()))
	})
	if err != nil {
		return err
	}
	resolver := resolver()
	return l.whileAlive(ctx, "waiting for CoreDNS", func(ctx context.Context) error {
		_, err := resolver.LookupHost(ctx, "kubernetes.default.svc."+controlplane.ClusterDomain+".")
		return err
	})
}

// allReady fails unless there are want nodes and all are Ready.
func allReady(nodes []corev1.Node, want int) error {
	if len(nodes) != want {
		return fmt.Errorf("%w: %d of %d have registered", errNodesNotReady, len(nodes), want)
	}
	for _, n := range nodes {
		if reason := notReady(n); reason != "" {
			return fmt.Errorf("%w: %s: %s", errNodesNotReady, n.Name, reason)
		}
	}
	return nil
}

// notReady says why a node isn't Ready; empty means that it is.
func notReady(n corev1.Node) string {
	for _, condition := range n.Status.Conditions {
		if condition.Type != corev1.NodeReady {
			continue
		}
		if condition.Status == corev1.ConditionTrue {
			return ""
		}
		return condition.Message
	}
	return "its kubelet has not reported yet"
}

// resolver asks the lab's CoreDNS.
func resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network_, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network_, net.JoinHostPort(network.Gateway, "53"))
	}}
}

// whileAlive calls do until it succeeds. A process of the lab that dies ends
// the waiting, with the last line of its log as the reason.
func (l Lab) whileAlive(ctx context.Context, what string, do func(context.Context) error) error {
	var died error
	err := until(ctx, startLimit, func(ctx context.Context) error {
		_, dead, err := l.running()
		if err == nil && len(dead) > 0 {
			died = fmt.Errorf("%w: %s: %s (log: %s)", errDied, dead[0], l.table().Tail(dead[0]), l.table().Log(dead[0]))
			return nil
		}
		return do(ctx)
	})
	if err = errors.Join(died, err); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
