package plugin

import (
	"context"
	"time"

	"github.com/spf13/pflag"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation/live"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

const (
	operationTimeout = time.Hour
	stepPatience     = 15 * time.Minute // a large flow takes its time to load
	electionPatience = time.Minute
)

// operateOptions is what all commands that change a running cluster share.
type operateOptions struct {
	env Environment
	target
	DryRun bool
	Yes    bool
	Abort  bool
	Wait   bool

	document   live.Document // rotate-ca: the overlay's; nil if there is none
	noDocument bool          // rotate-ca: somebody else sees to it
}

func (o *operateOptions) addFlags(flags *pflag.FlagSet) {
	o.target.addFlags(flags, operationTimeout, "How long it may take in all; what is not done by then can be resumed")
	flags.BoolVar(&o.DryRun, "dry-run", false, "Print what would be done, with its numbers, and change nothing")
	flags.BoolVarP(&o.Yes, "yes", "y", false, "Don't ask")
	flags.BoolVar(&o.Wait, "wait", true, "Wait until the nodes are where they should be; without, end once nothing is left to do but wait")
	flags.BoolVar(&o.Abort, "abort", false, "Take back what an operation that was cut has begun")
}

func (o *operateOptions) validate() error {
	if o.Abort && o.DryRun {
		return usagef("--abort and --dry-run exclude each other")
	}
	return o.target.validate()
}

// change carries an intent out: plan, numbers, consent, steps.
func (o *operateOptions) change(ctx context.Context, want func(*operateSession) (operation.Intent, error)) (*operation.Journal, error) {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	s, err := o.open(ctx)
	if err != nil {
		return nil, err
	}
	defer s.close()
	var intent operation.Intent
	if !o.Abort {
		if intent, err = want(s); err != nil && s.record.Journal == nil { // else that comes first
			return nil, err
		}
	}
	j, err := s.journal(intent)
	if err != nil {
		return nil, err
	}
	return s.carry(ctx, j)
}

// pods checks that names are pods of the cluster: "prod-1", or its number.
func (o *operateOptions) pods(args []string) ([]string, error) {
	var pods []string
	for _, arg := range args {
		pod := arg
		if o.names.Ordinal(pod) < 0 {
			pod = o.names.StatefulSet() + "-" + arg
		}
		if ordinal := o.names.Ordinal(pod); ordinal < 0 || ordinal >= topology.MaxNodes || pod != o.names.Pod(ordinal) {
			return nil, usagef("%q is no node of cluster %q: nodes are called %s, %s …", arg, o.names.Cluster, o.names.Pod(0), o.names.Pod(1))
		}
		pods = append(pods, pod)
	}
	return pods, nil
}
