package kube

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

func podOf(pod *corev1.Pod) view.Pod {
	p := view.Pod{
		Name:    pod.Name,
		Phase:   string(pod.Status.Phase),
		Reason:  reasonOf(pod),
		Host:    pod.Spec.NodeName,
		Created: pod.CreationTimestamp.Time,
	}
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			p.Ready = condition.Status == corev1.ConditionTrue
		}
	}
	for _, status := range pod.Status.ContainerStatuses {
		if status.Name == container {
			p.Restarts = int(status.RestartCount)
		}
	}
	return p
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
