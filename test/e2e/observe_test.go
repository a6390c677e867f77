//go:build e2e

package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// testHealthy demands that diagnose finds nothing at all: a false alarm costs
// the trust in every true one.
func testHealthy(t *testing.T, c cluster) {
	healthy := run(t, c.plugin, "diagnose", c.Cluster, "-n", namespace, "-v", "-o", "json", "--fail-on", "info")
	assert.Zero(t, healthy.code, "%s%s", healthy.out, healthy.errOut)
}

// testCerts compares the matrix with what the pods log of their files.
func testCerts(t *testing.T, c cluster) {
	text := c.nifi(t, "certs", c.Cluster, "-n", namespace)
	assert.NotContains(t, text.out, "✗")
	assert.GreaterOrEqual(t, strings.Count(text.out, "✓"), 9, "three nodes trust three\n%s", text.out)
	object := c.nifi(t, "certs", c.Cluster, "-n", namespace, "-o", "json")
	require.True(t, json.Valid([]byte(object.out)))
	for i := range 3 {
		var line struct {
			Chain   []string `json:"chain"`
			Anchors []string `json:"anchors"`
		}
		log := strings.Split(strings.TrimSpace(c.log(t, c.Pod(i), "tls-sync")), "\n")
		require.NoError(t, json.Unmarshal([]byte(log[len(log)-1]), &line))
		require.NotEmpty(t, line.Chain)
		for _, fingerprint := range append(line.Chain, line.Anchors...) {
			assert.Contains(t, object.out, fingerprint)
		}
	}
}

func testGetAndLogs(t *testing.T, c cluster) {
	list := c.nifi(t, "get", "-n", namespace)
	assert.Contains(t, list.out, c.Cluster)
	assert.Contains(t, list.out, "Running")
	logs := c.nifi(t, "logs", c.Cluster, "-n", namespace, "--tail", "50")
	for i := range 3 {
		assert.Contains(t, logs.out, c.Pod(i))
	}
	assert.Contains(t, logs.out, "INFO")
}
