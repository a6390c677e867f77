package plugin

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

const certsRenewExamples = `  # When does what expire, and what would be renewed in which order
  kubectl nifi certs renew prod --dry-run

  # All certificates, one after the other
  kubectl nifi certs renew prod

  # One node's, and the healer's
  kubectl nifi certs renew prod prod-1 healer`

// certsRenewOptions has certificates issued anew.
type certsRenewOptions struct {
	env Environment
	target
	DryRun bool
	Yes    bool
	Dir    string

	subjects []string
}

func newCertsRenewCommand(env Environment) *cobra.Command {
	o := &certsRenewOptions{env: env}
	command := &cobra.Command{
		Use:   "renew NAME [NODE|admin|healer...]",
		Short: "Have certificates issued anew, one after the other",
		Long: "Has cert-manager issue each certificate anew, and goes on to the next one when the pod serves it and every node that was CONNECTED still is; no pod restarts. " +
			"Certificates that have expired already come first, all at once: with them NiFi can't be asked, so that needs Kubernetes only, and the nodes are waited for at the end. " +
			"With spec.tls.source nifi-ca it asks that for your own certificate and the healer's; with self-signed it makes new ones of the root in the overlay's folder. " +
			"Issuers and roots stay as they are: a new root is kubectl nifi rotate-ca.",
		Example: certsRenewExamples,
		Args:    someName,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.subjects = args[1:]
			return steps(o)(cmd, args[:1])
		},
	}
	flags := command.Flags()
	flags.BoolVar(&o.DryRun, "dry-run", false, "Print when what expires and what would be renewed, and change nothing")
	flags.BoolVarP(&o.Yes, "yes", "y", false, "Don't ask")
	flags.StringVar(&o.Dir, "dir", "", "Folder of the overlay, for self-signed certificates (default ./NAME)")
	o.addFlags(flags, operationTimeout, "How long it may take in all")
	return command
}

// Validate checks the flags.
func (o *certsRenewOptions) Validate() error { return o.validate() }

// Complete reads the kubeconfig; it sends nothing.
func (o *certsRenewOptions) Complete(name string) error {
	if err := o.complete(o.env, name); err != nil {
		return err
	}
	nodes := operateOptions{target: o.target}
	for i, subject := range o.subjects {
		if _, client := clientSecrets(o.names)[subject]; client {
			continue
		}
		pods, err := nodes.pods([]string{subject})
		if err != nil {
			return fmt.Errorf("%w; clients are called admin and healer", err)
		}
		o.subjects[i] = pods[0]
	}
	return nil
}

// Run renews.
func (o *certsRenewOptions) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	set, err := o.connection.client.Cluster(o.names).StatefulSet(ctx)
	switch {
	case err != nil: // said below
	case set.TLSSource == topology.SourceNiFiCA:
		return o.fromAuthority(ctx)
	case set.TLSSource == topology.SourceSelfSigned:
		return o.fromFolder(ctx)
	}
	taking, err := o.snapshots(o.env)
	if err != nil {
		return err
	}
	defer taking.close()
	cluster := o.connection.client.Cluster(o.names)
	r := &renewing{certsRenewOptions: o, taking: taking, cluster: cluster, nudger: newNudger(o.env, cluster)}
	plan, err := r.plan(ctx)
	if err != nil {
		return err
	}
	if ok, err := o.env.agree(plan, o.DryRun, o.Yes); !ok {
		return err
	}
	if err := r.locked(ctx, func(ctx context.Context) error { return r.carry(ctx, plan) }); err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.env.Out, "%s renewed\n", plural(len(plan.all()), "certificate"))
	return err
}

// renewing is one run of the command.
type renewing struct {
	*certsRenewOptions
	taking  *snapshots
	cluster kube.Cluster
	nudger  *nudger
}

// plan looks at everything and decides what is renewed when.
func (r *renewing) plan(ctx context.Context) (renewalPlan, error) {
	r.taking.sources.TLS = r.Credentials.tlsSources(r.connection.client, r.names, r.taking.pods)
	r.taking.sources.TLS.Identity = nil
	seen := r.taking.take(ctx, lookTimeout)
	r.taking.sources.TLS = nil // later looks are for who is CONNECTED
	if err := r.env.verdict(r.connection, seen); err != nil {
		return renewalPlan{}, err
	}
	r.names, r.taking.names = seen.Names, seen.Names
	record, err := r.cluster.Load(ctx)
	if errors.Is(err, view.ErrNotFound) {
		return renewalPlan{}, fmt.Errorf("%w; it is part of the overlay: apply that again", err)
	}
	if err != nil {
		return renewalPlan{}, err
	}
	if record.Held(r.env.Now()) {
		return renewalPlan{}, operation.HeldBy(record)
	}
	issuances, err := r.cluster.Issuances(ctx)
	if err != nil {
		return renewalPlan{}, err
	}
	subjects := r.subjects
	if len(subjects) == 0 {
		subjects = everySubject(r.names, seen.Pods, issuances)
	}
	return newRenewalPlan(seen, issuances, subjects)
}

// everySubject is the clients that have a certificate, and all pods.
func everySubject(names topology.Names, pods []view.Pod, issuances []kube.Issuance) []string {
	var all []string
	for _, who := range []string{"admin", "healer"} {
		if slices.ContainsFunc(issuances, func(i kube.Issuance) bool { return i.Secret == clientSecrets(names)[who] }) {
			all = append(all, who)
		}
	}
	for _, pod := range pods {
		all = append(all, pod.Name)
	}
	return all
}

// locked does something while nobody else may change the cluster. What was cut
// before stays as it is.
func (r *renewing) locked(ctx context.Context, do func(context.Context) error) error {
	lock, err := r.env.lock(ctx, r.cluster)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	kept := make(chan error, 1)
	go func() {
		err := lock.Keep(ctx)
		cancel(err)
		kept <- err
	}()
	err = do(ctx)
	cancel(nil)
	if lost := <-kept; lost != nil {
		return errors.Join(lost, err)
	}
	give, stop := context.WithTimeout(context.WithoutCancel(ctx), lookTimeout)
	defer stop()
	return errors.Join(err, lock.Release(give, lock.Journal()))
}
