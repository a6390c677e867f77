package plugin

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/adopt"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

const adoptExamples = `  # What would be recorded of a cluster that a Helm chart made, and what NiFi would have to grant?
  kubectl nifi adopt flows-nifi flows --client-secret flows-admin --dry-run

  # Record it, with a client certificate from files, so that status, diagnose and certs serve it
  kubectl nifi adopt flows-nifi flows --nifi-client-certificate me.crt --nifi-client-key me.key --nifi-certificate-authority ca.crt

  # Let the healer look after it, too
  kubectl nifi adopt flows-nifi flows --client-secret flows-admin --healer-secret flows-healer --healer-mode suggest`

// adoptOptions records a cluster that somebody else made.
type adoptOptions struct {
	env Environment

	Credentials  credentials
	ClientSecret string
	HealerSecret string
	HealerFrom   string
	HealerMode   string
	TrustRestart string
	Container    string
	Properties   string
	DryRun       bool
	Yes          bool
	Timeout      time.Duration

	statefulSet string
	connection  connection
	names       topology.Names
}

func newAdoptCommand(env Environment) *cobra.Command {
	o := &adoptOptions{env: env}
	command := &cobra.Command{
		Use:   "adopt STATEFULSET [NAME]",
		Short: "Record how a cluster that something else made is laid out, so that it can be looked after",
		Long: "For clusters of Helm charts and hand-written YAML. Reads the StatefulSet and, with your right to exec, the nifi.properties of each pod, and records ports, names, leader election and where the stores are in Secret NAME-adopted. " +
			"Passwords stay where they are: only their place is recorded. Nothing that is there is changed. Then it gives the client certificates the policies they need, through NiFi's REST API. " +
			"docs/adopt.md says what works on an adopted cluster. Pods of an operator without a StatefulSet can't be adopted.",
		Example:           adoptExamples,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.Validate(args); err != nil {
				return err
			}
			if err := o.Complete(args); err != nil {
				return err
			}
			return o.Run(cmd.Context())
		},
	}
	flags := command.Flags()
	o.Credentials.addFlags(flags)
	flags.StringVar(&o.ClientSecret, "client-secret", "", "Secret with tls.crt, tls.key and ca.crt of an administrator, in place of the files (default: Secret NAME-admin-tls)")
	flags.StringVar(&o.HealerSecret, "healer-secret", "", "Secret with tls.crt, tls.key and ca.crt of the healer, which then looks after the cluster, too")
	flags.StringVar(&o.HealerFrom, "healer-namespace", "", "Namespace of nifi-healer (default: the cluster's)")
	flags.StringVar(&o.HealerMode, "healer-mode", topology.HealerAct, "What the healer may do: observe, suggest or act")
	flags.StringVar(&o.TrustRestart, "trust-restart", "rolling", "How far the healer may restart nodes whose trust has drifted: never, rolling or full")
	flags.StringVar(&o.Container, "container", "", "NiFi's container, where it isn't plain which it is")
	flags.StringVar(&o.Properties, "properties", adopt.DefaultProperties, "Path of nifi.properties in that container")
	flags.BoolVar(&o.DryRun, "dry-run", false, "Print what would be recorded and granted, and do neither")
	flags.BoolVarP(&o.Yes, "yes", "y", false, "Don't ask")
	flags.DurationVar(&o.Timeout, "timeout", time.Minute, "How long it may take")
	return command
}

// Validate checks the command line.
func (o *adoptOptions) Validate(args []string) error {
	modes := []string{topology.HealerObserve, topology.HealerSuggest, topology.HealerAct}
	restarts := []string{"never", "rolling", "full"}
	switch {
	case len(args) < 1 || len(args) > 2:
		return usagef("give the STATEFULSET, and the NAME that the cluster is to have here, if that is another")
	case len(validation.IsDNS1035Label(args[len(args)-1])) > 0:
		return usagef("%q is no NAME for a cluster: lower-case letters, digits and '-', a letter first", args[len(args)-1])
	case o.ClientSecret != "" && o.Credentials.fromFiles():
		return usagef("give --client-secret or --nifi-client-certificate, not both")
	case o.Credentials.token != "":
		return usagef("a token is good on the node that issued it, and not for long: give a client certificate")
	case !slices.Contains(modes, o.HealerMode):
		return usagef("--healer-mode must be observe, suggest or act, not %q", o.HealerMode)
	case !slices.Contains(restarts, o.TrustRestart):
		return usagef("--trust-restart must be never, rolling or full, not %q", o.TrustRestart)
	case o.HealerFrom != "" && o.HealerSecret == "":
		return usagef("--healer-namespace needs --healer-secret")
	case o.Timeout <= 0:
		return usagef("--timeout must be more than 0, not %s", o.Timeout)
	}
	return o.Credentials.validate()
}

// Complete reads the kubeconfig; it sends nothing.
func (o *adoptOptions) Complete(args []string) error {
	var err error
	if o.connection, err = o.env.connect(); err != nil {
		return err
	}
	o.statefulSet, o.names = args[0], o.connection.names(args[len(args)-1])
	if o.HealerSecret != "" && o.HealerFrom == "" {
		o.HealerFrom = o.names.Namespace
	}
	return nil
}

// Run looks, says what it found, and records it.
func (o *adoptOptions) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	found, err := o.look(ctx)
	if errors.Is(err, view.ErrUnreachable) || errors.Is(err, context.DeadlineExceeded) {
		return o.env.apiServerDown(o.connection, err)
	}
	if err != nil {
		return err
	}
	if ok, err := o.env.agree(found.String(), o.DryRun, o.Yes); !ok {
		return err
	}
	if err := o.keep(ctx, found); err != nil {
		return err
	}
	return o.grant(ctx, found)
}
