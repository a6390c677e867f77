package plugin

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// keptMinutes is how long tls-sync.sh keeps an anchor that it no longer finds.
const keptMinutes = 10

// newCertsTrustCommand is the parent of what concerns published anchors.
func newCertsTrustCommand(env Environment) *cobra.Command {
	command := &cobra.Command{
		Use:   "trust",
		Short: "Publish anchors to every node's truststore, and take them back",
		Long: "Every node trusts the ca.crt of each node's certificate, and the anchors in Secret NAME-trust, which these commands keep: a CA that is to sign certificates next, or that of clients from outside. " +
			"Nodes load a new anchor with no restart.",
		Args: noSuchCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(newCertsTrustListCommand(env), newCertsTrustAddCommand(env), newCertsTrustRemoveCommand(env))
	return command
}

// trustOptions is what the commands about published anchors share.
type trustOptions struct {
	env Environment
	target
}

// Complete reads the kubeconfig; it sends nothing.
func (o *trustOptions) Complete(name string) error { return o.complete(o.env, name) }

func (o *trustOptions) cluster() kube.Cluster { return o.connection.client.Cluster(o.names) }

// look reads what is published, what the pods hold and serve, and what
// cert-manager has issued.
func (o *trustOptions) look(ctx context.Context) (trustState, error) {
	taking, err := o.snapshots(o.env)
	if err != nil {
		return trustState{}, err
	}
	defer taking.close()
	taking.sources.TLS = o.Credentials.tlsSources(o.connection.client, o.names, taking.pods)
	taking.sources.TLS.Identity = nil
	s := trustState{Cluster: taking.take(ctx, lookTimeout)}
	if err := o.env.verdict(o.connection, s.Cluster); err != nil {
		return s, err
	}
	if s.published, err = o.cluster().PublishedAnchors(ctx); errors.Is(err, view.ErrNotFound) {
		return s, fmt.Errorf("%w; it is part of the overlay: apply that again", err)
	} else if err != nil {
		return s, err
	}
	s.issuances, s.unissued = o.cluster().Issuances(ctx)
	return s, nil
}
