package plugin

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// logTarget is one container of one pod.
type logTarget struct{ pod, uid, container string }

// name is what lines are prefixed with.
func (t logTarget) name(withContainer bool) string {
	if withContainer {
		return t.pod + "/" + t.container
	}
	return t.pod
}

// targets lists the containers to read, by pod.
func (o *logsOptions) targets(ctx context.Context) ([]logTarget, error) {
	ctx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	pods, err := o.cluster.Containers(ctx)
	if err != nil {
		return nil, err
	}
	var targets []logTarget
	for _, pod := range pods {
		if len(o.nodes) > 0 && !slices.Contains(o.nodes, pod.Pod) {
			continue
		}
		for _, container := range pod.Containers {
			if o.Container == containerAll || o.Container == container {
				targets = append(targets, logTarget{pod.Pod, pod.UID, container})
			}
		}
	}
	return targets, nil
}

// check refuses what can't have a log: a node that isn't there, unless it may
// come yet, or a container that no pod has.
func (o *logsOptions) check(targets []logTarget) error {
	for _, node := range o.nodes {
		known := slices.ContainsFunc(targets, func(t logTarget) bool { return t.pod == node })
		if !known && !o.Follow {
			return fmt.Errorf("no container %q in pod %q of cluster %q in namespace %q", o.Container, node, o.names.Cluster, o.names.Namespace)
		}
		if !strings.HasPrefix(node, o.names.StatefulSet()+"-") {
			return usagef("%q is no node of cluster %q: name a pod, or its number", node, o.names.Cluster)
		}
	}
	if len(targets) == 0 && !o.Follow {
		return fmt.Errorf("no pod of cluster %q with a container %q in namespace %q; see kubectl nifi get", o.names.Cluster, o.Container, o.names.Namespace)
	}
	return nil
}
