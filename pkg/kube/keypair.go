package kube

import (
	"context"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// KeepPair puts a certificate, its key and its root into a Secret as
// cert-manager would: tls.crt, tls.key, ca.crt. There may be no such Secret yet.
func (c Cluster) KeepPair(ctx context.Context, name string, data map[string][]byte) error {
	patch, err := json.Marshal(map[string]any{"data": data})
	if err != nil {
		return err
	}
	secrets := c.client.api.secrets(c.names.Namespace)
	_, err = secrets.Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{})
	if apierrors.IsNotFound(err) {
		_, err = secrets.Create(ctx, &corev1.Secret{
			TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
			ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: c.names.Namespace, Labels: map[string]string{
				topology.LabelName: "nifi", topology.LabelInstance: c.names.Cluster, topology.LabelManagedBy: "kubectl-nifi",
			}},
			Type: corev1.SecretTypeTLS,
			Data: data,
		}, metav1.CreateOptions{})
	}
	return describe("writing", fmt.Sprintf("Secret %q", name), err)
}
