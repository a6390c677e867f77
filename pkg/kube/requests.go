package kube

import (
	"context"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// certificateRequest is a CertificateRequest of cert-manager.io/v1
// (https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.CertificateRequest).
type certificateRequest struct {
	Metadata metav1.ObjectMeta `json:"metadata"`
	Status   struct {
		CA          []byte             `json:"ca"`
		Certificate []byte             `json:"certificate"`
		Conditions  []metav1.Condition `json:"conditions"`
	} `json:"status"`
}

// certificateRequests reads those of the whole namespace; an annotation says
// whose they are.
func (c Cluster) certificateRequests(ctx context.Context) ([]certificateRequest, error) {
	return list[certificateRequest](ctx, c.client, resource("cert-manager.io", "certificaterequests"), c.names.Namespace, metav1.ListOptions{})
}

// Requests reads the newest CertificateRequest for each certificate of the
// cluster.
func (c Cluster) Requests(ctx context.Context) ([]view.CertificateRequest, error) {
	found, err := c.certificateRequests(ctx)
	if err != nil {
		return nil, err
	}
	newest := map[string]view.CertificateRequest{}
	for _, r := range found {
		request := requestOf(r)
		if !strings.HasPrefix(request.Certificate, c.names.Cluster+"-") || request.Created.Before(newest[request.Certificate].Created) {
			continue
		}
		newest[request.Certificate] = request
	}
	requests := []view.CertificateRequest{}
	for _, certificate := range sortedKeys(newest) {
		requests = append(requests, newest[certificate])
	}
	return requests, nil
}

func requestOf(r certificateRequest) view.CertificateRequest {
	request := view.CertificateRequest{
		Name: r.Metadata.Name, Certificate: r.Metadata.Annotations[annotationCertificate],
		Created: r.Metadata.CreationTimestamp.Truncate(time.Second),
		NoCA:    len(r.Status.Certificate) > 0 && len(r.Status.CA) == 0,
	}
	request.Chain, _ = trust.ParsePEM(r.Status.Certificate) // what isn't PEM is of no use to anybody
	for _, condition := range r.Status.Conditions {
		if condition.Type == "Ready" {
			request.Ready = condition.Status == metav1.ConditionTrue
			request.Reason, request.Message = condition.Reason, oneLine(condition.Message)
		}
		if condition.Type == "Denied" && condition.Status == metav1.ConditionTrue {
			request.Reason, request.Message = "Denied", oneLine(condition.Message)
			break
		}
	}
	return request
}
