package nifi

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func capture(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "nifi-2.3.0", name))
	require.NoError(t, err)
	return raw
}

func clusterOf(t *testing.T, name string) Cluster {
	t.Helper()
	var entity struct{ Cluster Cluster }
	require.NoError(t, json.Unmarshal(capture(t, name), &entity))
	return entity.Cluster
}

// What a real NiFi wrote comes out again as it went in: nothing is lost, nothing
// is made up.
func TestCapturedAnswersRoundTrip(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "nifi-2.3.0", "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			switch kind, _, _ := strings.Cut(name, "-"); kind {
			case "about.json":
				roundTrip[About](t, name)
			case "summary":
				roundTrip[Summary](t, name)
			case "system": // only a part of it is read: TestSystemOfCapture
			default:
				roundTrip[Cluster](t, name)
			}
		})
	}
}

func roundTrip[T any](t *testing.T, name string) {
	t.Helper()
	var entity map[string]T
	require.NoError(t, json.Unmarshal(capture(t, name), &entity))
	back, err := json.Marshal(entity)
	require.NoError(t, err)
	assert.JSONEq(t, string(capture(t, name)), string(back))
}

func TestNodeOfCapture(t *testing.T) {
	t.Parallel()
	view := clusterOf(t, "cluster-all-connected.json")
	node, ok := view.Coordinator()
	require.True(t, ok)
	assert.Equal(t, "prod-1", node.Pod())
	assert.True(t, node.IsPrimary())
	assert.Equal(t, Connected, node.Status)
	assert.Equal(t, int64(1333), node.FlowFilesQueued)
	assert.Equal(t, int64(1364992), node.BytesQueued)
	assert.Equal(t, "Received first heartbeat from connecting node. Node connected.", node.Events[0].Message)

	for _, other := range view.Nodes {
		assert.Equal(t, other.ID == node.ID, other.IsCoordinator(), other.Address)
	}
}

func TestNoCoordinator(t *testing.T) {
	t.Parallel()
	_, ok := Cluster{Nodes: []Node{{ID: "a", Roles: []Role{RolePrimary}}}}.Coordinator()
	assert.False(t, ok)
}

func TestNodeJSON(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		node Node
		want string
	}{
		"no heartbeat, no load": {
			Node{ID: "a", Status: Disconnected, FlowFilesQueued: 7},
			`{"nodeId":"a","address":"","apiPort":0,"status":"DISCONNECTED","roles":[],"events":[]}`,
		},
		"an idle node has a load of zero": {
			Node{ID: "a", Status: Connected, Heartbeat: "now"},
			`{"nodeId":"a","address":"","apiPort":0,"status":"CONNECTED","roles":[],"events":[],"heartbeat":"now",
			  "activeThreadCount":0,"flowFilesQueued":0,"bytesQueued":0}`,
		},
		"a status of a later version": {
			Node{ID: "a", Status: "NAPPING", Roles: []Role{RolePrimary}},
			`{"nodeId":"a","address":"","apiPort":0,"status":"NAPPING","roles":["Primary Node"],"events":[]}`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw, err := json.Marshal(tc.node)
			require.NoError(t, err)
			assert.JSONEq(t, tc.want, string(raw))
		})
	}
}

func TestSystemOfCapture(t *testing.T) {
	t.Parallel()
	var entity struct {
		System System `json:"systemDiagnostics"`
	}
	require.NoError(t, json.Unmarshal(capture(t, "system-two-nodes.json"), &entity))
	require.Len(t, entity.System.Nodes, 2)
	node := entity.System.Nodes[0]
	assert.Equal(t, "bee-0.bee-nodes.bee.svc.cluster.local", node.Address)
	want := StorageUsage{Free: 59976126464, Total: 270553174016, Used: 210577047552, Utilization: "78.0%"}
	assert.Equal(t, want, node.Snapshot.FlowFile)
	want.Identifier = "default"
	assert.Equal(t, []StorageUsage{want}, node.Snapshot.Content)
	assert.Equal(t, []StorageUsage{want}, node.Snapshot.Provenance)
}
