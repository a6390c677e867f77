package kube

import (
	"context"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Renew asks cert-manager to issue a Certificate anew at once, as `cmctl renew`
// does (cert-manager's cmctl, pkg/renew): by the condition Issuing on its
// status. It updates the status, which cert-manager's own role for editors
// allows, and doesn't patch it. One that is being issued is left alone.
func (c Cluster) Renew(ctx context.Context, name string, at time.Time) error {
	client := c.client.dynamic.Resource(certificates()).Namespace(c.names.Namespace)
	what := fmt.Sprintf("Certificate %q", name)
	for {
		object, err := client.Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return describe("reading", what, err)
		}
		changed, err := issue(object, at)
		if err != nil || !changed {
			return describe("changing", what, err)
		}
		_, err = client.UpdateStatus(ctx, object, metav1.UpdateOptions{FieldManager: fieldManager})
		if !apierrors.IsConflict(err) {
			return describe("changing", what, err)
		}
	}
}

// issue sets the condition, and tells whether it wasn't set.
func issue(object *unstructured.Unstructured, at time.Time) (bool, error) {
	conditions, _, err := unstructured.NestedSlice(object.Object, "status", "conditions")
	if err != nil {
		return false, err
	}
	issuing := false
	conditions = slices.DeleteFunc(conditions, func(condition any) bool {
		fields, _ := condition.(map[string]any)
		mine := fields["type"] == conditionIssuing
		issuing = issuing || mine && fields["status"] == "True"
		return mine
	})
	if issuing {
		return false, nil
	}
	conditions = append(conditions, map[string]any{
		"type": conditionIssuing, "status": "True", "reason": "ManuallyTriggered", "message": "Certificate re-issuance manually triggered",
		"lastTransitionTime": at.UTC().Format(time.RFC3339), "observedGeneration": object.GetGeneration(),
	})
	return true, unstructured.SetNestedSlice(object.Object, conditions, "status", "conditions")
}
