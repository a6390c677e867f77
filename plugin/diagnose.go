package plugin

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	v1 "github.com/kubectl-nifi/kubectl-nifi/pkg/findings/v1"
)

const diagnoseExamples = `  # What is wrong with a cluster, how we know, and what to type
  kubectl nifi diagnose prod -n nifi

  # All clusters of all namespaces, for a script
  kubectl nifi diagnose -A -o json --fail-on critical

  # Wait until nothing is wrong any more
  kubectl nifi diagnose prod --wait --timeout 15m

  # Before the first apply: what would keep a cluster from starting here?
  kubectl nifi diagnose --pre -n nifi --storage-class fast

  # Without a server: what is wrong with an overlay?
  kubectl nifi diagnose --offline -k prod`

// diagnoseOptions finds what is wrong with clusters.
type diagnoseOptions struct {
	env Environment

	AllNamespaces bool
	Output        string
	FailOn        string
	Verbose       bool
	Wait          bool
	Timeout       time.Duration
	Pre           bool
	StorageClass  string
	Offline       bool
	Dir           string
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
			if o.Offline {
				return o.runOffline()
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
	flags.BoolVar(&o.Pre, "pre", false, "Judge the namespace before the first apply, in place of a cluster")
	flags.StringVar(&o.StorageClass, "storage-class", "", "With --pre: the StorageClass that volumes will have (default: the default one)")
	flags.BoolVar(&o.Offline, "offline", false, "Judge an overlay's folder, with no server, in place of a cluster")
	flags.StringVarP(&o.Dir, "kustomize", "k", "", "With --offline: the folder; with --pre: whose pods there will be (default: those of a new overlay)")
	o.Credentials.addFlags(flags)
	return command
}

// Validate checks the command line.
func (o *diagnoseOptions) Validate(args []string) error {
	if err := validateOutput(o.Output, outputText, outputJSON, outputYAML); err != nil {
		return err
	}
	subjects := len(args)
	for _, other := range []bool{o.AllNamespaces, o.Pre, o.Offline} {
		if other {
			subjects++
		}
	}
	switch {
	case subjects != 1:
		return usagef("give one of: a NAME, the cluster's; -A; --pre; --offline")
	case (o.Pre || o.Offline) && o.Wait:
		return usagef("--pre and --offline look once: leave out --wait")
	case o.Offline && o.Dir == "":
		return usagef("--offline needs --kustomize")
	case o.Dir != "" && !o.Offline && !o.Pre:
		return usagef("--kustomize goes with --offline or --pre")
	case !o.Pre && o.StorageClass != "":
		return usagef("--storage-class goes with --pre")
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

// Run diagnoses, again and again with --wait, and prints the last diagnosis.
func (o *diagnoseOptions) Run(ctx context.Context) error {
	if o.Pre {
		return o.runPre(ctx)
	}
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
