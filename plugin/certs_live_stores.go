package plugin

import (
	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// stores reads keystores and truststores in a cluster's pods, with the person's
// right to exec.
func (c connection) stores(names topology.Names) (*view.StoreSources, error) {
	files, err := kube.NewPodFiles(c.config, names.Namespace)
	if err != nil {
		return nil, err
	}
	sources := &view.StoreSources{Files: files}
	if names.Adopted() {
		sources.Stated = c.client.Cluster(names).AdoptedStores
	}
	return sources, nil
}

// stores is the table of what keystores and truststores hold, a row a
// certificate; empty if none was read.
func (s certsText) stores() string {
	t := &table{}
	t.header("POD", "STORE", "ALIAS", "SHA-256", "SUBJECT", "ISSUED BY", "EXPIRES")
	rows := 0
	for _, pod := range s.cluster.TLS {
		if pod.Stores == nil {
			continue
		}
		for _, store := range []struct {
			name    string
			entries []trust.Entry
		}{{"keystore", pod.Stores.Keystore}, {"truststore", pod.Stores.Truststore}} {
			for _, entry := range store.entries {
				t.add(s.storeRow(pod.Pod, store.name, entry)...)
				rows++
			}
		}
	}
	if rows == 0 {
		return ""
	}
	return t.String()
}

func (s certsText) storeRow(pod, store string, entry trust.Entry) []cell {
	c := entry.Chain[0]
	expires := cell{text: humanExpiry(s.cluster.Time, c.NotAfter)}
	if !c.NotAfter.After(s.cluster.Time) {
		expires.paint = s.bad
	}
	return []cell{
		{text: pod}, {text: store}, {text: orDash(entry.Alias)}, {text: c.Fingerprint.Short()}, {text: c.Subject},
		{text: s.issuer(entry.Chain)}, expires,
	}
}
