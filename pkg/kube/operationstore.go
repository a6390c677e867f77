package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// Annotations of the Lease that is lock and journal. The number of replicas is
// what an admission policy compares a StatefulSet's with.
const (
	annotationJournal  = topology.Prefix + "journal"
	annotationLast     = topology.Prefix + "last-operation"
	annotationReplicas = topology.Prefix + "replicas"
)

var _ operation.Store = Cluster{}

// Load reads the lock and the journals from the operation Lease.
func (c Cluster) Load(ctx context.Context) (operation.Record, error) {
	return c.client.Lock(c.names.Namespace, c.names.OperationLease()).Load(ctx)
}

// Save writes lock and journals, if the Lease is still as it was loaded.
func (c Cluster) Save(ctx context.Context, r operation.Record) (string, error) {
	return c.client.Lock(c.names.Namespace, c.names.OperationLease()).Save(ctx, r)
}

// leaseStore is a lock, and its journals, on a Lease.
type leaseStore struct {
	client          *Client
	namespace, name string
}

// Lock is the lock on a Lease that exists.
func (c *Client) Lock(namespace, lease string) operation.Store {
	return leaseStore{c, namespace, lease}
}

// Load implements operation.Store.
func (s leaseStore) Load(ctx context.Context) (operation.Record, error) {
	lease, err := s.client.api.leases(s.namespace).Get(ctx, s.name, metav1.GetOptions{})
	if err != nil {
		return operation.Record{}, describe("reading", fmt.Sprintf("Lease %q", s.name), err)
	}
	return recordOf(lease)
}

func recordOf(lease *coordinationv1.Lease) (operation.Record, error) {
	var err error
	r := operation.Record{Revision: lease.ResourceVersion}
	if r.Journal, err = journalOf(lease, annotationJournal); err != nil {
		return r, err
	}
	if r.Last, err = journalOf(lease, annotationLast); err != nil {
		return r, err
	}
	spec := lease.Spec
	if spec.HolderIdentity == nil || *spec.HolderIdentity == "" {
		return r, nil
	}
	r.Holder = *spec.HolderIdentity
	if spec.AcquireTime != nil {
		r.Since = spec.AcquireTime.Time
	}
	if spec.RenewTime != nil {
		r.Renewed = spec.RenewTime.Time
	}
	if spec.LeaseDurationSeconds != nil {
		r.Duration = time.Duration(*spec.LeaseDurationSeconds) * time.Second
	}
	return r, nil
}

func journalOf(lease *coordinationv1.Lease, annotation string) (*operation.Journal, error) {
	text, ok := lease.Annotations[annotation]
	if !ok {
		return nil, nil
	}
	var j operation.Journal
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return nil, fmt.Errorf("reading annotation %s of Lease %q: %w; if no operation runs, remove the annotation", annotation, lease.Name, err)
	}
	return &j, nil
}

// Save implements operation.Store.
func (s leaseStore) Save(ctx context.Context, r operation.Record) (string, error) {
	annotations := map[string]any{}
	if err := setJournal(annotations, annotationJournal, r.Journal); err != nil {
		return "", err
	}
	if err := setJournal(annotations, annotationLast, r.Last); err != nil {
		return "", err
	}
	annotations[annotationReplicas] = nil
	if r.Holder != "" && r.Journal != nil && r.Journal.Size > 0 {
		annotations[annotationReplicas] = strconv.Itoa(r.Journal.Size)
	}
	lease, err := s.client.patchLease(ctx, s.namespace, s.name, map[string]any{
		"metadata": map[string]any{"resourceVersion": r.Revision, "annotations": annotations},
		"spec":     lockSpec(r),
	})
	if apierrors.IsConflict(err) {
		return "", fmt.Errorf("changing Lease %q: %w", s.name, operation.ErrChanged)
	}
	if err != nil {
		return "", describe("changing", fmt.Sprintf("Lease %q", s.name), err)
	}
	return lease.ResourceVersion, nil
}

func setJournal(annotations map[string]any, annotation string, j *operation.Journal) error {
	annotations[annotation] = nil
	if j == nil {
		return nil
	}
	raw, err := json.Marshal(j)
	annotations[annotation] = string(raw)
	return err
}

// lockSpec is the Lease's spec. A lock that was given back has no holder, and
// keeps no field that the next one would have to explain.
func lockSpec(r operation.Record) map[string]any {
	if r.Holder == "" {
		return map[string]any{"holderIdentity": nil, "acquireTime": nil, "renewTime": nil, "leaseDurationSeconds": nil}
	}
	return map[string]any{
		"holderIdentity":       r.Holder,
		"acquireTime":          metav1.NewMicroTime(r.Since),
		"renewTime":            metav1.NewMicroTime(r.Renewed),
		"leaseDurationSeconds": int(r.Duration.Seconds()),
	}
}
