package kube

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// What a kubelet 1.34 writes, for a container that cAdvisor could name and for
// one of which it knows the cgroup alone.
const metrics = `# HELP container_cpu_cfs_periods_total Number of elapsed enforcement period intervals.
# TYPE container_cpu_cfs_periods_total counter
container_cpu_cfs_periods_total{container="nifi",id="/kubepods.slice/cri-containerd-c0ffee.scope",image="apache/nifi:2.3.0",name="c0ffee",namespace="nifi",pod="prod-0"} 1.234567e+06 1795388105375
container_cpu_cfs_periods_total{container="",id="/kubepods/burstable/podd0745225/b967f898",image="",name="",namespace="",pod=""} 4747 1795388104770
# HELP container_cpu_cfs_throttled_periods_total Number of throttled period intervals.
# TYPE container_cpu_cfs_throttled_periods_total counter
container_cpu_cfs_throttled_periods_total{container="nifi",id="/kubepods.slice/cri-containerd-c0ffee.scope",image="apache/nifi:2.3.0",name="c0ffee",namespace="nifi",pod="prod-0"} 999
container_cpu_cfs_throttled_periods_total{container="",id="/kubepods/burstable/podd0745225/b967f898",image="",name="",namespace="",pod=""} 0 1795388104770
# HELP container_cpu_cfs_throttled_seconds_total Total time duration the container has been throttled.
# TYPE container_cpu_cfs_throttled_seconds_total counter
container_cpu_cfs_throttled_seconds_total{container="",id="/kubepods/burstable/podd0745225/b967f898",image="",name="",namespace="",pod=""} 3 1795388104770
`

func TestCPU(t *testing.T) {
	t.Parallel()
	const path = "/api/v1/nodes/worker/proxy/metrics/cadvisor"
	server, cluster := prod(t)
	server.Set(path, metrics)
	got, err := cluster.CPU(t.Context(), "worker")
	require.NoError(t, err)
	assert.Equal(t, []view.Group{
		{Path: "/kubepods.slice/cri-containerd-c0ffee.scope", Periods: 1234567, Throttled: 999},
		{Path: "/kubepods/burstable/podd0745225/b967f898", Periods: 4747},
	}, got)
	server.Deny(path)
	_, err = cluster.CPU(t.Context(), "worker")
	require.ErrorIs(t, err, view.ErrForbidden)
	_, err = cluster.CPU(t.Context(), "gone")
	require.ErrorIs(t, err, view.ErrNotFound)
}

func TestGroupsOfReadsNoFurther(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"none":              "container_cpu_usage_seconds_total{id=\"/\"} 1\n",
		"no labels":         "container_cpu_cfs_periods_total 1\n",
		"no number":         "container_cpu_cfs_periods_total{id=\"/\"} x\n",
		"no path":           "container_cpu_cfs_periods_total{container=\"nifi\"} 1\n",
		"behind the others": "container_cpu_load_average_10s{id=\"/\"} 0\ncontainer_cpu_cfs_periods_total{id=\"/\"} 1\n",
	} {
		got, err := groupsOf(strings.NewReader(text))
		require.NoError(t, err, name)
		assert.Empty(t, got, name)
	}
}
