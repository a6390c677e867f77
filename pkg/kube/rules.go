package kube

import (
	"context"
	"maps"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// Rules reads what the namespace's RoleBindings let NiFi's ServiceAccount do,
// and the healer's. A binding to a role that doesn't exist gives nothing.
func (c Cluster) Rules(ctx context.Context) ([]view.Rule, error) {
	bindings, err := list[rbacv1.RoleBinding](ctx, c.client, resource(rbacv1.GroupName, "rolebindings"), c.names.Namespace, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	rules := []view.Rule{}
	for _, binding := range bindings {
		nifi, healer := slices.ContainsFunc(binding.Subjects, c.isNiFi), slices.ContainsFunc(binding.Subjects, isHealer)
		if !nifi && !healer {
			continue
		}
		found, err := c.role(ctx, binding.RoleRef)
		if err != nil {
			return nil, err
		}
		for _, r := range found.Rules {
			rule := view.Rule{Groups: r.APIGroups, Resources: r.Resources, Names: r.ResourceNames, Verbs: r.Verbs}
			if nifi {
				rules = append(rules, rule)
			}
			if rule.Healer = healer; healer {
				rules = append(rules, rule)
			}
		}
	}
	return rules, nil
}

func (c Cluster) isNiFi(s rbacv1.Subject) bool {
	return s.Kind == rbacv1.ServiceAccountKind && s.Name == c.names.ServiceAccount() && s.Namespace == c.names.Namespace
}

// isHealer tells that it is nifi-healer, of whatever namespace the cluster's
// document names.
func isHealer(s rbacv1.Subject) bool {
	return s.Kind == rbacv1.ServiceAccountKind && s.Name == "nifi-healer"
}

func (c Cluster) role(ctx context.Context, ref rbacv1.RoleRef) (rbacv1.Role, error) {
	of, namespace := resource(rbacv1.GroupName, "roles"), c.names.Namespace
	if ref.Kind == "ClusterRole" {
		of.Resource, namespace = "clusterroles", ""
	}
	object, err := c.client.dynamic.Resource(of).Namespace(namespace).Get(ctx, ref.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return rbacv1.Role{}, nil
	}
	if err != nil {
		return rbacv1.Role{}, describe("reading", ref.Kind+" "+ref.Name, err)
	}
	var role rbacv1.Role
	return role, runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &role)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
