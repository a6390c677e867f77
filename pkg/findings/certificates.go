package findings

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// certificates judges the cert-manager Certificates: whether they are issued,
// and whether there is one for each node.
func certificates(f facts) []Finding {
	var all []Finding
	for _, c := range f.Certificates {
		all = append(all, f.certificate(c)...)
	}
	for _, id := range []ID{NotIssued, IssuerMissing, RequestRefused} {
		all = together(all, id)
	}
	return append(all, append(f.uncertified(), f.notGiven()...)...)
}

// together makes one finding of several of a kind: an issuer or a cert-manager
// that is out is out for every Certificate of the cluster.
func together(all []Finding, id ID) []Finding {
	var same, rest []Finding
	var subjects []string
	for _, f := range all {
		if f.ID != id {
			rest = append(rest, f)
			continue
		}
		same, subjects = append(same, f), append(subjects, f.Subject)
	}
	if len(same) < 2 {
		return all
	}
	return append(rest, find(id, "", same[0].Remedy,
		append([]string{fmt.Sprintf("%d certificates wait: %s", len(same), strings.Join(subjects, ", "))}, same[0].Evidence...)...))
}

// subject is the pod whose certificate it is, else the certificate itself.
func (f facts) subject(c view.Certificate) string {
	for _, p := range f.Pods {
		if c.Secret == p.Name+"-tls" {
			return p.Name
		}
	}
	return c.Name
}

// needed tells that somebody uses the certificate: ordinals that have no pod
// have certificates in advance.
func (f facts) needed(c view.Certificate) bool {
	ordinal := strings.TrimSuffix(strings.TrimPrefix(c.Secret, f.Names.Cluster+"-"), "-tls")
	isNode := ordinal != "" && strings.Trim(ordinal, "0123456789") == ""
	return !isNode || slices.Contains(f.wanted(), strings.TrimSuffix(c.Secret, "-tls"))
}

func (f facts) certificate(c view.Certificate) []Finding {
	if !f.needed(c) {
		return nil
	}
	request := f.request(c)
	switch left := c.NotAfter.Sub(f.Time); {
	case !c.Ready:
		return f.notIssued(c, request)
	case c.NotAfter.IsZero():
		return nil
	case left <= 0:
		return []Finding{find(Expired, f.subject(c), f.renew(c), fmt.Sprintf("Certificate %s expired %s ago", c.Name, f.since(c.NotAfter)))}
	case left < expiresSoon:
		return []Finding{find(Expiring, f.subject(c), f.renew(c), fmt.Sprintf("Certificate %s expires in %.0f hours; it should have been renewed at %s",
			c.Name, left.Hours(), c.RenewAt.UTC().Format("2006-01-02 15:04Z")))}
	case request != nil && request.NoCA:
		return []Finding{find(NoAnchor, f.subject(c), "use an issuer that says who signed (kind CA, Vault …): ACME issuers can't sign nodes",
			fmt.Sprintf("CertificateRequest %s was issued by %s without ca.crt", request.Name, c.Issuer))}
	}
	return nil
}

// notIssued judges why a Certificate is not ready, once it has had its time.
func (f facts) notIssued(c view.Certificate, request *view.CertificateRequest) []Finding {
	evidence := []string{fmt.Sprintf("Certificate %s is not ready (%s): %s", c.Name, c.Reason, c.Message)}
	if request != nil {
		evidence = append(evidence, fmt.Sprintf("CertificateRequest %s, made %s ago: %s: %s", request.Name, f.since(request.Created), request.Reason, request.Message))
	}
	said := strings.Join(evidence, " ")
	switch {
	case c.Failures == 0 && (request == nil || f.Age(request.Created) < startBudget && request.Reason == "Pending") && f.fresh():
		return nil
	case strings.Contains(said, "not found") && strings.Contains(said, "ssuer"), strings.Contains(said, "IssuerNotReady"), strings.Contains(said, "does not have a Ready status"):
		return []Finding{find(IssuerMissing, f.subject(c), fmt.Sprintf("see spec.tls.issuerRef and %s", f.kubectl("get issuers,clusterissuers")), evidence...)}
	case request != nil && (request.Reason == "Failed" || request.Reason == "Denied"), c.Failures > 0:
		return []Finding{find(RequestRefused, f.subject(c), f.kubectl("describe certificaterequest -l app.kubernetes.io/instance=%s", f.Names.Cluster), evidence...)}
	default:
		return []Finding{find(NotIssued, f.subject(c), f.kubectl("describe certificate %s", c.Name)+"; see that cert-manager runs", evidence...)}
	}
}

// fresh tells that the cluster has just been made, so that its certificates
// may still be on their way.
func (f facts) fresh() bool {
	return f.StatefulSet != nil && f.Age(f.StatefulSet.Created) < startBudget
}

func (f facts) request(c view.Certificate) *view.CertificateRequest {
	i := slices.IndexFunc(f.detail.Requests, func(r view.CertificateRequest) bool { return r.Certificate == c.Name })
	if i < 0 {
		return nil
	}
	return &f.detail.Requests[i]
}

// renew is the command that has a certificate issued anew; of a root that would
// be a change for all that it has signed.
func (f facts) renew(c view.Certificate) string {
	who := strings.TrimSuffix(strings.TrimPrefix(c.Secret, f.Names.Cluster+"-"), "-tls")
	switch {
	case f.StatefulSet == nil || f.StatefulSet.CertManager():
	case f.StatefulSet.Given():
		return fmt.Sprintf("put a new certificate, its key and its root into Secret %s: tls.crt, tls.key, ca.crt", c.Secret)
	default:
		return fmt.Sprintf("kubectl nifi restart %s %s -n %s: a node asks for a new certificate when it starts", f.Names.Cluster, strings.TrimSuffix(c.Secret, "-tls"), f.Names.Namespace)
	}
	if who == "ca" || strings.HasPrefix(who, "ca-") {
		return fmt.Sprintf("kubectl nifi rotate-ca %s -n %s", f.Names.Cluster, f.Names.Namespace)
	}
	return fmt.Sprintf("kubectl nifi certs renew %s %s -n %s; see that cert-manager runs", f.Names.Cluster, who, f.Names.Namespace)
}

// notGiven judges nodes and clients whose Secret nobody has made.
func (f facts) notGiven() []Finding {
	if f.detail.Secrets == nil {
		return nil
	}
	var all []Finding
	miss := func(subject, secret, without string) {
		if !slices.Contains(f.detail.Secrets, secret) {
			all = append(all, find(NoCertificate, subject, fmt.Sprintf("make Secret %s with tls.crt, tls.key (PKCS#8) and ca.crt", secret), fmt.Sprintf("there is no Secret %s, without which %s", secret, without)))
		}
	}
	for _, pod := range f.wanted() {
		miss(pod, pod+"-tls", "the node doesn't start")
	}
	miss(f.Names.AdminSecret(), f.Names.AdminSecret(), "NiFi can't be asked")
	return all
}

// uncertified judges pods that have no Certificate: more replicas than the
// overlay was made for.
func (f facts) uncertified() []Finding {
	if len(f.Certificates) == 0 {
		return nil
	}
	var all []Finding
	for _, pod := range f.wanted() {
		if !slices.ContainsFunc(f.Certificates, func(c view.Certificate) bool { return c.Secret == pod+"-tls" }) {
			all = append(all, find(NoCertificate, pod, "raise spec.maxReplicas, run kubectl nifi init and kubectl apply -k again",
				fmt.Sprintf("there are %d replicas and no Certificate for Secret %s-tls", f.StatefulSet.Desired, pod)))
		}
	}
	return all
}
