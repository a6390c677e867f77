package kube

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/json"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

var _ view.Details = Cluster{}

// resource is version v1 of a kind.
func resource(group, name string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: group, Version: "v1", Resource: name}
}

// list reads all objects of a resource that fit: one helper in place of a typed
// client for each group, and no maps in between as with the dynamic client. JSON is
// read as Kubernetes does: names as they are written, whole numbers as int64. An
// empty namespace stands for a resource that has none.
func list[T any](ctx context.Context, c *Client, of schema.GroupVersionResource, namespace string, options metav1.ListOptions) ([]T, error) {
	root := []string{"/apis", of.Group, of.Version}
	if of.Group == "" {
		root = []string{"/api", of.Version}
	}
	answer := c.api.core.Get().AbsPath(root...).NamespaceIfScoped(namespace, namespace != "").Resource(of.Resource).
		VersionedParams(&options, c.api.codec).SetHeader("Accept", runtime.ContentTypeJSON).Do(ctx)
	raw, err := answer.Raw()
	if err != nil {
		return nil, describe("listing", of.Resource, answer.Error()) // which says more of a refusal
	}
	var found struct {
		Items []T `json:"items"`
	}
	if err := json.Unmarshal(raw, &found); err != nil {
		return nil, fmt.Errorf("reading the list of %s: %w", of.Resource, err)
	}
	return found.Items, nil
}

// Claims reads the claims of the cluster's pods.
func (c Cluster) Claims(ctx context.Context) ([]view.Claim, error) {
	options := metav1.ListOptions{LabelSelector: c.selector(nil)}
	if c.names.Adopted() {
		options = metav1.ListOptions{} // its claims are told by their names
	}
	found, err := list[corev1.PersistentVolumeClaim](ctx, c.client, resource("", "persistentvolumeclaims"), c.names.Namespace, options)
	if err != nil {
		return nil, err
	}
	claims := make([]view.Claim, 0, len(found))
	for _, pvc := range found {
		pod := c.podOfClaim(pvc.Name)
		if pvc.DeletionTimestamp != nil || c.names.Adopted() && pod == "" { // nobody can use it again, or it is another's
			continue
		}
		claim := view.Claim{
			Name: pvc.Name, Pod: pod, Phase: string(pvc.Status.Phase),
			Size: pvc.Spec.Resources.Requests.Storage().String(), Created: pvc.CreationTimestamp.Time,
		}
		claim.Drained, _ = time.Parse(time.RFC3339, pvc.Annotations[annotationDrained]) // zero if it wasn't
		if pvc.Spec.StorageClassName != nil {
			claim.Class = *pvc.Spec.StorageClassName
		}
		claims = append(claims, claim)
	}
	return claims, nil
}

// podOfClaim is the pod that a StatefulSet made a claim for: the claim's name
// is the template's and the pod's.
func (c Cluster) podOfClaim(claim string) string {
	match := regexp.MustCompile(`-(` + regexp.QuoteMeta(c.names.StatefulSet()) + `-\d+)$`).FindStringSubmatch(claim)
	if match == nil {
		return ""
	}
	return match[1]
}

// Services reads the headless Service and the one for people. One that doesn't
// exist is no error.
func (c Cluster) Services(ctx context.Context) ([]view.Service, error) {
	found, err := list[corev1.Service](ctx, c.client, resource("", "services"), c.names.Namespace, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	services := []view.Service{}
	for _, s := range found {
		if s.Name != c.names.Headless() && s.Name != c.names.UI() {
			continue
		}
		service := view.Service{
			Name: s.Name, Headless: s.Spec.ClusterIP == corev1.ClusterIPNone,
			PublishNotReady: s.Spec.PublishNotReadyAddresses, Selector: s.Spec.Selector,
		}
		for _, port := range s.Spec.Ports {
			service.Ports = append(service.Ports, int(port.Port))
		}
		services = append(services, service)
	}
	return services, nil
}

// Endpoints reads which pods the headless Service gives a name.
func (c Cluster) Endpoints(ctx context.Context) ([]view.Endpoint, error) {
	found, err := list[discoveryv1.EndpointSlice](ctx, c.client, resource("discovery.k8s.io", "endpointslices"), c.names.Namespace,
		metav1.ListOptions{LabelSelector: discoveryv1.LabelServiceName + "=" + c.names.Headless()})
	if err != nil {
		return nil, err
	}
	endpoints := []view.Endpoint{}
	for _, slice := range found {
		for _, e := range slice.Endpoints {
			if e.TargetRef != nil {
				endpoints = append(endpoints, view.Endpoint{Pod: e.TargetRef.Name, Ready: e.Conditions.Ready != nil && *e.Conditions.Ready})
			}
		}
	}
	return endpoints, nil
}

// StorageClasses reads all StorageClasses.
func (c Cluster) StorageClasses(ctx context.Context) ([]view.StorageClass, error) {
	return c.client.StorageClasses(ctx)
}

// StorageClasses reads all StorageClasses.
func (c *Client) StorageClasses(ctx context.Context) ([]view.StorageClass, error) {
	found, err := list[storagev1.StorageClass](ctx, c, resource("storage.k8s.io", "storageclasses"), "", metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	classes := make([]view.StorageClass, 0, len(found))
	for _, s := range found {
		classes = append(classes, view.StorageClass{
			Name: s.Name, Default: s.Annotations["storageclass.kubernetes.io/is-default-class"] == "true",
			Expandable: s.AllowVolumeExpansion != nil && *s.AllowVolumeExpansion,
		})
	}
	return classes, nil
}

// Where the number of votes that end the flow election is written.
const (
	topologyKey        = "15-topology.properties"
	candidatesProperty = "nifi.cluster.flow.election.max.candidates"
)

// Candidates reads how many votes end the flow election, from the Secret that
// follows the replica count.
func (c Cluster) Candidates(ctx context.Context) (int, error) {
	if c.names.Adopted() {
		return c.names.Layout.Candidates, nil
	}
	name := c.names.Cluster + "-topology"
	data, err := c.client.Secret(ctx, c.names.Namespace, name)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(data[topologyKey])) {
		if value, found := strings.CutPrefix(strings.TrimSpace(line), candidatesProperty+"="); found {
			return strconv.Atoi(strings.TrimSpace(value))
		}
	}
	return 0, fmt.Errorf("reading Secret %q: it has no %s", name, candidatesProperty)
}
