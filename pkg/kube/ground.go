package kube

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// Ground reads what a cluster would stand on in a namespace, with volumes of a
// StorageClass, or of the default one (""). It changes nothing. The error is
// that of an API server out of reach; others are facts of the ground.
func (c *Client) Ground(ctx context.Context, namespace, class string) (view.Ground, error) {
	version, err := c.ServerVersion(ctx)
	if err != nil {
		return view.Ground{}, err
	}
	g := view.Ground{Namespace: namespace, Class: class, Version: version}
	var mu sync.Mutex
	var wait sync.WaitGroup
	read := func(source view.Source, read func() (keep func(), err error)) {
		wait.Go(func() {
			keep, err := read()
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				g.Fail(source, err)
				return
			}
			keep()
		})
	}
	read(view.SourceNamespace, func() (func(), error) {
		exists, labels, err := c.namespace(ctx, namespace)
		return func() { g.Exists, g.Labels = &exists, labels }, err
	})
	read(view.SourceCertificates, func() (func(), error) {
		installed, silent, err := c.certManager(ctx, namespace)
		return func() { g.CertManager, g.Silent = &installed, silent }, err
	})
	read(view.SourceClasses, func() (func(), error) {
		classes, err := c.StorageClasses(ctx)
		return func() { g.Classes = classes }, err
	})
	read(view.SourceQuotas, func() (func(), error) {
		quotas, err := c.quotas(ctx, namespace)
		return func() { g.Quotas = quotas }, err
	})
	read(view.SourceRights, func() (func(), error) {
		rights, err := c.rights(ctx, namespace)
		return func() { g.Rights = rights }, err
	})
	wait.Wait()
	return g, nil
}

// namespace tells whether a namespace exists, and its labels.
func (c *Client) namespace(ctx context.Context, name string) (exists bool, labels map[string]string, err error) {
	found, err := c.api.namespaces().Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return false, nil, nil
	}
	if err != nil {
		return false, nil, describe("reading", fmt.Sprintf("Namespace %q", name), err)
	}
	return true, found.Labels, nil
}

// certManager tells whether cert-manager's types are there, and why its webhook
// refuses an Issuer that is only a dry run; empty if it takes it, or if this
// person or this namespace is why it can't be tried.
func (c *Client) certManager(ctx context.Context, namespace string) (installed bool, silent string, err error) {
	switch err := c.api.core.Get().AbsPath("/apis/cert-manager.io/v1").Do(ctx).Error(); {
	case apierrors.IsNotFound(err):
		return false, "", nil
	case err != nil:
		return false, "", describe("reading", "the types of cert-manager", err)
	}
	issuer := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "cert-manager.io/v1", "kind": "Issuer",
		"metadata": map[string]any{"generateName": "kubectl-nifi-", "namespace": namespace},
		"spec":     map[string]any{"selfSigned": map[string]any{}},
	}}
	_, err = c.dynamic.Resource(resource("cert-manager.io", "issuers")).Namespace(namespace).
		Create(ctx, issuer, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	if err == nil || apierrors.IsNotFound(err) || apierrors.IsForbidden(err) {
		return true, "", nil
	}
	return true, oneLine(err.Error()), nil
}

func (c *Client) quotas(ctx context.Context, namespace string) ([]view.Quota, error) {
	found, err := list[corev1.ResourceQuota](ctx, c, resource("", "resourcequotas"), namespace, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	quotas := []view.Quota{}
	for _, q := range found {
		for _, name := range slices.Sorted(maps.Keys(q.Status.Hard)) {
			hard, used := q.Status.Hard[name], q.Status.Used[name]
			quotas = append(quotas, view.Quota{
				Name: q.Name, Resource: string(name), Used: used.String(), Hard: hard.String(), Full: used.Cmp(hard) >= 0,
			})
		}
	}
	return quotas, nil
}

// applied is what `kubectl apply -k` of an overlay makes and changes.
func applied() []view.Right {
	var rights []view.Right
	for _, of := range []view.Right{
		{Group: "apps", Resource: "statefulsets"}, {Resource: "services"}, {Resource: "secrets"}, {Resource: "serviceaccounts"},
		{Group: "rbac.authorization.k8s.io", Resource: "roles"}, {Group: "rbac.authorization.k8s.io", Resource: "rolebindings"},
		{Group: "policy", Resource: "poddisruptionbudgets"}, {Group: "coordination.k8s.io", Resource: "leases"},
		{Group: "cert-manager.io", Resource: "certificates"}, {Group: "cert-manager.io", Resource: "issuers"},
	} {
		for _, of.Verb = range []string{"get", "create", "patch"} {
			rights = append(rights, of)
		}
	}
	return rights
}

// rights asks what this person may do, all at once.
func (c *Client) rights(ctx context.Context, namespace string) ([]view.Right, error) {
	rights := applied()
	failures := make([]error, len(rights))
	var wait sync.WaitGroup
	for i := range rights {
		wait.Go(func() { rights[i].Allowed, failures[i] = c.may(ctx, namespace, rights[i]) })
	}
	wait.Wait()
	for _, err := range failures {
		if err != nil {
			return nil, err
		}
	}
	return rights, nil
}

func (c *Client) may(ctx context.Context, namespace string, r view.Right) (bool, error) {
	review := authorizationv1.SelfSubjectAccessReview{
		TypeMeta: metav1.TypeMeta{APIVersion: "authorization.k8s.io/v1", Kind: "SelfSubjectAccessReview"},
		Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &authorizationv1.ResourceAttributes{
			Namespace: namespace, Verb: r.Verb, Group: r.Group, Resource: r.Resource,
		}},
	}
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&review)
	if err != nil {
		return false, err
	}
	answer, err := c.dynamic.Resource(resource("authorization.k8s.io", "selfsubjectaccessreviews")).
		Create(ctx, &unstructured.Unstructured{Object: object}, metav1.CreateOptions{})
	if err != nil {
		return false, describe("asking for", "your rights", err)
	}
	allowed, _, _ := unstructured.NestedBool(answer.Object, "status", "allowed")
	return allowed, nil
}
