package plugin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	v1 "github.com/kubectl-nifi/kubectl-nifi/pkg/findings/v1"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

const diagnoseExamples = `  # What is wrong with a cluster, how we know, and what to type
  kubectl nifi diagnose prod -n nifi

  # All clusters of all namespaces, for a script
  kubectl nifi diagnose -A -o json --fail-on critical

  # Wait until nothing is wrong any more
  kubectl nifi diagnose prod --wait --timeout 15m`

// How often and for how long diagnose looks.
const (
	lookTimeout  = 10 * time.Second // for all answers of one look
	waitTimeout  = 10 * time.Minute // for --wait
	waitInterval = 3 * time.Second
	diagnosedAt  = 4 // clusters at the same time
)

// diagnoseOptions finds what is wrong with clusters.
type diagnoseOptions struct {
	env Environment

	AllNamespaces bool
	Output        string
	FailOn        string
	Verbose       bool
	Wait          bool
	Timeout       time.Duration
	Credentials   credentials

	name       string
	connection connection
}

func newDiagnoseCommand(env Environment) *cobra.Command {
	o := &diagnoseOptions{env: env}
	command := &cobra.Command{
		Use:   "diagnose [NAME]",
		Short: "Find what is wrong with a cluster, how we know, and what mends it",
		Long: "Reads what Kubernetes, cert-manager and NiFi know of a cluster, and says what is wrong with it, worst first. " +
			"What only follows from something else is left out unless -v is given. docs/findings.md explains every finding. " +
			"Exit code 0: no finding at or above --fail-on; 1: there is one; 3: the API server can't be reached; 124: --wait ran out of time.",
		Example: diagnoseExamples,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.Validate(args); err != nil {
				return err
			}
			if err := o.Complete(); err != nil {
				return err
			}
			return o.Run(cmd.Context())
		},
	}
	command.ValidArgsFunction = env.completeOne
	flags := command.Flags()
	flags.BoolVarP(&o.AllNamespaces, "all-namespaces", "A", false, "Diagnose the clusters of all namespaces")
	flags.StringVarP(&o.Output, "output", "o", outputText, "Format: text, json or yaml")
	flags.StringVar(&o.FailOn, "fail-on", string(findings.Warning), "Exit with 1 if a finding is this bad or worse: critical, warning or info")
	flags.BoolVarP(&o.Verbose, "verbose", "v", false, "Show findings that follow from others, too")
	flags.BoolVar(&o.Wait, "wait", false, "Look again until no finding is as bad as --fail-on says")
	flags.DurationVar(&o.Timeout, "timeout", 0, "How long to wait for all answers (default 10s), or with --wait in all (default 10m)")
	o.Credentials.addFlags(flags)
	return command
}

// Validate checks the command line.
func (o *diagnoseOptions) Validate(args []string) error {
	if err := validateOutput(o.Output, outputText, outputJSON, outputYAML); err != nil {
		return err
	}
	switch {
	case len(args) > 1, len(args) == 1 && o.AllNamespaces, len(args) == 0 && !o.AllNamespaces:
		return usagef("give one NAME, the cluster's, or -A")
	case !slices.Contains(findings.Severities(), findings.Severity(o.FailOn)):
		return usagef("--fail-on must be critical, warning or info, not %q", o.FailOn)
	case o.Timeout < 0:
		return usagef("--timeout must be more than 0, not %s", o.Timeout)
	}
	if len(args) == 1 {
		o.name = args[0]
	}
	return o.Credentials.validate()
}

// Complete reads the kubeconfig; it sends nothing.
func (o *diagnoseOptions) Complete() error {
	if o.Timeout == 0 {
		o.Timeout = lookTimeout
		if o.Wait {
			o.Timeout = waitTimeout
		}
	}
	var err error
	o.connection, err = o.env.connect()
	return err
}

// diagnosis is a snapshot and what is wrong in it.
type diagnosis struct {
	cluster  view.Cluster
	findings []findings.Finding
}

// Run diagnoses, again and again with --wait, and prints the last diagnosis.
func (o *diagnoseOptions) Run(ctx context.Context) error {
	all, outOfTime, err := o.look(ctx)
	if err != nil {
		return err
	}
	if err := o.print(all); err != nil {
		return fmt.Errorf("printing the diagnosis: %w", err)
	}
	switch {
	case outOfTime:
		return fmt.Errorf("waiting for the findings to go: %w", context.DeadlineExceeded)
	case o.failed(all):
		return errFindings
	}
	return nil
}

// look takes diagnoses until they are good enough, or time is up.
func (o *diagnoseOptions) look(ctx context.Context) (all []diagnosis, outOfTime bool, err error) {
	names, err := o.clusters(ctx)
	if err != nil {
		return nil, false, err
	}
	if !o.Wait {
		all, err = o.diagnose(ctx, names, o.Timeout)
		return all, false, err
	}
	limit, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	ticks, stop := o.env.Every(waitInterval)
	defer stop()
	for {
		// A look is never cut short: half a snapshot would be another finding.
		if all, err = o.diagnose(ctx, names, min(lookTimeout, o.Timeout)); err != nil || !o.failed(all) {
			return all, false, err
		}
		select {
		case <-limit.Done():
			return all, true, ctx.Err()
		case <-ticks:
		}
	}
}

// failed tells that some finding is as bad as --fail-on says.
func (o *diagnoseOptions) failed(all []diagnosis) bool {
	return slices.ContainsFunc(all, func(d diagnosis) bool { return findings.AtLeast(d.findings, findings.Severity(o.FailOn)) })
}

// clusters is the names of the clusters to diagnose.
func (o *diagnoseOptions) clusters(ctx context.Context) ([]topology.Names, error) {
	if !o.AllNamespaces {
		return []topology.Names{{Cluster: o.name, Namespace: o.connection.namespace, Domain: "cluster.local"}}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, min(lookTimeout, o.Timeout))
	defer cancel()
	clusters, err := o.connection.client.Clusters(ctx, "", "", o.env.Now())
	if errors.Is(err, view.ErrUnreachable) || errors.Is(err, context.DeadlineExceeded) {
		return nil, o.env.apiServerDown(o.connection, err)
	}
	var names []topology.Names
	for _, cluster := range clusters {
		names = append(names, cluster.Names)
	}
	return names, err
}

// diagnose takes a snapshot of each cluster and judges it, a few at a time.
func (o *diagnoseOptions) diagnose(ctx context.Context, names []topology.Names, timeout time.Duration) ([]diagnosis, error) {
	all := make([]diagnosis, len(names))
	var group errgroup.Group
	group.SetLimit(diagnosedAt)
	for i, name := range names {
		group.Go(func() (err error) {
			all[i], err = o.one(ctx, name, timeout)
			return err
		})
	}
	return all, group.Wait()
}

func (o *diagnoseOptions) one(ctx context.Context, names topology.Names, timeout time.Duration) (diagnosis, error) {
	taking, err := o.env.snapshots(o.connection, names, &o.Credentials)
	if err != nil {
		return diagnosis{}, err
	}
	defer taking.close()
	taking.sources.Details = o.connection.client.Cluster(names)
	taking.sources.TLS = o.Credentials.tlsSources(o.connection.client, names, taking.pods)
	cluster := taking.take(ctx, timeout)
	if down, ok := cluster.Unreachable(); ok {
		return diagnosis{}, o.env.apiServerDown(o.connection, errors.New(down.Message))
	}
	return diagnosis{cluster: cluster, findings: findings.Judge(cluster)}, nil
}

func (o *diagnoseOptions) print(all []diagnosis) error {
	if o.Output == outputText {
		return diagnoseText{palette: o.env.palette(), verbose: o.Verbose}.write(o.env.Out, all)
	}
	documents := make([]v1.Diagnosis, 0, len(all))
	for _, d := range all {
		documents = append(documents, v1.From(d.cluster, d.findings))
	}
	if o.AllNamespaces {
		return printObject(o.env.Out, o.Output, v1.List(documents))
	}
	return printObject(o.env.Out, o.Output, documents[0])
}
