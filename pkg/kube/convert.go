package kube

import (
	"context"
	"fmt"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// container is what a snapshot calls NiFi's own container in each pod, and what
// our overlays call it.
const container = "nifi"

// statefulSetOf reads a StatefulSet whose container nifi is NiFi's.
func statefulSetOf(set *appsv1.StatefulSet, nifi string) view.StatefulSet {
	s := view.StatefulSet{
		Desired:         1, // what Kubernetes takes for an absent field
		Ready:           int(set.Status.ReadyReplicas),
		Updated:         int(set.Status.UpdatedReplicas),
		CurrentRevision: set.Status.CurrentRevision,
		UpdateRevision:  set.Status.UpdateRevision,
		Observed:        set.Status.ObservedGeneration >= set.Generation,
		Version:         set.Annotations[topology.Prefix+"version"],
		Created:         set.CreationTimestamp.Time,
		UID:             string(set.UID),
		HealerMode:      set.Annotations[topology.AnnotationHealerMode],
		TrustRestart:    set.Annotations[topology.AnnotationTrustRestart],
		TLSSource:       set.Annotations[topology.AnnotationTLSSource],
		OnDelete:        set.Spec.UpdateStrategy.Type == appsv1.OnDeleteStatefulSetStrategyType,
		Parallel:        set.Spec.PodManagementPolicy == appsv1.ParallelPodManagement,
	}
	if set.Spec.Replicas != nil {
		s.Desired = int(*set.Spec.Replicas)
	}
	for _, c := range set.Spec.Template.Spec.Containers {
		if c.Name == nifi {
			s.Image, s.NodesDomain = c.Image, valueOf(c.Env, "HEADLESS_DOMAIN")
			s.Unprobed = c.ReadinessProbe == nil
		}
	}
	s.Unsynced, s.Stores = true, set.Annotations[topology.AnnotationStores]
	for _, c := range set.Spec.Template.Spec.InitContainers {
		s.Unsynced = s.Unsynced && c.Name != "tls-sync"
		always := c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
		s.NoSidecar = s.NoSidecar || c.Name == "tls-sync" && !always
	}
	for _, template := range set.Spec.VolumeClaimTemplates {
		s.Volumes = append(s.Volumes, template.Name)
	}
	if s.Version == "" {
		s.Version = Tag(s.Image)
	}
	return s
}

func valueOf(env []corev1.EnvVar, name string) string {
	for _, v := range env {
		if v.Name == name {
			return v.Value
		}
	}
	return ""
}

// Tag is the tag of an image reference, empty if it has none.
func Tag(image string) string {
	image, _, _ = strings.Cut(image, "@")
	name := image[strings.LastIndexByte(image, '/')+1:]
	_, tag, _ := strings.Cut(name, ":")
	return tag
}

func (c Cluster) lease(ctx context.Context, name string) (*view.Lease, error) {
	lease, err := c.client.api.leases(c.names.Namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, describe("reading", fmt.Sprintf("Lease %q", name), err)
	}
	l := view.Lease{Name: name, Partial: true}
	if spec := lease.Spec; spec.HolderIdentity != nil && spec.RenewTime != nil && spec.LeaseDurationSeconds != nil {
		l.Partial = false
		l.Holder = *spec.HolderIdentity
		l.Renewed = spec.RenewTime.Time
		l.Duration = time.Duration(*spec.LeaseDurationSeconds) * time.Second
	}
	return &l, nil
}

// certificateOf reads a Certificate of cert-manager.io/v1
// (https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.Certificate).
func certificateOf(object *unstructured.Unstructured) view.Certificate {
	text := func(path ...string) string {
		value, _, _ := unstructured.NestedString(object.Object, path...)
		return value
	}
	moment := func(path ...string) time.Time {
		t, _ := time.Parse(time.RFC3339, text(path...)) // zero if it isn't there
		return t
	}
	c := view.Certificate{
		Name: object.GetName(), Secret: text("spec", "secretName"), Issuer: text("spec", "issuerRef", "name"),
		NotBefore: moment("status", "notBefore"), NotAfter: moment("status", "notAfter"), RenewAt: moment("status", "renewalTime"),
	}
	c.DNSNames, _, _ = unstructured.NestedStringSlice(object.Object, "spec", "dnsNames")
	failures, _, _ := unstructured.NestedInt64(object.Object, "status", "failedIssuanceAttempts")
	c.Failures = int(failures)
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	for _, condition := range conditions {
		fields, ok := condition.(map[string]any)
		if !ok || fields["type"] != "Ready" {
			continue
		}
		c.Ready = fields["status"] == "True"
		c.Reason, _ = fields["reason"].(string)
		c.Message, _ = fields["message"].(string)
	}
	return c
}
