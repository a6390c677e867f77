package main

import (
	"bytes"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNamesAndAddresses(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for cluster := range 1000 {
		for node := range 20 {
			names, at := namesOf(cluster), address(cluster, node)
			back, ordinal, ok := numberOf(names.FQDN(names.Pod(node)))
			assert.True(t, ok && back == cluster && ordinal == node)
			assert.True(t, net.ParseIP(at).IsLoopback(), at)
			assert.False(t, seen[at], at)
			seen[at] = true
		}
	}
	_, _, ok := numberOf("prod-0.prod-nodes.nifi.svc.cluster.local")
	assert.False(t, ok)
	assert.Contains(t, hosts(2, 2), address(1, 1)+" bench0001-1.bench0001-nodes.space0001.svc.cluster.local\n")
}

func TestAWorldIsWellFormed(t *testing.T) {
	t.Parallel()
	w, err := newWorld(2, 3)
	require.NoError(t, err)
	api, err := newAPI(w)
	require.NoError(t, err)
	count := map[string]int{}
	for _, key := range api.keys {
		parts := strings.Split(key, "/")
		count[parts[len(parts)-2]]++
	}
	assert.Equal(t, 2, count["statefulsets"])
	assert.Equal(t, 6, count["pods"])
	assert.Equal(t, 6, count["leases"], "an operation Lease and two elections each")
	assert.Equal(t, count["certificates"], count["certificaterequests"])
	view := nodes{w}.cluster(1, time.Now())
	assert.Len(t, view.Nodes, 3)
	_, coordinated := view.Coordinator()
	assert.True(t, coordinated)
	names := namesOf(1)
	assert.Contains(t, w.syncLog(names, names.Pod(2)), `"event":"published"`)
}

func TestMeasuresOfThisProcess(t *testing.T) {
	t.Parallel()
	_, err := processor(os.Getpid())
	require.NoError(t, err)
	found, err := memory(os.Getpid())
	require.NoError(t, err)
	assert.Greater(t, found["VmRSS"], 1.0)
	assert.GreaterOrEqual(t, found["VmHWM"], found["VmRSS"])
	_, err = processor(1 << 30)
	require.Error(t, err)
}

func TestReport(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, report(&out, []figures{{Name: "nifi-healer", Clusters: 50, Nodes: 5, RSS: 12.34, Millicores: 3.21}}, options{window: time.Minute, settle: time.Second}))
	assert.Contains(t, out.String(), "nifi-healer    50 × 5    12.3")
	assert.Contains(t, out.String(), "CPU time of 1m0s")
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	require.Error(t, run(t.Context(), []string{"-clusters", "100000"}))
	if os.Geteuid() != 0 {
		require.ErrorIs(t, run(t.Context(), nil), errMachine)
	}
}
