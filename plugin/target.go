package plugin

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// target is the one cluster that a command looks at, how long, and as whom.
type target struct {
	Timeout     time.Duration
	Credentials credentials

	env        Environment
	connection connection
	names      topology.Names
}

func (t *target) addFlags(flags *pflag.FlagSet, timeout time.Duration, usage string) {
	flags.DurationVar(&t.Timeout, "timeout", timeout, usage)
	t.Credentials.addFlags(flags)
}

func (t *target) validate() error {
	if t.Timeout <= 0 {
		return usagef("--timeout must be more than 0, not %s", t.Timeout)
	}
	return t.Credentials.validate()
}

// complete reads the kubeconfig; it sends nothing.
func (t *target) complete(env Environment, name string) error {
	var err error
	t.env = env
	if t.connection, err = env.connect(); err != nil {
		return err
	}
	t.names = t.connection.names(name)
	return nil
}

// resolve asks whether the cluster was adopted, and if so, how it is laid out.
func (t *target) resolve(ctx context.Context) (topology.Names, error) {
	var err error
	t.names, err = t.env.resolve(ctx, t.connection, t.names)
	return t.names, err
}

// snapshots takes snapshots of the target.
func (t *target) snapshots(env Environment) (*snapshots, error) {
	return env.snapshots(t.connection, t.names, &t.Credentials)
}

// aboutOne is a command about one cluster, in its three steps.
type aboutOne interface {
	Validate() error
	Complete(name string) error
	Run(ctx context.Context) error
}

// resolver is a command whose cluster may have been adopted.
type resolver interface {
	resolve(ctx context.Context) (topology.Names, error)
}

// steps runs them one after the other, for a cluster that we rendered. An
// adopted one is refused: what the command changes is not ours there.
func steps(o aboutOne) func(*cobra.Command, []string) error {
	return allSteps(o, func(cmd *cobra.Command, names topology.Names) error {
		return fmt.Errorf("cluster %q was adopted, so %s can do nothing about it: what it would change belongs to whoever made StatefulSet %q; see docs/adopt.md",
			names.Cluster, cmd.CommandPath(), names.StatefulSet())
	})
}

// stepsOfAny is steps that serve adopted clusters, too.
func stepsOfAny(o aboutOne) func(*cobra.Command, []string) error {
	return allSteps(o, func(*cobra.Command, topology.Names) error { return nil })
}

func allSteps(o aboutOne, adopted func(*cobra.Command, topology.Names) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := o.Validate(); err != nil {
			return err
		}
		if err := o.Complete(args[0]); err != nil {
			return err
		}
		if r, resolves := o.(resolver); resolves {
			names, err := r.resolve(cmd.Context())
			if err == nil && names.Adopted() {
				err = adopted(cmd, names)
			}
			if err != nil {
				return err
			}
		}
		return o.Run(cmd.Context())
	}
}
