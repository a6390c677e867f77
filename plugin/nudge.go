package plugin

import (
	"context"
	"fmt"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
)

// nudgeEvery is how long a nudge of a pod has to show: its kubelet may not have
// heard of the change when it came.
const nudgeEvery = 5 * time.Second

// nudger makes kubelets look at the Secrets of pods at once, again and again as
// long as it is asked to.
type nudger struct {
	env     Environment
	cluster kube.Cluster
	last    map[string]time.Time // by pod
	refused bool
}

func newNudger(env Environment, cluster kube.Cluster) *nudger {
	return &nudger{env: env, cluster: cluster, last: map[string]time.Time{}}
}

// nudge nudges those of the pods whose last time is long enough ago. Without
// the right to, they look by themselves.
func (n *nudger) nudge(ctx context.Context, pods ...string) {
	for _, pod := range pods {
		now := n.env.Now()
		if n.refused || now.Sub(n.last[pod]) < nudgeEvery {
			continue
		}
		n.last[pod] = now
		if err := n.cluster.Nudge(ctx, pod, now); err != nil {
			n.refused = true
			fmt.Fprintf(n.env.ErrOut, "warning: %v; kubelets look by themselves within two minutes\n", err)
		}
	}
}

// poll asks once a second until done, ctx ends, or an error.
func (e Environment) poll(ctx context.Context, done func() (bool, error)) error {
	ticks, stop := e.Every(time.Second)
	defer stop()
	for {
		if well, err := done(); well || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticks:
		}
	}
}
