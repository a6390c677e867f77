package findings

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// served judges what each pod serves, what is in its files, and what tls-sync
// kept away from NiFi.
func served(f facts) []Finding {
	var all []Finding
	for _, t := range f.TLS {
		all = append(all, f.refusals(t)...)
		if leaf, known := t.Served.Leaf(); known {
			all = append(all, f.leaf(t.Pod, leaf)...)
			all = append(all, f.current(t, leaf)...)
		}
	}
	return all
}

// leaf judges the certificate a node identifies itself with.
func (f facts) leaf(pod string, leaf trust.Certificate) []Finding {
	apply := "kubectl apply -k of the overlay, whose Certificates have it right; then see that the issuer keeps what they ask for"
	var all []Finding
	add := func(id ID, remedy, format string, args ...any) {
		all = append(all, find(id, pod, remedy, fmt.Sprintf("%s serves serial %s: ", pod, leaf.Serial)+fmt.Sprintf(format, args...)))
	}
	switch {
	case !leaf.NotAfter.After(f.Time):
		add(Expired, f.renew(view.Certificate{Name: pod + "-tls", Secret: pod + "-tls"}), "it expired %s ago", f.since(leaf.NotAfter))
	case leaf.NotBefore.After(f.Time):
		add(NotYetValid, "set the clocks of the Kubernetes nodes and of the issuer right", "it is valid from %s, now is %s",
			leaf.NotBefore.Format(time.RFC3339), f.Time.UTC().Format(time.RFC3339))
	case leaf.NotAfter.Sub(f.Time) < expiresSoon:
		add(Expiring, f.renew(view.Certificate{Name: pod + "-tls", Secret: pod + "-tls"}), "it expires in %.0f hours", leaf.NotAfter.Sub(f.Time).Hours())
	}
	if name := f.Names.FQDN(pod); !covers(leaf.DNSNames, name) {
		add(NameMissing, apply, "its names are %s, not %s", strings.Join(leaf.DNSNames, ", "), name)
	}
	for _, usage := range []string{"serverAuth", "clientAuth"} {
		if len(leaf.Usages) > 0 && !slices.Contains(leaf.Usages, usage) && !slices.Contains(leaf.Usages, "any") {
			add(UsageMissing, apply, "its extended key usages are %s, not %s", strings.Join(leaf.Usages, ", "), usage)
		}
	}
	if want := "CN=" + pod; !slices.Contains(strings.Split(leaf.Subject, ","), want) {
		add(SubjectRewritten, "use an issuer that keeps subjects: NiFi knows nodes by them", "its subject is %q, without %s", leaf.Subject, want)
	}
	return all
}

// covers tells whether one of a certificate's names is this one (RFC 6125, 6.4).
func covers(names []string, name string) bool {
	_, parent, _ := strings.Cut(name, ".")
	return slices.Contains(names, name) || slices.Contains(names, "*."+parent)
}

// current judges whether a node serves what it should: what is in its files,
// and what cert-manager issued last.
func (f facts) current(t view.TLS, leaf trust.Certificate) []Finding {
	restart := f.kubectl("delete pod %s", t.Pod)
	if t.Stale() && t.Files.Known() && f.Age(t.Files.Published) > trustBudget {
		return []Finding{find(NotLoaded, t.Pod, restart,
			fmt.Sprintf("it serves %s, its files hold %s since %s", leaf.Fingerprint.Short(), t.Files.Chain[0].Short(), f.since(t.Files.Published)))}
	}
	m := slices.IndexFunc(f.Certificates, func(c view.Certificate) bool { return c.Secret == t.Pod+"-tls" })
	if m < 0 {
		return nil
	}
	c := f.Certificates[m]
	if c.NotBefore.After(leaf.NotBefore) && f.Age(c.NotBefore) > trustBudget {
		return []Finding{find(NotDelivered, t.Pod, f.kubectl("annotate pod %s kubectl-nifi.dev/nudge=1 --overwrite", t.Pod)+" makes the kubelet look again; "+f.kubectl("logs %s -c tls-sync", t.Pod)+" tells more",
			fmt.Sprintf("Certificate %s was renewed %s ago, the node serves the one of %s ago", c.Name, f.since(c.NotBefore), f.since(leaf.NotBefore)))}
	}
	return nil
}

// refusals judges what tls-sync did not take over, by its own words.
func (f facts) refusals(t view.TLS) []Finding {
	var all []Finding
	for _, r := range t.Files.Refusals {
		id, remedy := refusalOf(r)
		if slices.ContainsFunc(all, func(known Finding) bool { return known.ID == id }) {
			continue
		}
		evidence := fmt.Sprintf("tls-sync, %s ago: %s: %s", f.since(r.Time), r.Event, strings.TrimSpace(r.File+" "+r.Reason))
		all = append(all, find(id, t.Pod, strings.ReplaceAll(remedy, "SECRET", t.Pod+"-tls"), evidence))
	}
	return all
}

func refusalOf(r view.Refusal) (id ID, remedy string) {
	switch {
	case r.Event == "anchor-refused":
		return AnchorRefused, "correct the PEM in the Secret that the file is of"
	case strings.Contains(r.Reason, "different pairs"):
		return PairBroken, "kubectl delete secret SECRET makes cert-manager issue a pair anew"
	case strings.Contains(r.Reason, "PKCS#8"):
		return KeyUnreadable, "set spec.privateKey.encoding: PKCS8 in the Certificate of the node"
	default:
		return CertificateRefused, "kubectl delete secret SECRET makes cert-manager issue a pair anew"
	}
}
