package findings

import (
	"fmt"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// rootsDiffer judges nodes that get their stores when they start, and not
// again: who signed for them then is who they trust until they restart. A chain
// by the tls-toolkit brings its root along, so that this needs no look into any
// store. If every node got in after its start, and nobody is known to refuse
// another, their truststores hold all roots.
func (f facts) rootsDiffer() []Finding {
	if f.NodesFrom != "" && f.StatefulSet != nil && f.Connected() >= f.StatefulSet.Desired && len(f.Trust().Refusals()) == 0 {
		return nil
	}
	known := f.Known()
	var roots []trust.Certificate
	by := map[trust.Fingerprint][]string{}
	for _, t := range f.TLS {
		root, ok := trust.RootOf(t.Served.Chain, known)
		if !ok {
			continue
		}
		if by[root.Fingerprint] == nil {
			roots = append(roots, root)
		}
		by[root.Fingerprint] = append(by[root.Fingerprint], t.Pod)
	}
	if len(roots) < 2 {
		return nil
	}
	var evidence []string
	for _, root := range roots {
		evidence = append(evidence, fmt.Sprintf("root %s (%s) signed for %s", root.Fingerprint.Short(), root.Subject, strings.Join(by[root.Fingerprint], ", ")))
	}
	return []Finding{find(RootsDiffer, "", f.plugin("heal %s --trust --dry-run", f.Names.Cluster)+" says which pods must restart, and in which order; without --dry-run it does", evidence...)}
}
