package kube

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// Annotations of a CertificateRequest
// (https://cert-manager.io/docs/reference/annotations/).
const (
	annotationCertificate = "cert-manager.io/certificate-name"
	annotationRevision    = "cert-manager.io/certificate-revision"
)

// conditionIssuing is True on a Certificate that cert-manager is to issue anew,
// and False after an attempt that failed.
const conditionIssuing = "Issuing"

// Issuance is how far cert-manager is with a Certificate of the cluster.
type Issuance struct {
	Certificate string
	Secret      string
	Issuer      string        // its name
	Duration    time.Duration // how long each is valid; 0: the Certificate doesn't say
	NotAfter    time.Time     // zero until the first issuance
	RenewAt     time.Time     // when cert-manager means to renew it
	Revision    int           // how often it was issued
	Issuing     bool          // it is being issued
	Failures    int           // attempts that failed in a row
	Problem     string        // why it isn't issued, in cert-manager's words; empty if it says nothing

	Chain []trust.Certificate // what was issued last, leaf first; empty if no request is left that says it
	CA    []trust.Certificate // its ca.crt
}

// certificate is a Certificate of cert-manager.io/v1
// (https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.Certificate).
type certificate struct {
	Metadata metav1.ObjectMeta `json:"metadata"`
	Spec     struct {
		SecretName string           `json:"secretName"`
		IsCA       bool             `json:"isCA"`
		Duration   *metav1.Duration `json:"duration"`
		IssuerRef  operation.Issuer `json:"issuerRef"`
	} `json:"spec"`
	Status struct {
		NotAfter    metav1.Time        `json:"notAfter"`
		RenewalTime metav1.Time        `json:"renewalTime"`
		Revision    int                `json:"revision"`
		Failures    int                `json:"failedIssuanceAttempts"`
		Conditions  []metav1.Condition `json:"conditions"`
	} `json:"status"`
}

// Issuances reads how far cert-manager is with each Certificate of the cluster,
// by name. What was issued comes from CertificateRequests, whose status is
// public where a Secret isn't.
func (c Cluster) Issuances(ctx context.Context) ([]Issuance, error) {
	found, err := list[certificate](ctx, c.client, certificates(), c.names.Namespace, metav1.ListOptions{LabelSelector: c.selector(nil)})
	if err != nil {
		return nil, err
	}
	requests, err := c.certificateRequests(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(requests, func(a, b certificateRequest) int { return cmp.Compare(revisionOf(a), revisionOf(b)) })
	var all []Issuance
	for _, one := range found {
		i := issuanceOf(one)
		for _, r := range requests {
			if r.Metadata.Annotations[annotationCertificate] == i.Certificate {
				i.read(r)
			}
		}
		all = append(all, i)
	}
	slices.SortFunc(all, func(a, b Issuance) int { return cmp.Compare(a.Certificate, b.Certificate) })
	return all, nil
}

func revisionOf(r certificateRequest) int {
	revision, _ := strconv.Atoi(r.Metadata.Annotations[annotationRevision]) // 0 sorts before all
	return revision
}

func issuanceOf(c certificate) Issuance {
	i := Issuance{
		Certificate: c.Metadata.Name, Secret: c.Spec.SecretName, Issuer: c.Spec.IssuerRef.Name,
		NotAfter: c.Status.NotAfter.Time, RenewAt: c.Status.RenewalTime.Time, Revision: c.Status.Revision, Failures: c.Status.Failures,
	}
	if c.Spec.Duration != nil {
		i.Duration = c.Spec.Duration.Duration
	}
	for _, condition := range c.Status.Conditions {
		if condition.Type != conditionIssuing {
			continue
		}
		i.Issuing = condition.Status == metav1.ConditionTrue
		if !i.Issuing {
			i.Problem = oneLine(condition.Reason + ": " + condition.Message)
		}
	}
	return i
}

// read takes over what a request says, which is newer than those before it.
func (i *Issuance) read(r certificateRequest) {
	if request := requestOf(r); i.Issuing && !request.Ready && revisionOf(r) > i.Revision {
		i.Problem = oneLine(fmt.Sprintf("CertificateRequest %s: %s: %s", request.Name, request.Reason, request.Message))
	}
	if chain := certificatesIn(r.Status.Certificate); len(chain) > 0 && revisionOf(r) <= i.Revision {
		i.Chain, i.CA = chain, certificatesIn(r.Status.CA)
	}
}

// Leaf is the certificate that was issued last, if that is known.
func (i Issuance) Leaf() (trust.Certificate, bool) { return view.Served{Chain: i.Chain}.Leaf() }
