//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

type entity struct {
	ID string `json:"id"`
}

// testFlow builds GenerateFlowFile → LogAttribute as the seeded administrator,
// runs it and stops it.
func testFlow(t *testing.T, c cluster) {
	api := c.admin(t, c.Pod(0))
	group, sink := buildFlow(t, api, map[string]any{"schedulingPeriod": "1 sec"})
	setState(t, api, group, "RUNNING")
	eventually(t, time.Minute, "FlowFiles at LogAttribute", func(ctx context.Context) error {
		in, err := received(ctx, api, sink)
		if err != nil {
			return err
		}
		if in < 3 { // one a node
			return fmt.Errorf("%d FlowFiles so far", in)
		}
		return nil
	})
	setState(t, api, group, "STOPPED")
}

// buildFlow puts GenerateFlowFile, configured like this, before LogAttribute. It
// returns the ids of the root group and of LogAttribute.
func buildFlow(t *testing.T, api *nifi.Client, generate map[string]any) (group, sink string) {
	t.Helper()
	var root struct {
		Flow entity `json:"processGroupFlow"`
	}
	send(t, api, "GET", "/flow/process-groups/root", nil, &root)
	path := "/process-groups/" + root.Flow.ID
	source := addProcessor(t, api, path, "GenerateFlowFile", generate)
	sink = addProcessor(t, api, path, "LogAttribute", map[string]any{"autoTerminatedRelationships": []string{"success"}})
	end := func(id string) map[string]any {
		return map[string]any{"id": id, "groupId": root.Flow.ID, "type": "PROCESSOR"}
	}
	connection := map[string]any{"revision": revision(0), "component": map[string]any{
		"source": end(source), "destination": end(sink), "selectedRelationships": []string{"success"}}}
	send(t, api, "POST", path+"/connections", connection, nil)
	return root.Flow.ID, sink
}

// received is how many FlowFiles came to a processor in the last five minutes.
func received(ctx context.Context, api *nifi.Client, processor string) (int, error) {
	var status struct {
		Processor struct {
			Snapshot struct {
				FlowFilesIn int `json:"flowFilesIn"`
			} `json:"aggregateSnapshot"`
		} `json:"processorStatus"`
	}
	err := api.Do(ctx, "GET", "/flow/processors/"+processor+"/status", nil, &status)
	return status.Processor.Snapshot.FlowFilesIn, err
}

// send asks for a change until it is taken: a node passes it on to every other,
// and for a while after one has got a new address it finds the old one.
func send(t *testing.T, api *nifi.Client, method, path string, body, into any) {
	t.Helper()
	said := ""
	eventually(t, time.Minute, method+" "+path, func(ctx context.Context) error {
		err := api.Do(ctx, method, path, body, into)
		if err != nil && err.Error() != said {
			said = err.Error()
			t.Log("tried again:", said)
		}
		return err
	})
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
	send(t, api, "POST", group+"/processors", body, &made)
	return made.ID
}

func setState(t *testing.T, api *nifi.Client, group, state string) {
	t.Helper()
	send(t, api, "PUT", "/flow/process-groups/"+group, map[string]any{"id": group, "state": state}, nil)
}
