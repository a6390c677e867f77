package kube

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Secret reads the data of a Secret with the person's own rights.
func (c *Client) Secret(ctx context.Context, namespace, name string) (map[string][]byte, error) {
	secret, err := c.api.secrets(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, describe("reading", fmt.Sprintf("Secret %q", name), err)
	}
	return secret.Data, nil
}
