//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

type entity struct {
	ID string `json:"id"`
}

// testFlow builds GenerateFlowFile → LogAttribute as the seeded administrator,
// runs it and stops it.
func testFlow(t *testing.T, c cluster) {
	api := c.admin(t, c.Pod(0))
	var root struct {
		Flow entity `json:"processGroupFlow"`
	}
	require.NoError(t, api.Do(t.Context(), "GET", "/flow/process-groups/root", nil, &root))
	group := "/process-groups/" + root.Flow.ID
	source := addProcessor(t, api, group, "GenerateFlowFile", map[string]any{"schedulingPeriod": "1 sec"})
	sink := addProcessor(t, api, group, "LogAttribute", map[string]any{"autoTerminatedRelationships": []string{"success"}})
	end := func(id string) map[string]any {
		return map[string]any{"id": id, "groupId": root.Flow.ID, "type": "PROCESSOR"}
	}
	connection := map[string]any{"revision": revision(0), "component": map[string]any{
		"source": end(source), "destination": end(sink), "selectedRelationships": []string{"success"}}}
	require.NoError(t, api.Do(t.Context(), "POST", group+"/connections", connection, nil))

	setState(t, api, root.Flow.ID, "RUNNING")
	eventually(t, time.Minute, "FlowFiles at LogAttribute", func(ctx context.Context) error {
		var status struct {
			Processor struct {
				Snapshot struct {
					FlowFilesIn int `json:"flowFilesIn"`
				} `json:"aggregateSnapshot"`
			} `json:"processorStatus"`
		}
		if err := api.Do(ctx, "GET", "/flow/processors/"+sink+"/status", nil, &status); err != nil {
			return err
		}
		if status.Processor.Snapshot.FlowFilesIn < 3 { // one a node
			return fmt.Errorf("%d FlowFiles so far", status.Processor.Snapshot.FlowFilesIn)
		}
		return nil
	})
	setState(t, api, root.Flow.ID, "STOPPED")
}

func revision(version int) map[string]any { return map[string]any{"version": version} }

func addProcessor(t *testing.T, api *nifi.Client, group, kind string, config map[string]any) string {
	t.Helper()
	body := map[string]any{"revision": revision(0), "component": map[string]any{
		"type":   "org.apache.nifi.processors.standard." + kind,
		"bundle": map[string]any{"group": "org.apache.nifi", "artifact": "nifi-standard-nar", "version": "2.3.0"},
		"config": config,
	}}
	var made entity
	require.NoError(t, api.Do(t.Context(), "POST", group+"/processors", body, &made))
	return made.ID
}

func setState(t *testing.T, api *nifi.Client, group, state string) {
	t.Helper()
	require.NoError(t, api.Do(t.Context(), "PUT", "/flow/process-groups/"+group, map[string]any{"id": group, "state": state}, nil))
}
