package kube

import (
	"context"
	"regexp"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// NiFiCA reads the tls-toolkit's certificate authority: that of our overlay by
// its name, else the only Deployment of the namespace that runs one. It is nil
// if there is none.
func (c Cluster) NiFiCA(ctx context.Context) (*view.NiFiCA, error) {
	deployments, err := list[appsv1.Deployment](ctx, c.client, resource("apps", "deployments"), c.names.Namespace, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	ca := c.authority(deployments)
	if ca == nil {
		return nil, nil
	}
	selector := metav1.FormatLabelSelector(ca.Spec.Selector)
	pods, err := c.client.api.pods(c.names.Namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return nil, describe("listing", "pods", err)
	}
	found := nifiCAOf(ca)
	for i := range pods.Items {
		found.Pods = append(found.Pods, podOf(&pods.Items[i], ""))
	}
	return &found, nil
}

// Secrets names the Secrets of the namespace. It asks for their metadata alone:
// no key leaves the API server.
func (c Cluster) Secrets(ctx context.Context) ([]string, error) {
	found, err := c.client.metadata.Resource(resource("", "secrets")).Namespace(c.names.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, describe("listing", "secrets", err)
	}
	names := []string{}
	for _, secret := range found.Items {
		names = append(names, secret.Name)
	}
	return names, nil
}

// authority is nil if there is none, or nobody can tell which it is.
func (c Cluster) authority(deployments []appsv1.Deployment) *appsv1.Deployment {
	var servers []*appsv1.Deployment
	for i := range deployments {
		d := &deployments[i]
		switch {
		case d.Name == c.names.NiFiCA():
			return d
		case runsToolkit(d.Spec.Template.Spec):
			servers = append(servers, d)
		}
	}
	if len(servers) != 1 {
		return nil
	}
	return servers[0]
}

// runsToolkit tells that a container runs `tls-toolkit.sh server`, alone or
// somewhere in a script.
func runsToolkit(pod corev1.PodSpec) bool {
	server := regexp.MustCompile(`tls-toolkit(\.sh)?["']?\s+["']?server\b`)
	return slices.ContainsFunc(pod.Containers, func(c corev1.Container) bool {
		return server.MatchString(strings.Join(slices.Concat(c.Command, c.Args), " "))
	})
}

func nifiCAOf(d *appsv1.Deployment) view.NiFiCA {
	pod := d.Spec.Template.Spec
	ca := view.NiFiCA{Workload: "Deployment " + d.Name, Kept: keeps(pod), Preferred: true}
	if pod.Affinity != nil && pod.Affinity.PodAntiAffinity != nil {
		ca.Preferred = len(pod.Affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution) == 0
	}
	for _, c := range pod.Containers {
		words := slices.Concat(c.Command, c.Args)
		for _, env := range c.Env {
			words = append(words, env.Value)
		}
		ca.Known = ca.Known || strings.Contains(strings.Join(words, " "), topology.DefaultToken)
	}
	return ca
}

// keeps tells that a container has a volume that outlives the pod.
func keeps(pod corev1.PodSpec) bool {
	return slices.ContainsFunc(pod.Volumes, func(v corev1.Volume) bool {
		written := slices.ContainsFunc(slices.Concat(pod.InitContainers, pod.Containers), func(c corev1.Container) bool {
			return slices.ContainsFunc(c.VolumeMounts, func(m corev1.VolumeMount) bool { return m.Name == v.Name && !m.ReadOnly })
		})
		return written && (v.PersistentVolumeClaim != nil || v.HostPath != nil || v.NFS != nil || v.CSI != nil)
	})
}
