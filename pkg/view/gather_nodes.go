package view

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// attempts is how many hung nodes the question for the coordinator's view may
// meet before its time is up.
const attempts = 3

// nodes is the questions to NiFi: each pod about itself, and one of them, the
// coordinator by preference, about all. Without a dialer nobody is asked; why
// is known already. Sparing, each pod is asked only after that, if need be.
func (g *gathering) nodes(ctx context.Context, dial NodeDialer, timeout time.Duration, sparing bool) []func() {
	if dial == nil {
		return nil
	}
	candidates := g.cluster.candidates()
	coordinator := func() { g.coordinator(ctx, dial, candidates, timeout/attempts) }
	var each []func()
	for _, pod := range candidates {
		each = append(each, func() { g.summary(ctx, dial, pod, timeout/2) })
	}
	if !sparing {
		return append(each, coordinator)
	}
	return []func(){func() {
		coordinator()
		if !g.plain() {
			parallel(each...)
		}
	}}
}

// late is how old a heartbeat is that was missed: NiFi sends one every 5 s
// (nifi.cluster.protocol.heartbeat.interval).
const late = 8 * time.Second

// Plain tells that nothing but the least was looked at, since all of that is
// well: no finding but one about rarely changing facts follows.
func (c Cluster) Plain() bool {
	return c.NodesFrom != "" && c.Summaries == nil && c.TLS == nil && c.Detail == nil && len(c.Errors) == 0
}

// plain tells that the nodes would say nothing new: all is well by Kubernetes
// and the coordinator, and nobody is late. Of pods that nothing probes only
// they themselves know.
func (g *gathering) plain() (is bool) {
	g.set(func(c *Cluster) {
		is = c.Well() && !c.StatefulSet.Unprobed && !slices.ContainsFunc(c.Nodes, func(n Node) bool {
			return n.Heartbeat.IsZero() || c.Age(n.Heartbeat) > late
		})
	})
	return is
}

// summary asks one pod about itself. Its answer takes no work, so half of the
// time is plenty, and a node that hangs holds up the rest for no longer.
func (g *gathering) summary(ctx context.Context, dial NodeDialer, pod string, patience time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	summary := Summary{Pod: pod}
	client, err := dial(g.cluster.Names.FQDN(pod))
	if err == nil {
		var answer nifi.Summary
		answer, err = client.Summary(ctx)
		summary.Connected = answer.ConnectedToCluster
	}
	if err != nil {
		summary.Error = brief(err).Error()
		g.fail(SourceNode, pod, brief(err))
	}
	g.set(func(c *Cluster) { c.Summaries = append(c.Summaries, summary) })
}

// coordinator asks one candidate after the other for the coordinator's view
// until one has it. A node that hangs uses up its share of the time only.
func (g *gathering) coordinator(ctx context.Context, dial NodeDialer, candidates []string, share time.Duration) {
	var first error
	for _, pod := range candidates {
		nodes, err := askCluster(ctx, dial, g.cluster.Names.FQDN(pod), share)
		if err == nil {
			g.set(func(c *Cluster) { c.Nodes, c.NodesFrom = nodes, pod })
			return
		}
		if first == nil {
			first = fmt.Errorf("asked through %s: %w", pod, brief(err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	if first != nil {
		g.fail(SourceCoordinator, "", first)
	}
}

func askCluster(ctx context.Context, dial NodeDialer, address string, share time.Duration) ([]Node, error) {
	ctx, cancel := context.WithTimeout(ctx, share)
	defer cancel()
	client, err := dial(address)
	if err != nil {
		return nil, err
	}
	answer, err := client.Cluster(ctx)
	if err != nil {
		return nil, err
	}
	return nodesOf(answer), nil
}

// candidates is the pods to ask, the coordinator's first, then those that are
// ready. When pods can't be listed, their names follow from the replica count.
func (c Cluster) candidates() []string {
	var pods, unready []string
	for _, pod := range c.Pods {
		switch {
		case pod.Phase != "Running":
		case pod.Ready:
			pods = append(pods, pod.Name)
		default:
			unready = append(unready, pod.Name)
		}
	}
	pods = append(pods, unready...)
	if c.Pods == nil && c.StatefulSet != nil {
		for i := range c.StatefulSet.Desired {
			pods = append(pods, c.Names.Pod(i))
		}
	}
	if i := slices.Index(pods, c.Coordinator()); i > 0 {
		pods = slices.Insert(slices.Delete(pods, i, i+1), 0, c.Coordinator())
	}
	return pods
}
