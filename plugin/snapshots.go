package plugin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// snapshots takes snapshots of one cluster, all through the same connections:
// one port-forward a pod, and one TLS session through it, kept open.
type snapshots struct {
	names   topology.Names
	sources view.Sources
	pods    *kube.PodDialer
	now     func() time.Time
}

func (e Environment) snapshots(c connection, names topology.Names, who *credentials) (*snapshots, error) {
	pods, err := kube.NewPodDialer(c.config, names.Namespace)
	if err != nil {
		return nil, err
	}
	if names.Adopted() && !names.Layout.Loopback {
		if err := pods.ByExec(c.config, names.Container()); err != nil {
			return nil, err
		}
	}
	cluster := c.client.Cluster(names)
	return &snapshots{
		names: names, pods: pods, now: e.Now,
		sources: view.Sources{
			Kubernetes:  cluster,
			Credentials: who.dialer(c.client, names, pods),
			Operation:   cluster.Operation,
		},
	}, nil
}

// take takes a snapshot within timeout.
func (s *snapshots) take(ctx context.Context, timeout time.Duration) view.Cluster {
	return view.Gather(ctx, s.sources, s.names, timeout, s.now)
}

// close closes the connections.
func (s *snapshots) close() { _ = s.pods.Close() } // it never fails

// verdict is the error of a snapshot that shows no cluster at all.
func (e Environment) verdict(c connection, cluster view.Cluster) error {
	if down, ok := cluster.Unreachable(); ok {
		return e.apiServerDown(c, errors.New(down.Message))
	}
	if cluster.Absent() && cluster.Names.Adopted() {
		return fmt.Errorf("StatefulSet %q of the adopted cluster %q is gone; kubectl nifi diagnose %s -n %s says how to forget it",
			cluster.Names.StatefulSet(), cluster.Names.Cluster, cluster.Names.Cluster, cluster.Names.Namespace)
	}
	if cluster.Absent() {
		return fmt.Errorf("no NiFi cluster %q in namespace %q; list clusters with kubectl nifi get -A", cluster.Names.Cluster, cluster.Names.Namespace)
	}
	return nil
}
