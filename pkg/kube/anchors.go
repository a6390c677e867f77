package kube

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// PublishedAnchor is a certificate of the Secret "<cluster>-trust", which the
// tls-sync container of every node puts into that node's truststore. By, Reason
// and At are empty for one that somebody put there by other means.
type PublishedAnchor = trust.Published

// PublishedAnchors reads the anchors of the cluster's trust Secret, each once,
// by time and fingerprint. It takes the keys that tls-sync.sh takes, *.crt and
// *.pem, and of them what is a whole certificate. ErrNotFound if there is no
// such Secret.
func (c Cluster) PublishedAnchors(ctx context.Context) ([]PublishedAnchor, error) {
	secret, err := c.readTrust(ctx)
	if err != nil {
		return nil, err
	}
	return trustSecretOf(secret).anchors(), nil
}

// PublishAnchors adds anchors to the cluster's trust Secret and keeps those
// that are there. ErrNotFound if there is no such Secret.
func (c Cluster) PublishAnchors(ctx context.Context, anchors []PublishedAnchor) error {
	return c.changeTrust(ctx, func(s trustSecret) { s.add(anchors) })
}

// WithdrawAnchors takes anchors out of the cluster's trust Secret, whichever
// keys hold them. One that isn't there is no error. Nodes keep an anchor for
// ten minutes after it was last seen (tls-sync.sh).
func (c Cluster) WithdrawAnchors(ctx context.Context, anchors []trust.Fingerprint) error {
	return c.changeTrust(ctx, func(s trustSecret) { s.remove(anchors) })
}

func (c Cluster) readTrust(ctx context.Context) (*corev1.Secret, error) {
	name := c.names.Trust()
	secret, err := c.client.api.secrets(c.names.Namespace).Get(ctx, name, metav1.GetOptions{})
	return secret, describe("reading", fmt.Sprintf("Secret %q", name), err)
}

// changeTrust changes the Secret as it was read, and again as long as somebody
// else was faster.
func (c Cluster) changeTrust(ctx context.Context, change func(trustSecret)) error {
	for {
		secret, err := c.readTrust(ctx)
		if err != nil {
			return err
		}
		patch, err := trustPatch(secret, change)
		if err != nil || patch == nil {
			return err
		}
		_, err = c.client.api.secrets(c.names.Namespace).
			Patch(ctx, c.names.Trust(), types.MergePatchType, patch, metav1.PatchOptions{FieldManager: fieldManager})
		if !apierrors.IsConflict(err) {
			return describe("changing", fmt.Sprintf("Secret %q", c.names.Trust()), err)
		}
	}
}
