package plugin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

const deleteExamples = `  # What would go, and what would stay?
  kubectl nifi delete prod --dry-run

  # The cluster, and everything that it left behind but its volumes
  kubectl nifi delete prod --all

  # The volumes, too, with every FlowFile on them
  kubectl nifi delete prod --all --delete-volumes`

// deleteOptions ends a cluster.
type deleteOptions struct {
	env Environment
	target
	All           bool
	DeleteVolumes bool
	DryRun        bool
	Yes           bool
}

func newDeleteCommand(env Environment) *cobra.Command {
	o := &deleteOptions{env: env}
	command := &cobra.Command{
		Use:   "delete NAME",
		Short: "End a cluster, and say what it leaves behind",
		Long: "Deletes what the overlay has made, as kubectl delete -k does, and lists what that leaves behind: volumes, component state, leases and TLS Secrets. " +
			"The Secret with the sensitive properties key stays as long as the volumes do: without it nobody can read their flow again.",
		Example: deleteExamples,
		Args:    oneName,
		RunE:    steps(o),
	}
	flags := command.Flags()
	flags.BoolVar(&o.All, "all", false, "Delete component state, leases and TLS Secrets, too")
	flags.BoolVar(&o.DeleteVolumes, "delete-volumes", false, "Delete the volumes and the key to them, too")
	flags.BoolVar(&o.DryRun, "dry-run", false, "Print what would be deleted and what would stay")
	flags.BoolVarP(&o.Yes, "yes", "y", false, "Don't ask for the cluster's name")
	o.addFlags(flags, 10*time.Minute, "How long to wait for the pods to end")
	return command
}

// Validate checks the command line.
func (o *deleteOptions) Validate() error { return o.validate() }

// Complete reads the kubeconfig; it sends nothing.
func (o *deleteOptions) Complete(name string) error { return o.complete(o.env, name) }

// Run lists, asks, and deletes.
func (o *deleteOptions) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	cluster := o.connection.client.Cluster(o.names)
	if err := o.idle(ctx, cluster); err != nil {
		return err
	}
	found, err := inventory(ctx, cluster, o.names)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fmt.Errorf("there is nothing of a NiFi cluster %q in namespace %q", o.names.Cluster, o.names.Namespace)
	}
	queue, err := o.queue(ctx)
	if err != nil {
		return err
	}
	doomed, kept := found.part(o.All, o.DeleteVolumes)
	text := "to delete:\n" + doomed.String() + "to stay:\n" + kept.String() + queue
	if o.DryRun {
		_, err := fmt.Fprint(o.env.Out, text)
		return err
	}
	fmt.Fprint(o.env.ErrOut, text)
	if err := o.consent(); err != nil {
		return err
	}
	if err := o.remove(ctx, cluster, doomed); err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.env.Out, "cluster %s deleted, %d objects; %d stay\n", o.names.Cluster, len(doomed), len(kept))
	return err
}

// idle refuses to delete what somebody is changing.
func (o *deleteOptions) idle(ctx context.Context, cluster kube.Cluster) error {
	operation, err := cluster.Operation(ctx)
	if err != nil || operation == nil || operation.Holder == "" || !operation.Valid(o.env.Now()) {
		return err
	}
	return fmt.Errorf("the cluster is being changed by %s (%s); wait until that is through", operation.Holder, operation.What)
}

// queue says what is still queued, as far as NiFi can be asked.
func (o *deleteOptions) queue(ctx context.Context) (string, error) {
	taking, err := o.snapshots(o.env)
	if err != nil {
		return "", err
	}
	defer taking.close()
	cluster := taking.take(ctx, lookTimeout)
	flowFiles, bytes := cluster.Queued()
	switch _, failed := cluster.Failed(view.SourceCoordinator); {
	case flowFiles > 0:
		return fmt.Sprintf("warning: %s are still queued\n", queueText(flowFiles, bytes)), nil
	case failed || cluster.NodesFrom == "":
		return "warning: NiFi doesn't say whether FlowFiles are still queued\n", nil
	}
	return "", nil
}

// consent makes a person type the cluster's name.
func (o *deleteOptions) consent() error {
	if o.Yes {
		return nil
	}
	if o.env.ErrTerminal == nil {
		return usagef("add --yes to go on: this isn't a terminal where a person could be asked")
	}
	fmt.Fprintf(o.env.ErrOut, "type the cluster's name to go on: ")
	if strings.TrimSpace(o.env.readLine()) != o.names.Cluster {
		return errors.New("left as it is")
	}
	return nil
}

// remove deletes the StatefulSet first and everything else once its pods have
// ended: NiFi needs its Role and its certificates to the last.
func (o *deleteOptions) remove(ctx context.Context, cluster kube.Cluster, doomed belongings) error {
	for _, one := range doomed.byRank() {
		if err := cluster.DeleteObject(ctx, one.Resource, one.Name); err != nil {
			return err
		}
		if one.Resource.Name != "statefulsets" {
			continue
		}
		if err := o.gone(ctx, cluster); err != nil {
			return err
		}
	}
	return nil
}

// gone waits until no pod is left.
func (o *deleteOptions) gone(ctx context.Context, cluster kube.Cluster) error {
	ticks, stop := o.env.Every(time.Second)
	defer stop()
	for {
		pods, err := cluster.Pods(ctx)
		if err != nil || len(pods) == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %d pods to end: %w; the same command goes on", len(pods), ctx.Err())
		case <-ticks:
		}
	}
}
