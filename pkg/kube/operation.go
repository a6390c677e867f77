package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// annotationIncident is what nifi-healer remembers of a cluster.
const annotationIncident = topology.Prefix + "incident"

// Operation reads what changes the cluster on purpose, and who: nil if nobody
// does and nothing was cut, or if there is no such Lease.
func (c Cluster) Operation(ctx context.Context) (*view.Operation, error) {
	o, _, err := c.Notes(ctx)
	if errors.Is(err, ErrNoNotes) {
		return nil, nil
	}
	return o, err
}

// operationOf is what a record says, and an incident of the healer's; nil if
// that is nothing.
func operationOf(r operation.Record, incident string) *view.Operation {
	taken := takenByHealer(incident)
	if r.Holder == "" && r.Journal == nil && taken == nil {
		return nil
	}
	o := &view.Operation{Holder: r.Holder, Since: r.Since, Renewed: r.Renewed, Duration: r.Duration, Taken: taken}
	if j := r.Journal; j != nil {
		o.What, o.Step, o.Reason = j.String(), j.Step, j.Reason
		o.Taken = append(takenBy(*j, fmt.Sprintf("%s (%s)", j.Holder, j), false), taken...)
		if r.Holder == "" {
			o.Since, o.Renewed = j.Started, j.Updated
		}
	}
	return o
}

func takenBy(j operation.Journal, who string, healer bool) []view.Taken {
	var all []view.Taken
	for _, pod := range j.Own() {
		all = append(all, view.Taken{Pod: pod, By: who, Healer: healer, Since: j.Started, Last: j.Updated})
	}
	return all
}

// takenByHealer is the nodes that nifi-healer took out, by the journals in what
// it remembers. What can't be read the healer itself complains of.
func takenByHealer(incident string) []view.Taken {
	var memory struct {
		Incidents []struct{ Healing *operation.Journal }
	}
	if json.Unmarshal([]byte(incident), &memory) != nil {
		return nil
	}
	var all []view.Taken
	for _, i := range memory.Incidents {
		if i.Healing != nil {
			all = append(all, takenBy(*i.Healing, i.Healing.Holder, true)...)
		}
	}
	return all
}
