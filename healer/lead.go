package healer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/typed/coordination/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// How the healer's own Lease is kept, as Kubernetes' own controllers keep theirs.
const (
	leaseDuration = 15 * time.Second
	leaseRenewal  = 10 * time.Second
	leaseRetry    = 2 * time.Second
)

// errLeaderLost ends a replica that can't hold the Lease any more: it may not
// be the only one at work.
var errLeaderLost = errors.New("the Lease nifi-healer was lost to another replica, or the API server can't be reached")

// lead works while this replica holds the Lease, and waits for it before.
func (o *Options) lead(ctx context.Context, config *rest.Config, log *slog.Logger, work func(context.Context)) error {
	client, err := v1.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("setting up the client of coordination.k8s.io/v1: %w", err)
	}
	me, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("finding a name for this replica: %w", err)
	}
	begun, ended := make(chan struct{}), make(chan struct{})
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock: &resourcelock.LeaseLock{
			LeaseMeta: metav1.ObjectMeta{Name: Holder, Namespace: o.own}, Client: client,
			LockConfig: resourcelock.ResourceLockConfig{Identity: me},
		},
		LeaseDuration: leaseDuration, RenewDeadline: leaseRenewal, RetryPeriod: leaseRetry, ReleaseOnCancel: true,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(ctx context.Context) {
				defer close(ended)
				close(begun)
				work(ctx)
			},
			OnStoppedLeading: func() {},
			OnNewLeader:      func(name string) { log.Info("a replica leads", "replica", name, "self", name == me) },
		},
	})
	if err != nil {
		return fmt.Errorf("setting up the leader election: %w", err)
	}
	elector.Run(ctx)
	select {
	case <-begun:
		<-ended // locks are given back
	default:
	}
	if ctx.Err() != nil {
		return errEnd
	}
	return errLeaderLost
}
