package kube

import (
	"context"
	"encoding/json"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/version"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// ServerVersion asks the API server for its version, "v1.34.4".
func (c *Client) ServerVersion(ctx context.Context) (string, error) {
	raw, err := c.api.core.Get().AbsPath("/version").DoRaw(ctx)
	if err != nil {
		return "", describe("reading", "the API server's version", err)
	}
	var info version.Info
	if err := json.Unmarshal(raw, &info); err != nil {
		return "", fmt.Errorf("reading the API server's version: %w", err)
	}
	return info.GitVersion, nil
}

// DeploymentImage is the image of a Deployment's first container.
func (c *Client) DeploymentImage(ctx context.Context, namespace, name string) (string, error) {
	deployment, err := c.Deployment(ctx, namespace, name)
	return deployment.Image, err
}

func firstImage(d *appsv1.Deployment) string {
	if len(d.Spec.Template.Spec.Containers) == 0 {
		return ""
	}
	return d.Spec.Template.Spec.Containers[0].Image
}

// ClusterVersion is a NiFi cluster and the version its StatefulSet asks for.
type ClusterVersion struct {
	Name    string
	Version string // empty if neither the overlay's annotation nor a tag says it
}

// ClusterVersions lists the NiFi clusters of a namespace, by name.
func (c *Client) ClusterVersions(ctx context.Context, namespace string) ([]ClusterVersion, error) {
	selector := labels.Set{topology.LabelName: "nifi"}.String()
	list, err := c.api.statefulSets(namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return nil, describe("listing", "StatefulSets", err)
	}
	versions := make([]ClusterVersion, 0, len(list.Items))
	for i := range list.Items {
		set := &list.Items[i]
		versions = append(versions, ClusterVersion{Name: set.Name, Version: statefulSetOf(set, container).Version})
	}
	return versions, nil
}
