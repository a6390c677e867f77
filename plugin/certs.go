package plugin

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view/certsv1"
)

const certsExamples = `  # What each node serves, holds and accepts, and who trusts whom
  kubectl nifi certs prod -n nifi

  # Keystores and truststores as they are in the pods, alias by alias
  kubectl nifi certs prod --stores

  # Every fact, for a program
  kubectl nifi certs prod -o json

  # Who trusts whom by keystores and truststores alone, with no cluster
  kubectl nifi certs compare prod-0=prod-0/keystore.jks,prod-0/truststore.jks prod-1=prod-1/keystore.jks,prod-1/truststore.jks`

// certsOptions shows who trusts whom in one cluster.
type certsOptions struct {
	env Environment
	target

	Output string
	Stores bool
}

func newCertsCommand(env Environment) *cobra.Command {
	o := &certsOptions{env: env}
	command := &cobra.Command{
		Use:   "certs NAME",
		Short: "Show what nodes serve and trust, and who trusts whom",
		Long: "Shakes hands with every pod, reads what its tls-sync container wrote for it, tries whether it accepts your client certificate, and verifies each node's chain by every other node's anchors. " +
			"Where no tls-sync is, the keystore and the truststore are read in each pod with your own right to exec; without it, what a node serves and accepts has to do. " +
			"Anchors are told apart by the SHA-256 of their DER: a re-made root has the name of the old one. Nodes that stay connected prove nothing, since TLS sessions resume. " +
			"Exit code 0: every node verifies for every node; 1: some pair doesn't, or isn't known to; 3: the API server can't be reached.",
		Example: certsExamples,
		Args:    oneName,
		RunE:    stepsOfAny(o),
	}
	flags := command.Flags()
	flags.StringVarP(&o.Output, "output", "o", outputText, "Format: text, json or yaml")
	flags.BoolVar(&o.Stores, "stores", false, "Read keystores and truststores in the pods, even where tls-sync says what it wrote")
	o.addFlags(flags, 20*time.Second, "How long to wait for all answers")
	command.AddCommand(newCertsCompareCommand(env), newCertsRenewCommand(env), newCertsTrustCommand(env))
	return command
}

// Validate checks the flags.
func (o *certsOptions) Validate() error {
	if err := validateOutput(o.Output, outputText, outputJSON, outputYAML); err != nil {
		return err
	}
	return o.validate()
}

// Complete reads the kubeconfig; it sends nothing.
func (o *certsOptions) Complete(name string) error {
	return o.complete(o.env, name)
}

// Run takes a snapshot and prints what it says of trust.
func (o *certsOptions) Run(ctx context.Context) error {
	cluster, err := o.gather(ctx)
	if err != nil {
		return err
	}
	if err := o.env.verdict(o.connection, cluster); err != nil {
		return err
	}
	verdict := clusterVerdict(cluster)
	if err := o.print(cluster, verdict); err != nil {
		return fmt.Errorf("printing the certificates: %w", err)
	}
	if !verdict.well {
		return errFindings
	}
	return nil
}

func (o *certsOptions) gather(ctx context.Context) (view.Cluster, error) {
	taker, err := o.snapshots(o.env)
	if err != nil {
		return view.Cluster{}, err
	}
	defer taker.close()
	taker.sources.TLS = o.Credentials.tlsSources(o.connection.client, o.names, taker.pods)
	if taker.sources.TLS.Stores, err = o.connection.stores(o.names); err != nil {
		return view.Cluster{}, err
	}
	taker.sources.TLS.Stores.All = o.Stores
	return taker.take(ctx, o.Timeout), nil
}

// tlsSources reads what pods serve, hold and accept.
func (c credentials) tlsSources(client *kube.Client, names topology.Names, pods *kube.PodDialer) *view.TLSSources {
	return &view.TLSSources{
		Objects: client.Cluster(names),
		Dial:    pods.DialContext,
		Identity: func(ctx context.Context) (view.Identity, error) {
			who, err := c.load(ctx, client, names)
			return view.Identity{Certificate: who.certificate, Anchors: who.known}, err
		},
	}
}

func (o *certsOptions) print(cluster view.Cluster, verdict verdict) error {
	switch o.Output {
	case outputJSON, outputYAML:
		return printObject(o.env.Out, o.Output, certsv1.From(cluster, verdict.well, verdict.String()))
	default:
		return certsText{palette: o.env.palette(), cluster: cluster, verdict: verdict}.write(o.env.Out)
	}
}
