package kube

import (
	"context"
	"encoding/json"
	"fmt"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// Adoption is what is made in Kubernetes for an adopted cluster. All of it is
// new: no object that was there is changed.
type Adoption struct {
	Names       topology.Names // with its layout
	Stores      trust.Stores
	Certificate map[string][]byte // tls.crt, tls.key and ca.crt for Names.AdminSecret; nil if that Secret is there
	HealerFrom  string            // namespace of the healer's ServiceAccount; empty: it gets no right
}

// Object is one of them.
type Object struct {
	Kind, Name string
	resource   Resource
	object     any
}

// Objects lists them in the order in which they are made: the operation Lease,
// which is how the cluster is found, comes last.
func (a Adoption) Objects() ([]Object, error) {
	layout, err := json.Marshal(a.Names.Layout)
	if err != nil {
		return nil, err
	}
	secret := func(name string, kind corev1.SecretType, data map[string][]byte) Object {
		return Object{"Secret", name, Resource{"", "v1", "secrets"}, &corev1.Secret{
			TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}, ObjectMeta: a.meta(name), Type: kind, Data: data,
		}}
	}
	record := map[string][]byte{LayoutKey: layout, StoresKey: []byte(a.Stores.String())}
	objects := []Object{secret(a.Names.Adoption(), corev1.SecretTypeOpaque, record)}
	if a.Certificate != nil {
		objects = append(objects, secret(a.Names.AdminSecret(), corev1.SecretTypeTLS, a.Certificate))
	}
	if a.HealerFrom != "" {
		objects = append(objects, a.role(), a.binding())
	}
	lease := a.Names.OperationLease()
	return append(objects, Object{"Lease", lease, Resource{"coordination.k8s.io", "v1", "leases"}, &coordinationv1.Lease{
		TypeMeta: metav1.TypeMeta{APIVersion: "coordination.k8s.io/v1", Kind: "Lease"}, ObjectMeta: a.meta(lease),
	}}), nil
}

func (a Adoption) meta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Namespace: a.Names.Namespace, Labels: map[string]string{
		topology.LabelName: "nifi", topology.LabelInstance: a.Names.Cluster,
		topology.LabelManagedBy: "kubectl-nifi", topology.LabelComponent: topology.ComponentAdopted,
	}}
}

// role is what the healer may do, as in the overlays. There is no tls-sync to be
// read or nudged and no anchor to be published, so it may do less.
func (a Adoption) role() Object {
	name := a.Names.Cluster + "-healer"
	ofPods := func(resource, verb string) rbacv1.PolicyRule {
		return rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{resource}, ResourceNames: a.pods(), Verbs: []string{verb}}
	}
	rules := []rbacv1.PolicyRule{
		{APIGroups: []string{"coordination.k8s.io"}, Resources: []string{"leases"}, ResourceNames: []string{a.Names.OperationLease()}, Verbs: []string{"get", "update", "patch"}},
		{APIGroups: []string{""}, Resources: []string{"secrets"}, ResourceNames: []string{a.Names.Adoption(), a.Names.HealerSecret()}, Verbs: []string{"get"}},
		ofPods("pods/log", "get"),
	}
	if a.Names.Layout.HealerMode == topology.HealerAct {
		rules = append(rules, ofPods("pods/eviction", "create"))
		if a.Names.Layout.TrustRestart == "full" { // when all others wait for the coordinator, no budget lets it go
			rules = append(rules, ofPods("pods", "delete"))
		}
	}
	return Object{"Role", name, Resource{rbacv1.GroupName, "v1", "roles"}, &rbacv1.Role{
		TypeMeta: metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "Role"}, ObjectMeta: a.meta(name), Rules: rules,
	}}
}

func (a Adoption) pods() []string {
	pods := make([]string, topology.MaxNodes)
	for ordinal := range pods {
		pods[ordinal] = a.Names.Pod(ordinal)
	}
	return pods
}

func (a Adoption) binding() Object {
	name := a.Names.Cluster + "-healer"
	return Object{"RoleBinding", name, Resource{rbacv1.GroupName, "v1", "rolebindings"}, &rbacv1.RoleBinding{
		TypeMeta: metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "RoleBinding"}, ObjectMeta: a.meta(name),
		RoleRef:  rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: name},
		Subjects: []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: "nifi-healer", Namespace: a.HealerFrom}},
	}}
}

// Keep makes an object of an adoption, or brings that of an earlier one up to
// date. One of that name that is no adoption's is somebody else's, and refused.
func (c Cluster) Keep(ctx context.Context, o Object) error {
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o.object)
	if err != nil {
		return err
	}
	unstructured.RemoveNestedField(fields, "metadata", "creationTimestamp") // null, which a patch would set
	what := fmt.Sprintf("%s %q", o.Kind, o.Name)
	_, err = c.of(o.resource).Create(ctx, &unstructured.Unstructured{Object: fields}, metav1.CreateOptions{FieldManager: fieldManager})
	if !apierrors.IsAlreadyExists(err) {
		return describe("making", what, err)
	}
	present, err := c.of(o.resource).Get(ctx, o.Name, metav1.GetOptions{})
	if err != nil {
		return describe("reading", what, err)
	}
	if l := present.GetLabels(); l[topology.LabelComponent] != topology.ComponentAdopted || l[topology.LabelInstance] != c.names.Cluster {
		return fmt.Errorf("making %s: one is there that kubectl nifi adopt didn't make; adopt the cluster under another NAME", what)
	}
	raw, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	_, err = c.of(o.resource).Patch(ctx, o.Name, types.MergePatchType, raw, metav1.PatchOptions{FieldManager: fieldManager})
	return describe("changing", what, err)
}
