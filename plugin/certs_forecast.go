package plugin

import (
	"slices"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// renewal is when cert-manager means to renew what it keeps in a Secret.
func (s certsText) renewal(secret string) cell {
	i := slices.IndexFunc(s.cluster.Certificates, func(c view.Certificate) bool { return c.Secret == secret })
	if i < 0 {
		return cell{text: "-"}
	}
	return s.due(s.cluster.Certificates[i])
}

// due is a renewal that is to come, or has not come.
func (s certsText) due(c view.Certificate) cell {
	due := cell{text: humanExpiry(s.cluster.Time, c.RenewAt)}
	if !c.RenewAt.IsZero() && !c.RenewAt.After(s.cluster.Time) {
		due.paint = s.warn
	}
	return due
}

// others is the certificates that no pod serves: of clients, of a root, and of
// nodes that may come.
func (s certsText) others() string {
	t := &table{}
	t.header("CERTIFICATE", "EXPIRES", "RENEWAL")
	for _, c := range s.cluster.Certificates {
		if slices.ContainsFunc(s.cluster.TLS, func(t view.TLS) bool { return c.Secret == t.Pod+"-tls" }) {
			continue
		}
		expires := cell{text: humanExpiry(s.cluster.Time, c.NotAfter)}
		if !c.NotAfter.IsZero() && !c.NotAfter.After(s.cluster.Time) {
			expires.paint = s.bad
		}
		t.add(cell{text: c.Name}, expires, s.due(c))
	}
	if len(t.rows) == 1 {
		return ""
	}
	return t.String()
}
