package view

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// volumes is the question how full the nodes' volumes are. One node collects
// it from all, so a node that hangs may keep the answer away: then nobody knows.
func (g *gathering) volumes(ctx context.Context, from Details, dial NodeDialer, timeout time.Duration) []func() {
	candidates := g.cluster.candidates()
	if from == nil || dial == nil || len(candidates) == 0 {
		return nil
	}
	known := g.cluster // others write to that
	return []func(){func() {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		usages, err := known.askVolumes(ctx, dial, candidates)
		if err != nil {
			g.fail(SourceVolumes, "", err)
			return
		}
		g.set(func(c *Cluster) { c.Detail.Usages = usages })
	}}
}

// askVolumes asks one candidate after the other until one knows all nodes'
// volumes. One that is out of the cluster knows its own alone.
func (c Cluster) askVolumes(ctx context.Context, dial NodeDialer, candidates []string) (usages []Usage, err error) {
	for _, pod := range candidates {
		var client NodeClient
		var answer nifi.System
		if client, err = dial(c.Names.FQDN(pod)); err == nil {
			answer, err = client.System(ctx)
		}
		if err == nil && len(answer.Nodes) > 0 {
			return c.usagesOf(answer), nil
		}
	}
	if err != nil {
		err = brief(err)
	}
	return nil, err
}

func (c Cluster) usagesOf(answer nifi.System) []Usage {
	var all []Usage
	for _, node := range answer.Nodes {
		add := func(repository string, usages ...nifi.StorageUsage) {
			for _, u := range usages {
				all = append(all, Usage{Pod: c.podAt(node.Address), Repository: repository, Used: u.Used, Free: u.Free, Total: u.Total})
			}
		}
		add("content", node.Snapshot.Content...)
		add("provenance", node.Snapshot.Provenance...)
		add("flowfile", node.Snapshot.FlowFile)
	}
	return all
}

// cpu is the questions to the kubelets of the Kubernetes nodes that NiFi runs
// on: one a node, however many pods it has.
func (g *gathering) cpu(ctx context.Context, from Details, timeout time.Duration) []func() {
	if from == nil {
		return nil
	}
	var hosts []string
	for _, pod := range g.cluster.Pods {
		if !pod.Running().IsZero() && pod.Host != "" && !slices.Contains(hosts, pod.Host) {
			hosts = append(hosts, pod.Host)
		}
	}
	var asks []func()
	for _, host := range hosts {
		asks = append(asks, func() {
			ctx, cancel := context.WithTimeout(ctx, timeout)
			defer cancel()
			groups, err := from.CPU(ctx, host)
			if err != nil {
				g.fail(SourceCPU, host, err)
				return
			}
			g.set(func(c *Cluster) { c.Detail.Throttling = append(c.Detail.Throttling, c.throttlingOf(host, groups)...) })
		})
	}
	return asks
}

// throttlingOf finds NiFi's containers of one Kubernetes node among its cgroups.
func (c Cluster) throttlingOf(host string, groups []Group) []Throttling {
	var all []Throttling
	for _, pod := range c.Pods {
		nifi := pod.Container("nifi")
		if pod.Host != host || nifi == nil || nifi.ID == "" {
			continue
		}
		if group := find(groups, func(g Group) bool { return strings.Contains(g.Path, nifi.ID) }); group != nil {
			all = append(all, Throttling{Pod: pod.Name, Periods: group.Periods, Throttled: group.Throttled})
		}
	}
	return all
}
