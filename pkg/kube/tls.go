package kube

import (
	"context"
	"fmt"
	"io"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

var _ view.TLSObjects = Cluster{}

// syncLines is how much is read of tls-sync's log. What it published last may
// lie behind refusals, which are said again each minute.
const (
	syncLines = 3000
	syncBytes = 8 << 20
)

// SyncLog reads the log of a pod's tls-sync container. The API server answers
// 400 for a container that hasn't had such a run.
func (c Cluster) SyncLog(ctx context.Context, pod string, previous bool) ([]byte, error) {
	lines := int64(syncLines)
	stream, err := c.client.api.log(c.names.Namespace, pod, &corev1.PodLogOptions{
		Container: "tls-sync", Previous: previous, TailLines: &lines,
	}).Stream(ctx)
	what := fmt.Sprintf("the log of tls-sync in pod %q", pod)
	if apierrors.IsBadRequest(err) {
		return nil, fmt.Errorf("reading %s: %w", what, view.ErrNotFound)
	}
	if err != nil {
		return nil, describe("reading", what, err)
	}
	defer func() { _ = stream.Close() }() // it is only read
	raw, err := io.ReadAll(io.LimitReader(stream, syncBytes))
	return raw, describe("reading", what, err)
}

// Authorities reads the certificates that signed the cluster's from its
// CertificateRequests, whose status is public where a Secret isn't.
func (c Cluster) Authorities(ctx context.Context) ([]trust.Certificate, error) {
	found, err := c.certificateRequests(ctx)
	if err != nil {
		return nil, err
	}
	var entries []trust.Entry
	for _, r := range found {
		if !strings.HasPrefix(r.Metadata.Annotations[annotationCertificate], c.names.Cluster+"-") {
			continue
		}
		if chain, err := trust.ParsePEM(r.Status.CA); err == nil { // absent until it is signed
			entries = append(entries, trust.Entry{Chain: chain})
		}
	}
	return trust.Certificates(entries), nil
}
