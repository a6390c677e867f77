package kube

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// Operation reads who holds the cluster's lock; nil if nobody does, or if
// there is no such Lease.
func (c Cluster) Operation(ctx context.Context) (*view.Operation, error) {
	name := c.names.OperationLease()
	lease, err := c.client.coordination.Leases(c.names.Namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, describe("reading", fmt.Sprintf("Lease %q", name), err)
	}
	spec := lease.Spec
	if spec.HolderIdentity == nil || *spec.HolderIdentity == "" {
		return nil, nil
	}
	operation := &view.Operation{Holder: *spec.HolderIdentity}
	if spec.AcquireTime != nil {
		operation.Since = spec.AcquireTime.Time
	}
	if spec.RenewTime != nil {
		operation.Renewed = spec.RenewTime.Time
	}
	if spec.LeaseDurationSeconds != nil {
		operation.Duration = time.Duration(*spec.LeaseDurationSeconds) * time.Second
	}
	return operation, nil
}
