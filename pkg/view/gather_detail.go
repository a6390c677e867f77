package view

import (
	"context"
	"errors"
	"slices"
)

// Details reads what only a diagnosis needs, of the cluster it was made for.
type Details interface {
	Events(ctx context.Context) ([]Event, error)
	Claims(ctx context.Context) ([]Claim, error)
	Services(ctx context.Context) ([]Service, error)
	Endpoints(ctx context.Context) ([]Endpoint, error)
	Requests(ctx context.Context) ([]CertificateRequest, error)
	Rules(ctx context.Context) ([]Rule, error)
	StorageClasses(ctx context.Context) ([]StorageClass, error)
	Candidates(ctx context.Context) (int, error)
	// Guarded tells that a PodDisruptionBudget selects the pods. It is asked of
	// adopted clusters: ours have one.
	Guarded(ctx context.Context) (bool, error)
	// NiFiCA is nil if there is none.
	NiFiCA(ctx context.Context) (*NiFiCA, error)
	// Secrets names the Secrets of the namespace; nothing in them is read.
	Secrets(ctx context.Context) ([]string, error)
	// Log reads the end of what NiFi wrote. ErrNotFound: there was no such run.
	Log(ctx context.Context, pod string, previous bool) ([]LogLine, error)
	// CPU reads what a Kubernetes node's kubelet counts of its cgroups.
	CPU(ctx context.Context, host string) ([]Group, error)
}

// logged is how many pods' logs are read at most: what ails twenty pods ails
// the first ones, too.
const logged = 5

// details is the reading of everything that Details gives but logs.
func (g *gathering) details(ctx context.Context, from Details) []func() {
	if from == nil {
		return nil
	}
	g.cluster.Detail = &Detail{}
	reads := []func(){
		func() { fetch(ctx, g, SourceEvents, from.Events, func(c *Cluster, l []Event) { c.Detail.Events = l }) },
		func() { fetch(ctx, g, SourceClaims, from.Claims, func(c *Cluster, l []Claim) { c.Detail.Claims = l }) },
		func() {
			fetch(ctx, g, SourceServices, from.Services, func(c *Cluster, l []Service) { c.Detail.Services = l })
		},
		func() {
			fetch(ctx, g, SourceEndpoints, from.Endpoints, func(c *Cluster, l []Endpoint) { c.Detail.Endpoints = l })
		},
		func() {
			fetch(ctx, g, SourceRequests, from.Requests, func(c *Cluster, l []CertificateRequest) { c.Detail.Requests = l })
		},
		func() { fetch(ctx, g, SourceRules, from.Rules, func(c *Cluster, l []Rule) { c.Detail.Rules = l }) },
		func() {
			fetch(ctx, g, SourceClasses, from.StorageClasses, func(c *Cluster, l []StorageClass) { c.Detail.Classes = l })
		},
		func() {
			fetch(ctx, g, SourceTopology, from.Candidates, func(c *Cluster, n int) {
				if n > 0 { // an adopted cluster may set none
					c.Detail.Candidates = &n
				}
			})
		},
	}
	if g.cluster.Names.Adopted() {
		reads = append(reads, func() {
			fetch(ctx, g, SourceBudgets, from.Guarded, func(c *Cluster, is bool) { c.Detail.Guarded = &is })
		})
	}
	return reads
}

// logs is the reading of what NiFi has written in pods that aren't well, in this
// run and the one before.
func (g *gathering) logs(ctx context.Context, from Details) []func() {
	if from == nil {
		return nil
	}
	var reads []func()
	for _, pod := range g.cluster.unwell() {
		for _, run := range []Log{{Pod: pod}, {Pod: pod, Previous: true}} {
			reads = append(reads, func() { g.log(ctx, from, run) })
		}
	}
	return reads
}

func (g *gathering) log(ctx context.Context, from Details, run Log) {
	lines, err := from.Log(ctx, run.Pod, run.Previous)
	if errors.Is(err, ErrNotFound) { // it hasn't run yet, or only once
		return
	}
	if err != nil {
		g.fail(SourceLogs, run.Pod, err)
		return
	}
	run.Lines = lines
	g.set(func(c *Cluster) { c.Detail.Logs = append(c.Detail.Logs, run) })
}

// unwell names the pods that are not ready, at most a few. The coordinator is
// among them while any is: it writes down why it refuses a node.
func (c Cluster) unwell() []string {
	var unwell []string
	for _, pod := range c.Pods {
		if !pod.Ready && len(unwell) < logged {
			unwell = append(unwell, pod.Name)
		}
	}
	leader := c.Coordinator()
	isPod := slices.ContainsFunc(c.Pods, func(p Pod) bool { return p.Name == leader })
	if len(unwell) > 0 && isPod && !slices.Contains(unwell, leader) {
		unwell = append(unwell, leader)
	}
	return unwell
}
