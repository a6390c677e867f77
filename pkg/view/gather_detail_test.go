package view_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// details answers from a Detail, or fails with an error a source.
type details struct {
	view.Detail
	failing map[view.Source]error

	mu   sync.Mutex
	read []string // logs, "pod" or "pod before"

	hosts []string // whose CPU was read
}

func (d *details) Events(context.Context) ([]view.Event, error) {
	return d.Detail.Events, d.failing[view.SourceEvents]
}

func (d *details) Claims(context.Context) ([]view.Claim, error) {
	return d.Detail.Claims, d.failing[view.SourceClaims]
}

func (d *details) Services(context.Context) ([]view.Service, error) {
	return d.Detail.Services, d.failing[view.SourceServices]
}

func (d *details) Endpoints(context.Context) ([]view.Endpoint, error) {
	return d.Detail.Endpoints, d.failing[view.SourceEndpoints]
}

func (d *details) Requests(context.Context) ([]view.CertificateRequest, error) {
	return d.Detail.Requests, d.failing[view.SourceRequests]
}

func (d *details) Rules(context.Context) ([]view.Rule, error) {
	return d.Detail.Rules, d.failing[view.SourceRules]
}

func (d *details) StorageClasses(context.Context) ([]view.StorageClass, error) {
	return d.Classes, d.failing[view.SourceClasses]
}

func (d *details) Candidates(context.Context) (int, error) { return 3, d.failing[view.SourceTopology] }

func (d *details) Guarded(context.Context) (bool, error) {
	return d.Detail.Guarded != nil && *d.Detail.Guarded, d.failing[view.SourceBudgets]
}

func (d *details) NiFiCA(context.Context) (*view.NiFiCA, error) {
	return d.Detail.NiFiCA, d.failing[view.SourceNiFiCA]
}

func (d *details) Secrets(context.Context) ([]string, error) {
	return d.Detail.Secrets, d.failing[view.SourceSecrets]
}

func (d *details) CPU(_ context.Context, host string) ([]view.Group, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hosts = append(d.hosts, host)
	return []view.Group{{Path: "/kubepods/x/c0ffee", Periods: 9, Throttled: 3}, {Path: "/kubepods/else", Periods: 1}}, d.failing[view.SourceCPU]
}

func (d *details) Log(_ context.Context, pod string, previous bool) ([]view.LogLine, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	name := pod
	if previous {
		name += " before"
	}
	d.read = append(d.read, name)
	if previous {
		return nil, fmt.Errorf("reading it: %w", view.ErrNotFound)
	}
	return []view.LogLine{{Text: "line of " + pod}}, d.failing[view.SourceLogs]
}

// gatherDetails is gather with details.
func gatherDetails(t *testing.T, s *sources, d *details) (got view.Cluster) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		from := view.Sources{Kubernetes: s, Credentials: s.credentials, Details: d}
		got = view.Gather(t.Context(), from, names(), time.Minute, now)
	})
	return got
}

func TestGatherLeavesOutDetails(t *testing.T) {
	t.Parallel()
	assert.Nil(t, gather(t, &sources{Cluster: well()}).Detail)
}

func TestGatherDetails(t *testing.T) {
	t.Parallel()
	d := &details{Detail: view.Detail{
		Events:   []view.Event{{Name: "old", Last: now().Add(-time.Hour)}, {Name: "new", Last: now()}},
		Services: []view.Service{{Name: "prod-nodes"}},
	}}
	got := gatherDetails(t, &sources{Cluster: with(notReady(2))}, d)
	require.Empty(t, got.Errors)
	assert.Equal(t, "new", got.Detail.Events[0].Name, "newest first")
	assert.NotNil(t, got.Detail.Service("prod-nodes"))
	assert.Nil(t, got.Detail.Service("prod-ui"))
	assert.Equal(t, 3, *got.Detail.Candidates)
	slices.Sort(d.read)
	assert.Equal(t, []string{"prod-0", "prod-0 before", "prod-2", "prod-2 before"}, d.read, "who isn't ready, and the coordinator")
	assert.Equal(t, []view.Log{
		{Pod: "prod-0", Lines: []view.LogLine{{Text: "line of prod-0"}}}, {Pod: "prod-2", Lines: []view.LogLine{{Text: "line of prod-2"}}},
	}, got.Detail.Logs, "a run that never was is no error")
}

func TestGatherUse(t *testing.T) {
	t.Parallel()
	running := func(c *view.Cluster) {
		for i := range c.Pods {
			c.Pods[i].Host = []string{"a", "b", "a"}[i]
			c.Pods[i].Containers = []view.Container{{Name: "nifi", ID: []string{"c0ffee", "", "bean"}[i], Started: now()}}
		}
	}
	d := &details{}
	got := gatherDetails(t, &sources{Cluster: with(running)}, d)
	require.Empty(t, got.Errors)
	slices.Sort(d.hosts)
	assert.Equal(t, []string{"a", "b"}, d.hosts, "one question a Kubernetes node")
	assert.Equal(t, []view.Throttling{{Pod: "prod-0", Periods: 9, Throttled: 3}}, got.Detail.Throttling, "found by the container's ID")
	assert.Equal(t, []view.Usage{
		{Pod: "prod-1", Repository: "content", Used: 6, Free: 4, Total: 10}, {Pod: "prod-1", Repository: "flowfile", Used: 8, Free: 2, Total: 10},
	}, got.Detail.Usages)
}

func TestGatherVolumesFromWhoIsIn(t *testing.T) {
	t.Parallel()
	down := fmt.Errorf("calling it: %w", errors.New("gone"))
	got := gatherDetails(t, &sources{Cluster: well(), nodes: map[string]node{"prod-0": {system: down}, "prod-1": {alone: true}}}, &details{})
	assert.Len(t, got.Detail.Usages, 2)
	assert.Empty(t, got.Errors)

	got = gatherDetails(t, &sources{Cluster: well(), nodes: map[string]node{"prod-0": {system: down}, "prod-1": {system: down}, "prod-2": {system: down}}}, &details{})
	assert.Equal(t, []view.SourceError{{Source: view.SourceVolumes, Reason: view.ReasonOther, Message: "gone"}}, got.Errors)
	assert.Empty(t, got.Detail.Usages)
}

func TestGatherReadsNoLogsOfAHealthyCluster(t *testing.T) {
	t.Parallel()
	d := &details{}
	gatherDetails(t, &sources{Cluster: well()}, d)
	assert.Empty(t, d.read)
}

func TestGatherKeepsDetailsThatOthersGave(t *testing.T) {
	t.Parallel()
	for _, source := range []view.Source{
		view.SourceEvents, view.SourceClaims, view.SourceServices, view.SourceEndpoints, view.SourceRequests, view.SourceRules,
		view.SourceClasses, view.SourceTopology, view.SourceLogs,
	} {
		t.Run(string(source), func(t *testing.T) {
			t.Parallel()
			d := &details{
				Detail:  view.Detail{Rules: []view.Rule{{}}, Services: []view.Service{{}}},
				failing: map[view.Source]error{source: fmt.Errorf("reading it: %w", view.ErrForbidden)},
			}
			got := gatherDetails(t, &sources{Cluster: with(notReady(0))}, d)
			require.Len(t, got.Errors, 1)
			assert.Equal(t, source, got.Errors[0].Source)
			assert.Equal(t, view.ReasonForbidden, got.Errors[0].Reason)
			assert.Equal(t, source == view.SourceRules, got.Detail.Rules == nil)
			assert.Equal(t, source == view.SourceTopology, got.Detail.Candidates == nil)
		})
	}
}

func TestAllows(t *testing.T) {
	t.Parallel()
	d := view.Detail{Rules: []view.Rule{
		{Groups: []string{""}, Resources: []string{"configmaps"}, Verbs: []string{"*"}},
		{Groups: []string{"*"}, Resources: []string{"leases"}, Names: []string{"a"}, Verbs: []string{"get"}},
	}}
	assert.True(t, d.Allows("", "configmaps", "any", "delete"))
	assert.True(t, d.Allows("coordination.k8s.io", "leases", "a", "get"))
	assert.False(t, d.Allows("coordination.k8s.io", "leases", "b", "get"))
	assert.False(t, d.Allows("", "secrets", "a", "get"))
}
