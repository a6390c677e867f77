package plugin

import (
	"crypto/rand"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/overlay"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// changed is the overlay of a running cluster as an operation leaves it, not
// yet written: the folder must be that cluster's.
func (e Environment) changed(names topology.Names, init *initOptions) (*initOptions, error) {
	init.env, init.Name, init.Random = e, names.Cluster, rand.Reader
	if err := init.Complete(); err != nil {
		return nil, err
	}
	if init.isNew {
		return nil, usagef("--dir %s holds no overlay of cluster %q", init.Dir, names.Cluster)
	}
	if ns := init.cluster.Namespace; ns != names.Namespace {
		return nil, usagef("--dir %s is the overlay of a cluster in namespace %q, not %q", init.Dir, ns, names.Namespace)
	}
	return init, init.Validate()
}

// rewrite renders the overlay and writes it.
func (o *initOptions) rewrite() error {
	files, err := overlay.Render(o.cluster, o.secrets)
	if err != nil {
		return err
	}
	return o.save(files)
}
