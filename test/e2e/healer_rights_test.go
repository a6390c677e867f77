//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/overlay"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// healerNamespace is fresh at each run, and holds no NiFi.
const healerNamespace = "e2e-healer"

// healerRights is a namespace with a healer, what a cluster's overlay gives it,
// and objects to try that on.
type healerRights struct {
	lab
	topology.Names
	own     kubernetes.Interface // with the healer's token
	dynamic dynamic.Interface    // with the healer's token
}

// attempts are what is tried, by what it would do.
type attempts map[string]func(ctx context.Context) error

// TestHealerRights takes the token of the healer's ServiceAccount and tries
// what it must not do, and what it must.
func TestHealerRights(t *testing.T) {
	l := openLab(t)
	h := l.stageHealer(t)
	h.applyRights(t, "act")
	t.Run("runs in a restricted namespace", h.testRuns)
	h.asHealer(t)
	eventually(t, 30*time.Second, "the rights of the overlays", func(ctx context.Context) error {
		_, err := h.own.CoordinationV1().Leases(h.Namespace).Get(ctx, h.OperationLease(), metav1.GetOptions{})
		return err
	})
	for what, attempt := range h.needs() {
		assert.NoError(t, attempt(t.Context()), "it must be able to %s", what)
	}
	for what, attempt := range h.acts() {
		assert.NoError(t, attempt(t.Context()), "it must be able to %s", what)
	}
	for what, attempt := range h.mustNot() {
		err := attempt(t.Context())
		assert.True(t, apierrors.IsForbidden(err), "it must not %s: %v", what, err)
	}
	h.applyRights(t, "observe")
	eventually(t, 30*time.Second, "an observer that can't act", func(ctx context.Context) error {
		for what, attempt := range h.acts() {
			if err := attempt(ctx); !apierrors.IsForbidden(err) {
				return fmt.Errorf("it can %s: %v", what, err)
			}
		}
		return nil
	})
	for what, attempt := range h.needs() {
		assert.NoError(t, attempt(t.Context()), "an observer must be able to %s", what)
	}
	h.testFull(t)
}

// stageHealer makes the namespace, and in it what a cluster would have.
func (l lab) stageHealer(t *testing.T) *healerRights {
	t.Helper()
	ctx := t.Context()
	h := &healerRights{lab: l, Names: topology.Names{Cluster: "prod", Namespace: healerNamespace, Domain: "cluster.local"}}
	remove := func(ctx context.Context) error {
		_ = l.client.CoreV1().Namespaces().Delete(ctx, healerNamespace, metav1.DeleteOptions{})
		if _, err := l.client.CoreV1().Namespaces().Get(ctx, healerNamespace, metav1.GetOptions{}); !apierrors.IsNotFound(err) {
			return fmt.Errorf("it is still there: %v", err)
		}
		return nil
	}
	eventually(t, 3*time.Minute, "no namespace "+healerNamespace, remove)
	_, err := l.client.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: healerNamespace, Labels: map[string]string{"pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/warn": "restricted"},
	}}, metav1.CreateOptions{})
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = l.client.CoreV1().Namespaces().Delete(context.WithoutCancel(ctx), healerNamespace, metav1.DeleteOptions{})
	})
	for _, name := range []string{h.HealerSecret(), h.NodeSecret(0), h.AdminSecret(), h.Keys(), "other-healer-tls"} {
		_, err := l.client.CoreV1().Secrets(healerNamespace).Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
		require.NoError(t, err)
	}
	for _, name := range []string{h.CoordinatorLease(), "other-operation"} {
		_, err := l.client.CoordinationV1().Leases(healerNamespace).Create(ctx, &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
		require.NoError(t, err)
	}
	for _, name := range []string{h.Pod(0), "other-0"} {
		_, err := l.client.CoreV1().Pods(healerNamespace).Create(ctx, waitingPod(name), metav1.CreateOptions{})
		require.NoError(t, err)
	}
	none := int32(0)
	labels := map[string]string{"set": h.Cluster}
	_, err = l.client.AppsV1().StatefulSets(healerNamespace).Create(ctx, &appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{Name: h.Cluster},
		Spec: appsv1.StatefulSetSpec{Replicas: &none, Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: waitingPod("").Spec,
		}},
	}, metav1.CreateOptions{})
	require.NoError(t, err)
	return h
}

// waitingPod is one that no Kubernetes node takes.
func waitingPod(name string) *corev1.Pod {
	yes, no := true, false
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.PodSpec{
		NodeSelector:    map[string]string{"kubernetes.io/hostname": "nowhere"},
		SecurityContext: &corev1.PodSecurityContext{RunAsNonRoot: &yes, SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}},
		Containers: []corev1.Container{{Name: "nifi", Image: "none.invalid/none", SecurityContext: &corev1.SecurityContext{
			AllowPrivilegeEscalation: &no, Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		}}},
	}}
}

// applyRights applies the healer's overlay and, of a cluster's, what is about
// rights, with the lock and the trust that they name.
func (h *healerRights) applyRights(t *testing.T, mode string) {
	t.Helper()
	root := t.TempDir()
	file, dir, healer := filepath.Join(root, "in.yaml"), filepath.Join(root, "prod"), filepath.Join(root, "nifi-healer")
	text := strings.Replace(fmt.Sprintf(document, h.Cluster, 1), "namespace: "+namespace, "namespace: "+h.Namespace, 1) + "  healer: {mode: " + mode + "}\n"
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	h.nifi(t, "init", h.Cluster, "-f", file, "--dir", dir)
	stream, err := overlay.BuildFolder(dir)
	require.NoError(t, err)
	var rights [][]byte
	for _, object := range bytes.Split(stream, []byte("\n---\n")) {
		for _, kind := range []string{"Role", "RoleBinding", "Lease"} {
			if bytes.Contains(object, []byte("\nkind: "+kind+"\n")) {
				rights = append(rights, object)
			}
		}
		if bytes.Contains(object, []byte("\n  name: "+h.Trust()+"\n")) {
			rights = append(rights, object)
		}
	}
	require.Len(t, rights, 6, "two Roles, two RoleBindings, the lock and the trust")
	manifests := filepath.Join(root, "rights.yaml")
	require.NoError(t, os.WriteFile(manifests, bytes.Join(rights, []byte("\n---\n")), 0o600))
	kubectl(t, "apply", "-f", manifests)
	folder := strings.TrimSpace(h.nifi(t, "healer", "install", "-n", h.Namespace, "--dir", healer, "--replicas", "2").out)
	assert.NotContains(t, kubectl(t, "apply", "-k", folder).errOut, "Warning", "the API server has nothing to say")
}

// testRuns needs the image, which `make e2e` gives the lab.
func (h *healerRights) testRuns(t *testing.T) {
	eventually(t, 2*time.Minute, "two ready replicas of nifi-healer", func(ctx context.Context) error {
		found, err := h.client.AppsV1().Deployments(h.Namespace).Get(ctx, "nifi-healer", metav1.GetOptions{})
		if err != nil {
			return err
		}
		if found.Status.ReadyReplicas != 2 {
			return fmt.Errorf("%d replicas are ready", found.Status.ReadyReplicas)
		}
		return nil
	})
	eventually(t, time.Minute, "a leader", func(ctx context.Context) error {
		lease, err := h.client.CoordinationV1().Leases(h.Namespace).Get(ctx, "nifi-healer", metav1.GetOptions{})
		if err == nil && (lease.Spec.HolderIdentity == nil || *lease.Spec.HolderIdentity == "") {
			err = fmt.Errorf("nobody holds it")
		}
		return err
	})
}

// asHealer makes clients with the healer's own token.
func (h *healerRights) asHealer(t *testing.T) {
	t.Helper()
	token, err := h.client.CoreV1().ServiceAccounts(h.Namespace).CreateToken(t.Context(), "nifi-healer", &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	require.NoError(t, err)
	config := rest.AnonymousClientConfig(h.config)
	config.BearerToken, config.QPS, config.Burst = token.Status.Token, 100, 200
	h.own, err = kubernetes.NewForConfig(config)
	require.NoError(t, err)
	h.dynamic, err = dynamic.NewForConfig(config)
	require.NoError(t, err)
}

func healerPatch() []byte {
	return []byte(`{"metadata":{"annotations":{"kubectl-nifi.dev/tried":"yes"}}}`)
}

const merge = types.MergePatchType

// needs is what it does in every mode.
func (h *healerRights) needs() attempts {
	own, n := h.own, h.Namespace
	return attempts{
		"list StatefulSets": func(ctx context.Context) error {
			_, err := own.AppsV1().StatefulSets(n).List(ctx, metav1.ListOptions{})
			return err
		},
		"watch pods": func(ctx context.Context) error {
			w, err := own.CoreV1().Pods(n).Watch(ctx, metav1.ListOptions{})
			if err == nil {
				w.Stop()
			}
			return err
		},
		"list Leases": func(ctx context.Context) error {
			_, err := own.CoordinationV1().Leases(n).List(ctx, metav1.ListOptions{})
			return err
		},
		"list Certificates":   h.list("certificates"),
		"list requests":       h.list("certificaterequests"),
		"get its certificate": h.secret(n, h.HealerSecret()),
		"get the trust":       h.secret(n, h.Trust()),
		"patch the operation": h.lease(h.OperationLease()),
		"patch its own Lease": h.lease("nifi-healer"),
		"get the log of a pod": func(ctx context.Context) error {
			return notStarted(own.CoreV1().Pods(n).GetLogs(h.Pod(0), &corev1.PodLogOptions{}).Do(ctx).Error())
		},
		"tell what it decides": func(ctx context.Context) error {
			_, err := own.CoreV1().Events(n).Create(ctx, &corev1.Event{
				ObjectMeta: metav1.ObjectMeta{GenerateName: "tried-"}, InvolvedObject: corev1.ObjectReference{Kind: "StatefulSet", Namespace: n, Name: h.Cluster},
			}, metav1.CreateOptions{})
			return err
		},
	}
}

// acts is what it does unless it only observes.
func (h *healerRights) acts() attempts {
	own, n := h.own, h.Namespace
	return attempts{
		"patch the trust": func(ctx context.Context) error {
			_, err := own.CoreV1().Secrets(n).Patch(ctx, h.Trust(), merge, healerPatch(), metav1.PatchOptions{})
			return err
		},
		"nudge a pod": h.nudge(h.Pod(0)),
		"evict a pod": h.evict(h.Pod(0)),
	}
}

// notStarted takes the API server's word that a pod has no log yet.
func notStarted(err error) error {
	if apierrors.IsBadRequest(err) {
		return nil
	}
	return err
}

func (h *healerRights) secret(namespace, name string) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := h.own.CoreV1().Secrets(namespace).Get(ctx, name, metav1.GetOptions{})
		return err
	}
}

func (h *healerRights) lease(name string) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := h.own.CoordinationV1().Leases(h.Namespace).Patch(ctx, name, merge, healerPatch(), metav1.PatchOptions{})
		return err
	}
}

func (h *healerRights) list(certManager string) func(context.Context) error {
	return func(ctx context.Context) error {
		of := schema.GroupVersionResource{Group: "cert-manager.io", Version: "v1", Resource: certManager}
		_, err := h.dynamic.Resource(of).Namespace(h.Namespace).List(ctx, metav1.ListOptions{})
		return err
	}
}

func (h *healerRights) nudge(pod string) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := h.own.CoreV1().Pods(h.Namespace).Patch(ctx, pod, merge, healerPatch(), metav1.PatchOptions{}, "status")
		return err
	}
}

func (h *healerRights) evict(pod string) func(context.Context) error {
	return func(ctx context.Context) error {
		return h.own.PolicyV1().Evictions(h.Namespace).Evict(ctx, &policyv1.Eviction{
			ObjectMeta: metav1.ObjectMeta{Name: pod, Namespace: h.Namespace}, DeleteOptions: &metav1.DeleteOptions{DryRun: []string{metav1.DryRunAll}},
		})
	}
}
