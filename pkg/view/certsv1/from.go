package certsv1

import (
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// From makes the document of a snapshot whose TLS facts were gathered. well and
// message are the judgement that goes with it.
func From(c view.Cluster, well bool, message string) ClusterCertificates {
	document := ClusterCertificates{
		APIVersion:  APIVersion,
		Kind:        KindCluster,
		Metadata:    Metadata{Name: c.Names.Cluster, Namespace: c.Names.Namespace, Time: c.Time.UTC().Truncate(time.Second)},
		Well:        well,
		Message:     message,
		Pods:        []Pod{},
		Trust:       TrustFrom(c.Trust()),
		Authorities: CertificatesFrom(c.Authorities),
		Forecast:    []Forecast{},
		Errors:      []Error{},
	}
	for _, c := range c.Certificates {
		document.Forecast = append(document.Forecast, Forecast{Name: c.Name, Secret: c.Secret, NotAfter: c.NotAfter.UTC(), RenewAt: c.RenewAt.UTC()})
	}
	for _, t := range c.TLS {
		document.Pods = append(document.Pods, podFrom(t, c.Known()))
	}
	for _, e := range c.Errors {
		document.Errors = append(document.Errors, Error{
			Source: string(e.Source), Subject: e.Subject, Reason: string(e.Reason), Message: e.Message,
		})
	}
	return document
}

func podFrom(t view.TLS, authorities []trust.Certificate) Pod {
	pod := Pod{
		Name:   t.Pod,
		Served: Served{Chain: CertificatesFrom(t.Served.Chain), Error: t.Served.Error},
		Files:  Files{Published: t.Files.Published, Chain: t.Files.Chain, Anchors: t.Files.Anchors, Error: t.Files.Error},
	}
	if t.Stores != nil {
		pod.Stores = storesFrom(*t.Stores)
	}
	if anchor, ok := trust.RootOf(t.Served.Chain, authorities); ok {
		pod.Served.Anchor = &anchor.Fingerprint
	}
	if _, held := t.Held(); len(t.Served.Chain) > 0 && held {
		same := !t.Stale()
		pod.FilesServed = &same
	}
	for _, r := range t.Files.Refusals {
		pod.Files.Refusals = append(pod.Files.Refusals, Refusal(r))
	}
	for _, a := range t.Accepts {
		pod.Accepts = append(pod.Accepts, Acceptance(a))
	}
	return pod
}

func storesFrom(s view.Stores) *Stores {
	stores := Stores{Keystore: []Entry{}, Truststore: []Anchor{}, Error: s.Error}
	for _, entry := range s.Keystore {
		stores.Keystore = append(stores.Keystore, Entry{Alias: entry.Alias, Chain: CertificatesFrom(entry.Chain)})
	}
	for _, entry := range s.Truststore {
		stores.Truststore = append(stores.Truststore, Anchor{Alias: entry.Alias, Certificate: CertificateFrom(entry.Chain[0])})
	}
	return &stores
}

// CertificatesFrom is the facts of each certificate.
func CertificatesFrom(all []trust.Certificate) []Certificate {
	certificates := []Certificate{}
	for _, c := range all {
		certificates = append(certificates, CertificateFrom(c))
	}
	return certificates
}

// CertificateFrom is the facts of a certificate.
func CertificateFrom(c trust.Certificate) Certificate {
	return Certificate{
		SHA256: c.Fingerprint, Subject: c.Subject, Issuer: c.Issuer, Serial: c.Serial,
		NotBefore: c.NotBefore, NotAfter: c.NotAfter, DNSNames: c.DNSNames, IPs: c.IPs,
		Key: c.Key, Usages: c.Usages, CA: c.CA,
	}
}

// TrustFrom is a matrix as a document.
func TrustFrom(m trust.Matrix) Trust {
	t := Trust{Verified: m.Verified(), Cells: []Cell{}, Groups: groupsFrom(m.Groups()), OddOnes: groupsFrom(m.OddOnes())}
	for _, row := range m.Cells {
		for _, c := range row {
			cell := Cell{From: c.From, To: c.To, Verdict: c.Verdict, Reason: c.Reason, Detail: c.Detail}
			if c.Verdict == trust.Yes {
				cell.Anchor = &c.Anchor
			}
			t.Cells = append(t.Cells, cell)
		}
	}
	return t
}

func groupsFrom(all []trust.Group) []Group {
	groups := []Group{}
	for _, g := range all {
		groups = append(groups, Group{
			Nodes: g.Nodes, Anchors: append([]trust.Fingerprint{}, g.Anchors...), Issuers: append([]trust.Fingerprint{}, g.Issuers...),
		})
	}
	return groups
}
