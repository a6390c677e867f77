package kube

import (
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// podOf reads a pod whose container nifi is NiFi's.
func podOf(pod *corev1.Pod, nifi string) view.Pod {
	p := view.Pod{
		Name:    pod.Name,
		Phase:   string(pod.Status.Phase),
		Reason:  reasonOf(pod),
		Host:    pod.Spec.NodeName,
		Created: pod.CreationTimestamp.Time,
		Secrets: secretsOf(pod),

		UID:      string(pod.UID),
		Revision: pod.Labels[appsv1.ControllerRevisionHashLabelKey],
		Leaving:  pod.DeletionTimestamp != nil,
	}
	p.Containers = containersOf(pod, nifi)
	p.Message = messageOf(pod, p.Containers)
	for _, c := range pod.Spec.Containers {
		if c.Name == nifi {
			p.Image, p.Heap, p.MemoryLimit = c.Image, valueOf(c.Env, "JVM_HEAP"), c.Resources.Limits.Memory().Value()
		}
	}
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			p.Ready = condition.Status == corev1.ConditionTrue
			p.WasReady = p.Ready || wasReady(pod, condition)
		}
	}
	for _, status := range pod.Status.ContainerStatuses {
		if status.Name == nifi {
			p.Restarts = int(status.RestartCount)
		}
	}
	return p
}

// settling is how long after a pod's start the kubelet may first say that it
// isn't ready.
const settling = 15 * time.Second

// wasReady tells that a pod that isn't ready has been: the condition has
// changed since the pod began.
func wasReady(pod *corev1.Pod, ready corev1.PodCondition) bool {
	return pod.Status.StartTime != nil && ready.LastTransitionTime.Sub(pod.Status.StartTime.Time) > settling
}

// reasonOf is why a pod isn't well, in the words of kubectl get pods: the
// first container that waits or has ended for a reason, else the pod itself.
func reasonOf(pod *corev1.Pod) string {
	if pod.DeletionTimestamp != nil {
		return "Terminating"
	}
	all := append(append([]corev1.ContainerStatus{}, pod.Status.InitContainerStatuses...), pod.Status.ContainerStatuses...)
	for _, status := range all {
		if reason := containerReason(status); reason != "" {
			return reason
		}
	}
	if pod.Status.Reason != "" {
		return pod.Status.Reason
	}
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodScheduled && condition.Status == corev1.ConditionFalse {
			return condition.Reason
		}
	}
	return ""
}

func containerReason(status corev1.ContainerStatus) string {
	switch {
	case status.State.Waiting != nil:
		return status.State.Waiting.Reason
	case status.State.Terminated != nil && status.State.Terminated.ExitCode != 0:
		return status.State.Terminated.Reason
	}
	return ""
}

// containersOf reads the state of all containers, init containers first. NiFi's
// own is called the same in every snapshot.
func containersOf(pod *corev1.Pod, nifi string) []view.Container {
	var all []view.Container
	for _, status := range pod.Status.InitContainerStatuses {
		c := containerOf(status)
		c.Init = true
		all = append(all, c)
	}
	for _, status := range pod.Status.ContainerStatuses {
		if status.Name == nifi {
			status.Name = container
		}
		all = append(all, containerOf(status))
	}
	return all
}

func containerOf(status corev1.ContainerStatus) view.Container {
	c := view.Container{
		Name: status.Name, ID: idOf(status.ContainerID), Ready: status.Ready, Restarts: int(status.RestartCount),
		Exit: exitOf(status.State.Terminated), Last: exitOf(status.LastTerminationState.Terminated),
	}
	if waiting := status.State.Waiting; waiting != nil {
		c.Waiting, c.Message = waiting.Reason, oneLine(waiting.Message)
	}
	if running := status.State.Running; running != nil {
		c.Started = running.StartedAt.Time
	}
	return c
}

// idOf is the ID in "containerd://ID".
func idOf(reference string) string {
	_, id, _ := strings.Cut(reference, "://")
	return id
}

func exitOf(ended *corev1.ContainerStateTerminated) *view.Exit {
	if ended == nil {
		return nil
	}
	return &view.Exit{Code: int(ended.ExitCode), Reason: ended.Reason, Finished: ended.FinishedAt.Time}
}

// messageOf is what the scheduler or the kubelet says about a pod's reason.
func messageOf(pod *corev1.Pod, containers []view.Container) string {
	if i := slices.IndexFunc(containers, func(c view.Container) bool { return c.Message != "" }); i >= 0 {
		return containers[i].Message
	}
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodScheduled && condition.Status == corev1.ConditionFalse {
			return oneLine(condition.Message)
		}
	}
	return oneLine(pod.Status.Message)
}

// secretsOf names the Secrets without which the pod's volumes can't be made.
func secretsOf(pod *corev1.Pod) []string {
	var names []string
	add := func(name string, optional *bool) {
		if (optional == nil || !*optional) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, volume := range pod.Spec.Volumes {
		if s := volume.Secret; s != nil {
			add(s.SecretName, s.Optional)
		}
		if volume.Projected == nil {
			continue
		}
		for _, source := range volume.Projected.Sources {
			if source.Secret != nil {
				add(source.Secret.Name, source.Secret.Optional)
			}
		}
	}
	return names
}
