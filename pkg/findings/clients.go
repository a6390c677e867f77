package findings

import (
	"fmt"
	"slices"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// clientsBehind judges the certificate that NiFi is asked with, where nodes get
// their stores when they start: after restarts with a new root of their
// authority they let nobody of the old one in, and that certificate is in a
// Secret that nobody renews by itself. As long as some node answers for the
// cluster, or a coordinator of that root may yet, it is of use as it is.
func clientsBehind(f facts) []Finding {
	if f.Synced() || f.NodesFrom != "" || f.coordinatorOfOurRoot() {
		return nil
	}
	known := f.Known()
	for _, t := range f.TLS {
		root, ok := trust.RootOf(t.Served.Chain, known)
		for _, a := range t.Accepts {
			if !ok || a.Verdict == trust.Yes || a.Authority == root.Fingerprint {
				continue
			}
			return []Finding{find(ClientsBehind, "", f.clientRemedy(root),
				fmt.Sprintf("%s serves root %s, our certificate is of root %s: %s", t.Pod, root.Fingerprint.Short(), a.Authority.Short(), a.Detail))}
		}
	}
	return nil
}

// coordinatorOfOurRoot tells that the coordinator has the root of the certificate
// that NiFi is asked with: if it doesn't answer, that isn't why.
func (f facts) coordinatorOfOurRoot() bool {
	t := f.TLSOf(f.Coordinator())
	if t == nil {
		return false
	}
	root, ok := trust.RootOf(t.Served.Chain, f.Known())
	return ok && slices.ContainsFunc(t.Accepts, func(a view.Acceptance) bool { return a.Authority == root.Fingerprint })
}

// clientRemedy has the certificates issued by whoever signs for the cluster.
func (f facts) clientRemedy(root trust.Certificate) string {
	if f.Names.Adopted() || f.StatefulSet.Given() {
		return fmt.Sprintf("put a certificate of root %s, its key and that root into the Secrets %s and %s: tls.crt, tls.key, ca.crt",
			root.Fingerprint.Short(), f.Names.AdminSecret(), f.Names.HealerSecret())
	}
	return f.plugin("certs renew %s admin healer", f.Names.Cluster)
}
