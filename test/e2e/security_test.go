//go:build e2e

package e2e

import (
	"encoding/json"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// testRestrictedProfile sends the pod template as a Pod into a namespace that
// enforces and warns of the restricted Pod Security Standard.
func testRestrictedProfile(t *testing.T, c cluster) {
	var warnings warningList
	config := rest.CopyConfig(c.config)
	config.WarningHandler = &warnings
	client, err := kubernetes.NewForConfig(config)
	require.NoError(t, err)
	ns, err := client.CoreV1().Namespaces().Get(t.Context(), namespace, metav1.GetOptions{})
	require.NoError(t, err)
	require.Equal(t, "restricted", ns.Labels["pod-security.kubernetes.io/enforce"])
	set, err := client.AppsV1().StatefulSets(namespace).Get(t.Context(), c.Cluster, metav1.GetOptions{})
	require.NoError(t, err)
	pod := &corev1.Pod{ObjectMeta: set.Spec.Template.ObjectMeta, Spec: set.Spec.Template.Spec}
	pod.Name = "admitted"
	pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: "state", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}})
	_, err = client.CoreV1().Pods(namespace).Create(t.Context(), pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	require.NoError(t, err)
	assert.Empty(t, warnings.all)

	pod.Spec.SecurityContext = nil // the check can fail
	_, err = client.CoreV1().Pods(namespace).Create(t.Context(), pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	assert.True(t, apierrors.IsForbidden(err), "%v", err)
}

type warningList struct {
	lock sync.Mutex
	all  []string
}

func (w *warningList) HandleWarningHeader(_ int, _ string, text string) {
	w.lock.Lock()
	defer w.lock.Unlock()
	w.all = append(w.all, text)
}

// testDenials tries with NiFi's own token what a script in a processor could.
func testDenials(t *testing.T, c cluster) {
	token, err := c.client.CoreV1().ServiceAccounts(namespace).CreateToken(t.Context(), c.Cluster, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	require.NoError(t, err)
	config := rest.AnonymousClientConfig(c.config)
	config.BearerToken = token.Status.Token
	own, err := kubernetes.NewForConfig(config)
	require.NoError(t, err)
	ctx, patch := t.Context(), []byte(`{"metadata":{"annotations":{"x":"y"}}}`)
	leases, merge := own.CoordinationV1().Leases(namespace), types.MergePatchType

	_, err = leases.Get(ctx, c.CoordinatorLease(), metav1.GetOptions{})
	require.NoError(t, err, "its own lease it may read: the token works")
	for what, attempt := range map[string]func() error{
		"list Secrets": func() error { _, err := own.CoreV1().Secrets(namespace).List(ctx, metav1.ListOptions{}); return err },
		"get its key": func() error {
			_, err := own.CoreV1().Secrets(namespace).Get(ctx, c.Cluster+"-keys", metav1.GetOptions{})
			return err
		},
		"get a node's Secret": func() error {
			_, err := own.CoreV1().Secrets(namespace).Get(ctx, c.NodeSecret(1), metav1.GetOptions{})
			return err
		},
		"patch the trust": func() error {
			_, err := own.CoreV1().Secrets(namespace).Patch(ctx, c.Trust(), merge, patch, metav1.PatchOptions{})
			return err
		},
		"get the operation Lease": func() error { _, err := leases.Get(ctx, c.OperationLease(), metav1.GetOptions{}); return err },
		"patch the operation": func() error {
			_, err := leases.Patch(ctx, c.OperationLease(), merge, patch, metav1.PatchOptions{})
			return err
		},
		"delete the operation": func() error { return leases.Delete(ctx, c.OperationLease(), metav1.DeleteOptions{}) },
		"patch another's Lease": func() error {
			_, err := leases.Patch(ctx, "solo-cluster-coordinator", merge, patch, metav1.PatchOptions{})
			return err
		},
		"list Leases": func() error { _, err := leases.List(ctx, metav1.ListOptions{}); return err },
		"get the StatefulSet": func() error {
			_, err := own.AppsV1().StatefulSets(namespace).Get(ctx, c.Cluster, metav1.GetOptions{})
			return err
		},
		"patch the StatefulSet": func() error {
			_, err := own.AppsV1().StatefulSets(namespace).Patch(ctx, c.Cluster, merge, patch, metav1.PatchOptions{})
			return err
		},
		"list pods":    func() error { _, err := own.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{}); return err },
		"delete a pod": func() error { return own.CoreV1().Pods(namespace).Delete(ctx, c.Pod(1), metav1.DeleteOptions{}) },
		"patch a pod's status": func() error {
			_, err := own.CoreV1().Pods(namespace).Patch(ctx, c.Pod(1), merge, patch, metav1.PatchOptions{}, "status")
			return err
		},
		"exec into a pod": func() error {
			return own.CoreV1().RESTClient().Post().Namespace(namespace).Resource("pods").Name(c.Pod(1)).SubResource("exec").Param("command", "id").Do(ctx).Error()
		},
		"ConfigMaps of a neighbour": func() error { _, err := own.CoreV1().ConfigMaps("default").List(ctx, metav1.ListOptions{}); return err },
	} {
		err := attempt()
		assert.True(t, apierrors.IsForbidden(err), "%s: %v", what, err)
	}
}

// testNoLeaks looks for every key, byte by byte, where none may be.
func testNoLeaks(t *testing.T, c cluster) {
	ctx := t.Context()
	var secrets []string
	list, err := c.client.CoreV1().Secrets(namespace).List(ctx, metav1.ListOptions{})
	require.NoError(t, err)
	for _, secret := range list.Items {
		if key := strings.TrimSpace(string(secret.Data["sensitive-props-key"])); key != "" {
			secrets = append(secrets, key)
		}
		for line := range strings.Lines(string(secret.Data["tls.key"])) {
			if line = strings.TrimSpace(line); len(line) >= 32 && !strings.HasPrefix(line, "-----") {
				secrets = append(secrets, line)
			}
		}
	}
	require.Greater(t, len(secrets), 10, "there are keys to look for")

	places := map[string]string{}
	configMaps, err := c.client.CoreV1().ConfigMaps(namespace).List(ctx, metav1.ListOptions{})
	require.NoError(t, err)
	places["ConfigMaps"] = asJSON(t, configMaps)
	pods, err := c.client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{})
	require.NoError(t, err)
	places["pods"] = asJSON(t, pods)
	events, err := c.client.CoreV1().Events(namespace).List(ctx, metav1.ListOptions{})
	require.NoError(t, err)
	places["events"] = asJSON(t, events)
	for name := range c.pods(t) {
		for _, container := range []string{"nifi", "tls-sync", "tls-wait"} {
			places["log of "+name+"/"+container] = c.log(t, name, container)
		}
		places["processes of "+name] = kubectl(t, "exec", "-n", namespace, name, "--", "ps", "-eww", "-o", "args").out
		require.Contains(t, places["processes of "+name], "org.apache.nifi.NiFi")
		require.Contains(t, places["log of "+name+"/nifi"], "INFO", "the application's log is on the console")
	}
	for place, text := range places {
		for _, secret := range secrets {
			assert.NotContains(t, text, secret, "a secret is in the %s", place)
		}
	}
}

func (c cluster) log(t *testing.T, pod, container string) string {
	t.Helper()
	stream, err := c.client.CoreV1().Pods(namespace).GetLogs(pod, &corev1.PodLogOptions{Container: container}).Stream(t.Context())
	require.NoError(t, err)
	defer stream.Close()
	text, err := io.ReadAll(stream)
	require.NoError(t, err)
	return string(text)
}

func asJSON(t *testing.T, object any) string {
	t.Helper()
	text, err := json.Marshal(object)
	require.NoError(t, err)
	return string(text)
}
