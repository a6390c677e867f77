//go:build e2e

package e2e

import (
	"context"
	"maps"
	"net/http"

	authenticationv1 "k8s.io/api/authentication/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// mustNot is all that would make it more than a healer.
func (h *healerRights) mustNot() attempts {
	all := attempts{}
	for _, some := range []attempts{h.mustNotReadSecrets(), h.mustNotTouchPods(), h.mustNotTouchOthers(), h.mustNotGrow()} {
		maps.Copy(all, some)
	}
	return all
}

func (h *healerRights) mustNotReadSecrets() attempts {
	secrets := h.own.CoreV1().Secrets(h.Namespace)
	return attempts{
		"get a node's key":        h.secret(h.Namespace, h.NodeSecret(0)),
		"get the administrator's": h.secret(h.Namespace, h.AdminSecret()),
		"get the sensitive key":   h.secret(h.Namespace, h.Keys()),
		"get another cluster's":   h.secret(h.Namespace, "other-healer-tls"),
		"get one of a namespace":  h.secret("kube-system", h.HealerSecret()),
		"list Secrets":            func(ctx context.Context) error { _, err := secrets.List(ctx, metav1.ListOptions{}); return err },
		"watch Secrets":           func(ctx context.Context) error { _, err := secrets.Watch(ctx, metav1.ListOptions{}); return err },
		"delete the trust":        func(ctx context.Context) error { return secrets.Delete(ctx, h.Trust(), metav1.DeleteOptions{}) },
		"patch its own certificate": func(ctx context.Context) error {
			_, err := secrets.Patch(ctx, h.HealerSecret(), merge, healerPatch(), metav1.PatchOptions{})
			return err
		},
		"create a Secret": func(ctx context.Context) error {
			_, err := secrets.Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "new"}}, metav1.CreateOptions{})
			return err
		},
		"read ConfigMaps": func(ctx context.Context) error {
			_, err := h.own.CoreV1().ConfigMaps(h.Namespace).List(ctx, metav1.ListOptions{})
			return err
		},
		"create a Certificate": h.raw(http.MethodPost, "/apis/cert-manager.io/v1/namespaces/"+h.Namespace+"/certificates"),
		"approve a request":    h.raw(http.MethodPut, "/apis/cert-manager.io/v1/namespaces/"+h.Namespace+"/certificaterequests/x/status"),
		"sign a request":       h.raw(http.MethodPost, "/apis/certificates.k8s.io/v1/certificatesigningrequests"),
	}
}

func (h *healerRights) mustNotTouchPods() attempts {
	pods, sets := h.own.CoreV1().Pods(h.Namespace), h.own.AppsV1().StatefulSets(h.Namespace)
	pod := "/api/v1/namespaces/" + h.Namespace + "/pods/" + h.Pod(0)
	return attempts{
		"exec into a pod":            h.raw(http.MethodPost, pod+"/exec?command=id"),
		"attach to a pod":            h.raw(http.MethodPost, pod+"/attach"),
		"forward a pod's port":       h.raw(http.MethodPost, pod+"/portforward"),
		"go through a pod's proxy":   h.raw(http.MethodGet, pod+"/proxy/"),
		"add an ephemeral container": h.raw(http.MethodPatch, pod+"/ephemeralcontainers"),
		"resize a pod":               h.raw(http.MethodPatch, pod+"/resize"),
		"bind a pod":                 h.raw(http.MethodPost, pod+"/binding"),
		"patch a pod": func(ctx context.Context) error {
			_, err := pods.Patch(ctx, h.Pod(0), merge, healerPatch(), metav1.PatchOptions{})
			return err
		},
		"delete a pod": func(ctx context.Context) error { return pods.Delete(ctx, h.Pod(0), metav1.DeleteOptions{}) },
		"delete all pods": func(ctx context.Context) error {
			return pods.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{})
		},
		"create a pod": func(ctx context.Context) error {
			_, err := pods.Create(ctx, waitingPod("new"), metav1.CreateOptions{})
			return err
		},
		"patch the StatefulSet": func(ctx context.Context) error {
			_, err := sets.Patch(ctx, h.Cluster, merge, healerPatch(), metav1.PatchOptions{})
			return err
		},
		"patch the StatefulSet's size": func(ctx context.Context) error {
			_, err := sets.Patch(ctx, h.Cluster, merge, []byte(`{"spec":{"replicas":1}}`), metav1.PatchOptions{}, "scale")
			return err
		},
		"delete the StatefulSet": func(ctx context.Context) error { return sets.Delete(ctx, h.Cluster, metav1.DeleteOptions{}) },
	}
}

func (h *healerRights) mustNotTouchOthers() attempts {
	leases := h.own.CoordinationV1().Leases(h.Namespace)
	return attempts{
		"nudge a neighbour's pod": h.nudge("other-0"),
		"evict a neighbour's pod": h.evict("other-0"),
		"read a neighbour's log": func(ctx context.Context) error {
			return h.own.CoreV1().Pods(h.Namespace).GetLogs("other-0", &corev1.PodLogOptions{}).Do(ctx).Error()
		},
		"patch the coordinator's Lease": h.lease(h.CoordinatorLease()),
		"patch a neighbour's lock":      h.lease("other-operation"),
		"delete the lock":               func(ctx context.Context) error { return leases.Delete(ctx, h.OperationLease(), metav1.DeleteOptions{}) },
		"create a Lease": func(ctx context.Context) error {
			_, err := leases.Create(ctx, &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: "new"}}, metav1.CreateOptions{})
			return err
		},
		"list pods elsewhere": func(ctx context.Context) error {
			_, err := h.own.CoreV1().Pods("kube-system").List(ctx, metav1.ListOptions{})
			return err
		},
		"list pods everywhere": func(ctx context.Context) error {
			_, err := h.own.CoreV1().Pods("").List(ctx, metav1.ListOptions{})
			return err
		},
		"list StatefulSets elsewhere": func(ctx context.Context) error {
			_, err := h.own.AppsV1().StatefulSets("default").List(ctx, metav1.ListOptions{})
			return err
		},
		"list Leases elsewhere": func(ctx context.Context) error {
			_, err := h.own.CoordinationV1().Leases("kube-system").List(ctx, metav1.ListOptions{})
			return err
		},
		"tell tales elsewhere": func(ctx context.Context) error {
			_, err := h.own.CoreV1().Events("default").Create(ctx, &corev1.Event{ObjectMeta: metav1.ObjectMeta{Name: "tale"}, InvolvedObject: corev1.ObjectReference{Namespace: "default"}}, metav1.CreateOptions{})
			return err
		},
		"delete Events": func(ctx context.Context) error {
			return h.own.CoreV1().Events(h.Namespace).DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{})
		},
		"list nodes": func(ctx context.Context) error {
			_, err := h.own.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
			return err
		},
		"list namespaces": func(ctx context.Context) error {
			_, err := h.own.CoreV1().Namespaces().List(ctx, metav1.ListOptions{})
			return err
		},
	}
}

// mustNotGrow is what would give it rights that it doesn't have.
func (h *healerRights) mustNotGrow() attempts {
	rbac := h.own.RbacV1()
	accounts := h.own.CoreV1().ServiceAccounts(h.Namespace)
	return attempts{
		"patch its Role": func(ctx context.Context) error {
			_, err := rbac.Roles(h.Namespace).Patch(ctx, "nifi-healer", merge, healerPatch(), metav1.PatchOptions{})
			return err
		},
		"create a RoleBinding": func(ctx context.Context) error {
			_, err := rbac.RoleBindings(h.Namespace).Create(ctx, &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "new"}, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "admin"}}, metav1.CreateOptions{})
			return err
		},
		"make a token": func(ctx context.Context) error {
			_, err := accounts.CreateToken(ctx, "default", &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
			return err
		},
		"make its own token": func(ctx context.Context) error {
			_, err := accounts.CreateToken(ctx, "nifi-healer", &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
			return err
		},
		"impersonate": h.raw(http.MethodPost, "/apis/authentication.k8s.io/v1/tokenreviews"),
		"change its own image": func(ctx context.Context) error {
			_, err := h.own.AppsV1().Deployments(h.Namespace).Patch(ctx, "nifi-healer", merge, healerPatch(), metav1.PatchOptions{})
			return err
		},
	}
}

// raw is a request that no typed client makes.
func (h *healerRights) raw(verb, uri string) func(context.Context) error {
	return func(ctx context.Context) error {
		return h.own.CoreV1().RESTClient().Verb(verb).RequestURI(uri).Body([]byte("{}")).Do(ctx).Error()
	}
}
