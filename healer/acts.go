package healer

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/healer/policy"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// errNobody says that no node can pass a request on to the coordinator.
var errNobody = errors.New("no other node is CONNECTED that could be asked")

// do does a deed, and says how. Whether it had an effect is for later looks.
func (c *cluster) do(ctx context.Context, snapshot view.Cluster, incident policy.Incident) (how string, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.healer.Timeout)
	defer cancel()
	act := *incident.Act
	switch act.Deed {
	case policy.Nudge:
		return fmt.Sprintf("changed an annotation of %s", strings.Join(act.Pods, ", ")), c.nudge(ctx, act)
	case policy.Restart:
		return fmt.Sprintf("evicted pod %s (UID %s)", incident.Pod, act.UID), c.evict(ctx, incident)
	case policy.Reconnect:
		return c.reconnect(ctx, snapshot, incident)
	case policy.RestartForTrust:
		return act.Step, c.trustStep(ctx, snapshot, act)
	}
	return "", fmt.Errorf("%q is nothing that can be done", act.Deed)
}

func (c *cluster) nudge(ctx context.Context, act policy.Intent) error {
	var failures []error
	for _, pod := range act.Pods {
		if err := c.objects.Nudge(ctx, pod, act.At); err != nil {
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}

// evict ends a pod. One that hangs wouldn't end by itself, so it gets no time.
func (c *cluster) evict(ctx context.Context, incident policy.Incident) error {
	if incident.Finding == findings.Hung {
		return c.objects.EvictNow(ctx, incident.Pod, incident.Act.UID)
	}
	return c.objects.Evict(ctx, incident.Pod, incident.Act.UID)
}

// trustStep does a step of restarts for trust.
func (c *cluster) trustStep(ctx context.Context, snapshot view.Cluster, act policy.Intent) error {
	pod := act.Pods[0]
	switch act.Do {
	case operation.DoDisconnect:
		return c.ask(ctx, snapshot, act, nifi.Disconnecting)
	case operation.DoConnect:
		return c.ask(ctx, snapshot, act, nifi.Connecting)
	case operation.DoEvict:
		return c.objects.Evict(ctx, pod, act.UID)
	case operation.DoEnd:
		return c.end(ctx, pod, act.UID)
	}
	return fmt.Errorf("%q is nothing that can be done", act.Step)
}

// end deletes a pod that no disruption budget lets go. Without that right, which
// goes with trustRestart full only, it stays with the budget, which may pass.
func (c *cluster) end(ctx context.Context, pod, uid string) error {
	busy := c.objects.Evict(ctx, pod, uid)
	if !errors.As(busy, new(operation.Busy)) {
		return busy
	}
	err := c.objects.DeletePod(ctx, pod, uid)
	if errors.Is(err, view.ErrForbidden) {
		return operation.Busy{Err: fmt.Errorf("%w; kubectl nifi heal %s --trust does it with a person's rights", busy, c.names.Cluster)}
	}
	return err
}

// ask asks the coordinator, through a node that is in and stays, to take one out
// before its pod ends, or to have it back.
func (c *cluster) ask(ctx context.Context, snapshot view.Cluster, act policy.Intent, status nifi.NodeStatus) error {
	return c.through(ctx, snapshot, act.Node, func(_ string, api *nifi.Client) (bool, error) {
		_, err := api.SetNodeStatus(ctx, act.Node, status)
		return err == nil, err
	})
}

// reconnect asks the coordinator, through another node, to have a node back, if
// it is still out.
func (c *cluster) reconnect(ctx context.Context, snapshot view.Cluster, incident policy.Incident) (how string, err error) {
	err = c.through(ctx, snapshot, "", func(pod string, api *nifi.Client) (bool, error) {
		found, err := api.Node(ctx, incident.Act.Node)
		if err != nil {
			return false, err
		}
		if found.Status != nifi.Disconnected {
			return true, fmt.Errorf("the coordinator says %s by now", found.Status)
		}
		_, err = api.SetNodeStatus(ctx, incident.Act.Node, nifi.Connecting)
		how = fmt.Sprintf("asked the coordinator through %s to connect it", pod)
		return true, err
	})
	return how, err
}

// through asks CONNECTED nodes but the one with this id, one after the other,
// until one has answered. Its error, or the last one's, is returned.
func (c *cluster) through(ctx context.Context, snapshot view.Cluster, but string, ask func(pod string, api *nifi.Client) (answered bool, err error)) error {
	pool, _, err := c.credentials.load(ctx, c.names)
	if err != nil {
		return err
	}
	err = errNobody
	for _, node := range snapshot.Nodes {
		if node.Status != view.StatusConnected || node.ID == but {
			continue
		}
		var api *nifi.Client
		if api, err = client(c.names, node.Address, pool); err != nil {
			continue
		}
		var answered bool
		if answered, err = ask(nifi.Node{Address: node.Address}.Pod(), api); answered {
			return err
		}
	}
	return err
}
