package plugin

import (
	"crypto/rand"
	"fmt"

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

// completeWith completes a command that changes what an overlay's document
// says: a --dir that can't be right is told before anything is changed.
func (o *operateOptions) completeWith(name, dir string, document func() (*initOptions, error)) error {
	if err := o.complete(o.env, name); err != nil || dir == "" || o.Abort {
		return err
	}
	_, err := document()
	return err
}

// follow brings the overlay up to date with what was done to the cluster, or
// warns that nobody has.
func (o *operateOptions) follow(dir string, document func() (*initOptions, error), warning string) error {
	if dir == "" {
		_, err := fmt.Fprintf(o.env.ErrOut, "warning: %s\n", warning)
		return err
	}
	init, err := document()
	if err != nil {
		return err
	}
	return init.rewrite()
}
