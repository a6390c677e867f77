package plugin

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// target is the one cluster that a command looks at, how long, and as whom.
type target struct {
	Timeout     time.Duration
	Credentials credentials

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
	if t.connection, err = env.connect(); err != nil {
		return err
	}
	t.names = t.connection.names(name)
	return nil
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

// steps runs them one after the other.
func steps(o aboutOne) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := o.Validate(); err != nil {
			return err
		}
		if err := o.Complete(args[0]); err != nil {
			return err
		}
		return o.Run(cmd.Context())
	}
}
