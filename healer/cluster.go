package healer

import (
	"context"
	"fmt"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/healer/policy"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// cluster is one NiFi cluster being watched. One goroutine uses it.
type cluster struct {
	healer      *Healer
	names       topology.Names
	objects     *objects
	credentials *credentials

	memory policy.Memory
	loaded bool   // the memory was read from the Lease
	saved  string // what the Lease has of it
	lock   *held  // while a deed is under way
	depth  depth
	said   string // the trouble that was told of last

	silent  int  // looks in a row at which a node gave no answer in time
	resumed bool // what was under way before our start, if anything was
}

func newCluster(h *Healer, names topology.Names) *cluster {
	return &cluster{
		healer: h, names: names, objects: &objects{Cluster: h.Kubernetes.Cluster(names), mirror: h.mirrors(names.Namespace)},
		credentials: &credentials{read: h.Kubernetes.Secret, dial: h.Dial(names.Namespace)},
	}
}

// close lets go of everything.
func (c *cluster) close(ctx context.Context) {
	c.unlock(ctx)
	c.credentials.close()
	c.healer.Tell.Forget(c.names)
}

// look observes, judges and acts once.
func (c *cluster) look(ctx context.Context) {
	began := c.healer.Clock.Now()
	snapshot := c.observe(ctx, began)
	if ctx.Err() != nil || snapshot.Absent() { // it is gone, as the list of clusters will show
		return
	}
	c.names = snapshot.Names
	c.listen(snapshot)
	c.heed(snapshot)
	err := c.trouble(snapshot)
	c.healer.Tell.Observe(snapshot)
	c.healer.Tell.Polled(c.names, began, c.healer.Clock.Now().Sub(began), err)
	c.complain(ctx, snapshot.Time, err)
	if err == nil {
		c.judge(ctx, snapshot)
	}
}

// observe takes a snapshot, a deep one if it is time for that or something has
// changed that handshakes and files may have changed with.
func (c *cluster) observe(ctx context.Context, now time.Time) view.Cluster {
	deep := c.depth.due(now, c.memory)
	snapshot := c.gather(ctx, deep)
	if c.depth.moved(snapshot, c.objects.paused()) && !deep && ctx.Err() == nil {
		deep = true
		snapshot = c.gather(ctx, deep)
	}
	if _, unreachable := snapshot.Unreachable(); deep {
		c.depth.seen(now, c.healer.Random(), !unreachable)
	}
	return snapshot
}

func (c *cluster) gather(ctx context.Context, deep bool) view.Cluster {
	if deep {
		c.credentials.doubt()
	}
	sources := c.objects.sources(c.names, c.credentials, deep)
	return view.Gather(ctx, sources, c.names, c.healer.Timeout, c.healer.Clock.Now)
}

// interval is the time between two looks: shorter after a nudge, and for the
// next looks at a node that gave no answer.
func (c *cluster) interval() time.Duration {
	if c.silent > 0 && c.silent <= 3 {
		return min(c.healer.Interval, pressing)
	}
	if doing := c.memory.Doing(); doing != nil && doing.Act.Deed == policy.Nudge && c.healer.Clock.Now().Sub(doing.Act.At) < nudging {
		return min(c.healer.Interval, pressing)
	}
	return c.healer.Interval
}

// listen counts the looks at which a node gave no answer in time.
func (c *cluster) listen(snapshot view.Cluster) {
	if e, failed := snapshot.Failed(view.SourceNode); !failed || e.Reason != view.ReasonTimeout {
		c.silent = 0
		return
	}
	c.silent++
}

// heed reads the credentials again at once if no node took them.
func (c *cluster) heed(snapshot view.Cluster) {
	if snapshot.NodesFrom != "" {
		return
	}
	for _, summary := range snapshot.Summaries {
		if summary.Error == "" {
			return
		}
	}
	c.credentials.doubt()
}

// trouble is why the healer doesn't know enough to judge at all.
func (c *cluster) trouble(snapshot view.Cluster) error {
	if down, unreachable := snapshot.Unreachable(); unreachable {
		return fmt.Errorf("the API server can't be reached: %s", down.Message)
	}
	for _, source := range []view.Source{view.SourceStatefulSet, view.SourcePods} {
		if failed, is := snapshot.Failed(source); is {
			return fmt.Errorf("Kubernetes doesn't say enough: %s", failed)
		}
	}
	notes, err := c.objects.noted()
	if err != nil {
		return fmt.Errorf("it isn't known who changes the cluster: %w", err)
	}
	if c.loaded {
		return nil
	}
	value := notes[policy.AnnotationIncident]
	if c.memory, err = policy.ParseMemory(value); err != nil {
		return fmt.Errorf("%w; if no incident is open, remove the annotation from Lease %q", err, c.names.OperationLease())
	}
	c.loaded, c.saved = true, value
	return nil
}

// complain tells once that the healer can't work, and once that it can again.
func (c *cluster) complain(ctx context.Context, now time.Time, trouble error) {
	d := policy.Decision{Time: now, Cluster: c.names, Stage: policy.Skipped, Deed: policy.Leave, Reason: "does nothing"}
	text := ""
	if trouble != nil {
		text = trouble.Error()
	}
	switch {
	case text == c.said:
		return
	case trouble != nil:
		d.Error = text
	default:
		d.Stage, d.Reason = policy.Recovered, "can look again"
	}
	c.said = text
	c.healer.Tell.Record(ctx, d)
}

// judge decides what follows from a snapshot, and does it.
func (c *cluster) judge(ctx context.Context, snapshot view.Cluster) {
	c.resume(ctx)
	pause := c.pause(snapshot.Time)
	c.healer.Tell.Allowed(c.names, policy.ModeOf(snapshot.StatefulSet), pause != nil && pause.Active(snapshot.Time))
	if c.saved == "" && c.memory.Empty() && snapshot.Plain() {
		return // there is nothing to find, and nothing to remember
	}
	outcome := policy.Judge(policy.Input{
		Cluster: snapshot, Findings: findings.Judge(snapshot), Pause: pause,
		Limits: c.healer.Limits, Me: Holder, Random: c.healer.Random,
	}, c.memory)
	c.memory = outcome.Memory
	for _, d := range outcome.Decisions {
		c.healer.Tell.Record(ctx, d)
	}
	if outcome.Begin {
		c.begin(ctx, snapshot)
	}
	if c.memory.Doing() == nil {
		c.unlock(ctx)
	}
	if err := c.save(ctx); err != nil {
		c.healer.Log.Warn("the state of an incident can't be kept; it is tried again", "namespace", c.names.Namespace, "cluster", c.names.Cluster, "error", err)
	}
}

// pause is what somebody asked for. What can't be read is taken for a pause.
func (c *cluster) pause(now time.Time) *policy.Pause {
	notes, _ := c.objects.noted()
	pause, err := policy.ParsePause(notes[policy.AnnotationPaused])
	if err != nil {
		return &policy.Pause{Reason: err.Error(), Until: now.Add(time.Hour)}
	}
	return pause
}
