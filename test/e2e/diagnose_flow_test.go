//go:build e2e

package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// testHeavyFlow demands that diagnose finds nothing while the nodes are as busy
// as a flow can make them, their queues held back all the time: at most that on
// such a machine somebody didn't answer in time.
func testHeavyFlow(t *testing.T, p patient) {
	api := p.api(t)
	group, sink := buildFlow(t, api, map[string]any{"schedulingPeriod": "0 sec", "properties": map[string]any{"Batch Size": "500", "File Size": "1 KB"}})
	setState(t, api, group, "RUNNING")
	times := 0
	for start := time.Now(); times < 4 || time.Since(start) < 20*time.Second; times++ {
		_, found := p.diagnose(t)
		for _, f := range found {
			assert.Equal(t, "NIFI-ACCESS-010", f.ID, "%+v", f)
		}
	}
	in, err := received(t.Context(), api, sink)
	require.NoError(t, err)
	assert.Greater(t, in, 1000)
	t.Logf("%d diagnoses, %d FlowFiles", times, in)
	setState(t, api, group, "STOPPED")
	send(t, api, "POST", "/process-groups/"+group+"/empty-all-connections-requests", nil, nil)
	p.well(t, 2*time.Minute)
}
