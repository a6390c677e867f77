package kube

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// pageSize is how many objects one request lists.
const pageSize = 500

// Resource names a kind of object as the API server does: "apps", "v1",
// "statefulsets"; the group of the oldest kinds is empty.
type Resource struct{ Group, Version, Name string }

// Resources is every kind of object that a cluster's overlay makes, or that is
// made from those, in one namespace.
func Resources() []Resource {
	return []Resource{
		{"apps", "v1", "statefulsets"},
		{"apps", "v1", "controllerrevisions"},
		{"apps", "v1", "deployments"},
		{"", "v1", "pods"},
		{"", "v1", "services"},
		{"discovery.k8s.io", "v1", "endpointslices"},
		{"", "v1", "persistentvolumeclaims"},
		{"", "v1", "configmaps"},
		{"", "v1", "secrets"},
		{"", "v1", "serviceaccounts"},
		{"rbac.authorization.k8s.io", "v1", "roles"},
		{"rbac.authorization.k8s.io", "v1", "rolebindings"},
		{"policy", "v1", "poddisruptionbudgets"},
		{"networking.k8s.io", "v1", "ingresses"},
		{"networking.k8s.io", "v1", "networkpolicies"},
		{"coordination.k8s.io", "v1", "leases"},
		{"cert-manager.io", "v1", "issuers"},
		{"cert-manager.io", "v1", "certificates"},
		{"cert-manager.io", "v1", "certificaterequests"},
		{"", "v1", "events"},
	}
}

// Objects lists the cluster's objects of a kind, as the API server writes them.
func (c Cluster) Objects(ctx context.Context, resource Resource) ([]map[string]any, error) {
	options := metav1.ListOptions{Limit: pageSize}
	objects := []map[string]any{}
	for {
		list, err := c.of(resource).List(ctx, options)
		if err != nil {
			return nil, describe("listing", resource.Name, err)
		}
		for i := range list.Items {
			if c.belongs(&list.Items[i]) {
				objects = append(objects, list.Items[i].Object)
			}
		}
		if options.Continue = list.GetContinue(); options.Continue == "" {
			return objects, nil
		}
	}
}

// Policies is the kinds of objects of an overlay that belong to no namespace.
func Policies() []Resource {
	return []Resource{
		{policyGroup, "v1", "validatingadmissionpolicybindings"},
		{policyGroup, "v1", "validatingadmissionpolicies"},
	}
}

const policyGroup = "admissionregistration.k8s.io"

// Exists tells whether there is an object with this name.
func (c Cluster) Exists(ctx context.Context, resource Resource, name string) (bool, error) {
	_, err := c.of(resource).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	return err == nil, describe("reading", fmt.Sprintf("%s %q", resource.Name, name), err)
}

// DeleteObject deletes an object; one that is gone is no error.
func (c Cluster) DeleteObject(ctx context.Context, resource Resource, name string) error {
	err := c.of(resource).Delete(ctx, name, metav1.DeleteOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return describe("deleting", fmt.Sprintf("%s %q", resource.Name, name), err)
}

// of is the client of a kind, in the cluster's namespace if it has one.
func (c Cluster) of(resource Resource) dynamic.ResourceInterface {
	all := c.client.dynamic.Resource(schema.GroupVersionResource{Group: resource.Group, Version: resource.Version, Resource: resource.Name})
	if resource.Group == policyGroup {
		return all
	}
	return all.Namespace(c.names.Namespace)
}

// belongs tells that an object is the cluster's: its label says so, or it has
// none and its name, or that of what it tells about, is the cluster's or
// begins with it. NiFi labels none of its Leases and ConfigMaps. A claim's
// name begins with that of its template.
func (c Cluster) belongs(object *unstructured.Unstructured) bool {
	instance, labelled := object.GetLabels()[topology.LabelInstance]
	if labelled && (instance == c.names.Cluster || !c.names.Adopted()) { // others use the label in their own way
		return instance == c.names.Cluster
	}
	name := object.GetName()
	if about, ok, _ := unstructured.NestedString(object.Object, "involvedObject", "name"); ok {
		name = about
	}
	kind, _, _ := unstructured.NestedString(object.Object, "involvedObject", "kind")
	for _, own := range []string{c.names.Cluster, c.names.StatefulSet()} {
		if name == own || strings.HasPrefix(name, own+"-") || kind == "PersistentVolumeClaim" && strings.Contains(name, "-"+own+"-") {
			return true
		}
	}
	return false
}

// SecretNames is the Secrets that a decoded object names: those its containers
// mount or take variables from, and those a certificate is kept in.
func SecretNames(object any) []string {
	names := map[string]bool{}
	collectSecrets(object, names)
	return slices.Sorted(maps.Keys(names))
}

func collectSecrets(value any, names map[string]bool) {
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			collectSecrets(element, names)
		}
	case map[string]any:
		for key, field := range value {
			switch key {
			case "secretName":
				if name, ok := field.(string); ok {
					names[name] = true
				}
			case "secret", "secretKeyRef", "secretRef":
				if name, ok, _ := unstructured.NestedString(value, key, "name"); ok {
					names[name] = true
				}
			}
			collectSecrets(field, names)
		}
	}
}
