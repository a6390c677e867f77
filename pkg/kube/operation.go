package kube

import (
	"context"
	"errors"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// Operation reads what changes the cluster on purpose, and who: nil if nobody
// does and nothing was cut, or if there is no such Lease.
func (c Cluster) Operation(ctx context.Context) (*view.Operation, error) {
	r, err := c.Load(ctx)
	if errors.Is(err, view.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return operationOf(r), nil
}

func operationOf(r operation.Record) *view.Operation {
	if r.Holder == "" && r.Journal == nil {
		return nil
	}
	o := &view.Operation{Holder: r.Holder, Since: r.Since, Renewed: r.Renewed, Duration: r.Duration}
	if j := r.Journal; j != nil {
		o.What, o.Step, o.Reason = j.String(), j.Step, j.Reason
		if r.Holder == "" {
			o.Since, o.Renewed = j.Started, j.Updated
		}
	}
	return o
}
