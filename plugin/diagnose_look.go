package plugin

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// How often and for how long diagnose looks.
const (
	lookTimeout  = 10 * time.Second // for all answers of one look
	waitTimeout  = 10 * time.Minute // for --wait
	waitInterval = 3 * time.Second
	diagnosedAt  = 4 // clusters at the same time
)

// diagnosis is a snapshot and what is wrong in it.
type diagnosis struct {
	cluster  view.Cluster
	findings []findings.Finding
}

// look takes diagnoses until they are good enough, or time is up.
func (o *diagnoseOptions) look(ctx context.Context) (all []diagnosis, outOfTime bool, err error) {
	names, err := o.clusters(ctx)
	if err != nil {
		return nil, false, err
	}
	progress := o.progress(names)
	defer func() { err = errors.Join(err, progress.end()) }()
	if !o.Wait {
		all, err = o.diagnose(ctx, names, o.Timeout, progress)
		return all, false, err
	}
	limit, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	ticks, stop := o.env.Every(waitInterval)
	defer stop()
	for {
		// A look is never cut short: half a snapshot would be another finding.
		if all, err = o.diagnose(ctx, names, min(lookTimeout, o.Timeout), progress); err != nil || !o.failed(all) {
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
		names, err := o.env.resolve(ctx, o.connection, o.connection.names(o.name))
		return []topology.Names{names}, err
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
func (o *diagnoseOptions) diagnose(ctx context.Context, names []topology.Names, timeout time.Duration, show progress) ([]diagnosis, error) {
	all := make([]diagnosis, len(names))
	var group errgroup.Group
	group.SetLimit(diagnosedAt)
	for i, name := range names {
		group.Go(func() (err error) {
			all[i], err = o.one(ctx, name, timeout, show.settling(i))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return all, show.looked(all)
}

func (o *diagnoseOptions) one(ctx context.Context, names topology.Names, timeout time.Duration, settled func(view.Source, view.Cluster)) (diagnosis, error) {
	taking, err := o.env.snapshots(o.connection, names, &o.Credentials)
	if err != nil {
		return diagnosis{}, err
	}
	defer taking.close()
	taking.sources.Settled = settled
	taking.sources.Details = o.connection.client.Cluster(names)
	taking.sources.TLS = o.Credentials.tlsSources(o.connection.client, names, taking.pods)
	if names.Adopted() {
		if taking.sources.TLS.Stores, err = o.connection.stores(names); err != nil {
			return diagnosis{}, err
		}
	}
	cluster := taking.take(ctx, timeout)
	if down, ok := cluster.Unreachable(); ok {
		return diagnosis{}, o.env.apiServerDown(o.connection, errors.New(down.Message))
	}
	return diagnosis{cluster: cluster, findings: findings.Judge(cluster)}, nil
}
