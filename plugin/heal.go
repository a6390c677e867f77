package plugin

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

const healExamples = `  # Which pods have another root than the CA signs with, and what would be done?
  kubectl nifi heal prod --trust --dry-run

  # Restart them, in the order that ends with everybody trusting everybody
  kubectl nifi heal prod --trust

  # Only as long as a majority stays CONNECTED
  kubectl nifi heal prod --trust --rolling

  # After Ctrl-C or a crash: the same again goes on, --abort stops it for good
  kubectl nifi heal prod --abort`

// healOptions brings pods to one root that get their stores when they start.
type healOptions struct {
	operateOptions
	Trust   bool
	Anchor  string
	Rolling bool
}

func newHealCommand(env Environment) *cobra.Command {
	o := &healOptions{operateOptions: operateOptions{env: env}}
	command := &cobra.Command{
		Use:   "heal NAME --trust",
		Short: "Restart the pods that have another root than the CA signs with now",
		Long: "For stores that NiFi doesn't load again, as those of a tls-toolkit's CA: a pod gets them when it starts. " +
			"Those that are out of the cluster restart first and at once, then those that take part, one after the other, the coordinator last. " +
			"The next one goes as soon as the one before serves a chain of the wanted root: CONNECTED it can only be when the coordinator has that root, too. " +
			"The wanted root is what the CA serves, if it can be asked, else that of the pod that started last. Nodes that a person took out are left alone.",
		Example: healExamples,
		Args:    oneName,
		RunE:    stepsOfAny(o),
	}
	flags := command.Flags()
	flags.BoolVar(&o.Trust, "trust", false, "Restart for trust; there is nothing else to heal by hand")
	flags.StringVar(&o.Anchor, "anchor", "", "SHA-256 of the root that all are to have (default: what the CA signs with)")
	flags.BoolVar(&o.Rolling, "rolling", false, "Never leave fewer nodes CONNECTED than a majority; refuse where that can't be")
	o.addFlags(flags)
	return command
}

// Validate checks the command line.
func (o *healOptions) Validate() error {
	switch {
	case !o.Trust && !o.Abort:
		return usagef("say --trust: it restarts pods")
	case o.Abort && o.Anchor != "":
		return usagef("--abort goes alone")
	case o.Anchor != "":
		if _, err := trust.ParseFingerprint(o.Anchor); err != nil {
			return usagef("--anchor: %w", err)
		}
	}
	return o.validate()
}

// Complete reads the kubeconfig; it sends nothing.
func (o *healOptions) Complete(name string) error { return o.complete(o.env, name) }

// Run heals.
func (o *healOptions) Run(ctx context.Context) error {
	done, err := o.change(ctx, func(s *operateSession) (operation.Intent, error) { return o.intent(ctx, s) })
	if err != nil || done == nil || !done.Done {
		return err
	}
	if done.Abort {
		_, err = fmt.Fprintf(o.env.Out, "cluster %s: taken back, no more pods restart\n", o.names.Cluster)
		return err
	}
	if _, err = fmt.Fprintf(o.env.Out, "cluster %s: every node has root SHA-256 %s and trusts every other\n", o.names.Cluster, done.Anchor); err != nil {
		return err
	}
	if done.Unseen != "" {
		fmt.Fprintf(o.env.ErrOut, "warning: that all are CONNECTED, only their readiness says: %s. If your client certificate is of another root, %s\n", done.Unseen, o.renewal())
	}
	if len(done.Left) > 0 {
		_, err = fmt.Fprintf(o.env.Out, "left alone, since a person took them out: %s; kubectl nifi restart %s %s when they may come back\n",
			strings.Join(done.Left, ", "), o.names.Cluster, strings.Join(done.Left, " "))
	}
	return err
}

// renewal is how the clients get certificates of the nodes' new root.
func (o *healOptions) renewal() string {
	if o.names.Adopted() {
		return fmt.Sprintf("put one of the new root into Secret %s, and for the healer into %s", o.names.AdminSecret(), o.names.HealerSecret())
	}
	return fmt.Sprintf("kubectl nifi certs renew %s admin healer -n %s has it issued anew, and the healer's", o.names.Cluster, o.names.Namespace)
}

// intent is the healing that was cut, or a new one.
func (o *healOptions) intent(ctx context.Context, s *operateSession) (operation.Intent, error) {
	wanted := strings.ToLower(o.Anchor)
	if cut, ok := s.resumed(operation.Heal); ok && (wanted == "" || wanted == cut.Anchor) {
		return cut, nil
	}
	if err := s.heal(ctx); err != nil {
		return operation.Intent{}, err
	}
	i := operation.Intent{Kind: operation.Heal, Anchor: wanted, Rolling: o.Rolling}
	if i.Anchor == "" {
		var err error
		if i.Anchor, err = s.wantedRoot(ctx); err != nil {
			return i, err
		}
	}
	return i, nil
}
