package findings

import (
	"fmt"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// clientsBehind judges the certificate that NiFi is asked with, where nodes get
// their stores when they start: after restarts with a new root of their
// authority they let nobody of the old one in, and that certificate is in a
// Secret that nobody renews by itself. As long as some node answers for the
// cluster it is of use as it is.
func clientsBehind(f facts) []Finding {
	if f.Synced() || f.NodesFrom != "" {
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

// clientRemedy has the certificates issued by whoever signs for the cluster.
func (f facts) clientRemedy(root trust.Certificate) string {
	if f.Names.Adopted() || f.StatefulSet.Given() {
		return fmt.Sprintf("put a certificate of root %s, its key and that root into the Secrets %s and %s: tls.crt, tls.key, ca.crt",
			root.Fingerprint.Short(), f.Names.AdminSecret(), f.Names.HealerSecret())
	}
	return f.plugin("certs renew %s admin healer", f.Names.Cluster)
}
