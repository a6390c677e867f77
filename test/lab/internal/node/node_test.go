package node_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/node"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/places"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/process"
)

func nodes() []node.Node {
	return node.All(places.Places{Lab: "/lab", Cache: "/cache"})
}

// config finds a node's rendered file by its name.
func config(t *testing.T, n node.Node, name string) string {
	t.Helper()
	files, err := n.Configs("/usr/lib/cni")
	require.NoError(t, err)
	for path, text := range files {
		if filepath.Base(path) == name {
			return text
		}
	}
	require.Fail(t, "no such file", name)
	return ""
}

func TestKubeletConfigIsPerNode(t *testing.T) {
	t.Parallel()
	for i, n := range nodes() {
		var got struct {
			Address, CgroupRoot, ContainerRuntimeEndpoint, TLSCertFile string
			ClusterDNS                                                 []string
			FailCgroupV1                                               *bool
		}
		require.NoError(t, yaml.UnmarshalStrict([]byte(onlyKnown(t, config(t, n, "kubelet.yaml"), "address", "cgroupRoot", "containerRuntimeEndpoint", "tlsCertFile", "clusterDNS", "failCgroupV1")), &got))
		assert.Equal(t, []string{"10.244.0.1", "10.244.0.2"}[i], got.Address)
		assert.Equal(t, "/kubectl-nifi-lab/"+n.Name, got.CgroupRoot)
		assert.Equal(t, "unix:///lab/nodes/"+n.Name+"/containerd.sock", got.ContainerRuntimeEndpoint)
		assert.Equal(t, "/lab/pki/"+n.Name+".crt", got.TLSCertFile)
		assert.Equal(t, []string{"10.244.0.1"}, got.ClusterDNS)
		require.NotNil(t, got.FailCgroupV1)
		assert.False(t, *got.FailCgroupV1)
	}
}

// onlyKnown keeps the named top-level keys of a YAML document.
func onlyKnown(t *testing.T, text string, keys ...string) string {
	t.Helper()
	var all map[string]any
	require.NoError(t, yaml.UnmarshalStrict([]byte(text), &all))
	kept := map[string]any{}
	for _, key := range keys {
		kept[key] = all[key]
	}
	data, err := yaml.Marshal(kept)
	require.NoError(t, err)
	return string(data)
}

func TestPodRangesDontOverlap(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, n := range nodes() {
		var got struct {
			Plugins []struct {
				Bridge string
				IPAM   struct {
					Ranges [][]struct{ RangeStart, RangeEnd, Gateway string }
				}
			}
		}
		require.NoError(t, json.Unmarshal([]byte(config(t, n, "10-lab.conflist")), &got))
		first := got.Plugins[0]
		assert.Equal(t, "lab0", first.Bridge)
		assert.False(t, seen[first.IPAM.Ranges[0][0].RangeStart])
		seen[first.IPAM.Ranges[0][0].RangeStart] = true
	}
}

func TestContainerdKeepsToItself(t *testing.T) {
	t.Parallel()
	for _, n := range nodes() {
		text := config(t, n, "containerd.toml")
		assert.Contains(t, text, `root = "/cache/nodes/`+n.Name+`"`)
		assert.Contains(t, text, `state = "/lab/nodes/`+n.Name+`/state"`)
		script := n.Containerd().Args[len(n.Containerd().Args)-1]
		for _, dir := range node.SharedDirs() {
			assert.Contains(t, script, "mount --bind '/lab/nodes/"+n.Name+"/fs"+dir+"' "+dir)
		}
	}
}

func TestKubeletEntersItsContainerd(t *testing.T) {
	t.Parallel()
	args := strings.Join(nodes()[1].Kubelet(process.Record{PID: 77}).Args, " ")
	assert.Contains(t, args, "--mount=/proc/77/ns/mnt")
	assert.Contains(t, args, "--hostname-override=lab-2 --node-ip=10.244.0.2")
}
