package kube

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/gentype"
	"k8s.io/client-go/rest"
)

// api asks for Kubernetes' own kinds that we read or change, by client-go's
// generic clients. Its generated ones know every group there is, which costs
// each process 6 MB before it has done anything.
type api struct {
	codec              runtime.ParameterCodec
	apps, core, leased rest.Interface // apps/v1, v1 and coordination.k8s.io/v1
}

// connect makes the clients of a way to the API server, and the pool of
// connections that they share.
func connect(config *rest.Config) (api, *http.Client, error) {
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return api{}, nil, fmt.Errorf("setting up the connection to the API server: %w", err)
	}
	made, err := newAPI(config, client)
	return made, client, err
}

func newAPI(config *rest.Config, client *http.Client) (api, error) {
	kinds := runtime.NewScheme()
	metav1.AddToGroupVersion(kinds, schema.GroupVersion{Version: "v1"})
	err := errors.Join(appsv1.AddToScheme(kinds), coordinationv1.AddToScheme(kinds), corev1.AddToScheme(kinds), policyv1.AddToScheme(kinds))
	if err != nil {
		return api{}, err
	}
	codecs := serializer.NewCodecFactory(kinds)
	group := func(version schema.GroupVersion, root string) rest.Interface {
		own := rest.CopyConfig(config)
		own.GroupVersion, own.APIPath, own.NegotiatedSerializer = &version, root, codecs.WithoutConversion()
		made, failed := rest.RESTClientForConfigAndClient(own, client)
		if failed != nil {
			err = errors.Join(err, fmt.Errorf("setting up the client of %s: %w", version, failed))
		}
		return made
	}
	return api{
		codec: runtime.NewParameterCodec(kinds), core: group(corev1.SchemeGroupVersion, "/api"),
		apps: group(appsv1.SchemeGroupVersion, "/apis"), leased: group(coordinationv1.SchemeGroupVersion, "/apis"),
	}, err
}

// object is a pointer to a kind's struct.
type object[T any] interface {
	*T
	runtime.Object
	metav1.Object
}

// listOf is a pointer to the struct of a kind's list.
type listOf[L any] interface {
	*L
	runtime.Object
}

// kind is the client of a resource in a namespace, or of all ("").
func kind[T, L any, O object[T], P listOf[L]](a api, group rest.Interface, resource, namespace string) *gentype.ClientWithList[O, P] {
	return gentype.NewClientWithList[O, P](resource, group, a.codec, namespace,
		func() O { return new(T) }, func() P { return new(L) }, gentype.PrefersProtobuf[O]())
}

func (a api) statefulSets(namespace string) *gentype.ClientWithList[*appsv1.StatefulSet, *appsv1.StatefulSetList] {
	return kind[appsv1.StatefulSet, appsv1.StatefulSetList](a, a.apps, "statefulsets", namespace)
}

func (a api) deployments(namespace string) *gentype.ClientWithList[*appsv1.Deployment, *appsv1.DeploymentList] {
	return kind[appsv1.Deployment, appsv1.DeploymentList](a, a.apps, "deployments", namespace)
}

func (a api) leases(namespace string) *gentype.ClientWithList[*coordinationv1.Lease, *coordinationv1.LeaseList] {
	return kind[coordinationv1.Lease, coordinationv1.LeaseList](a, a.leased, "leases", namespace)
}

func (a api) pods(namespace string) *gentype.ClientWithList[*corev1.Pod, *corev1.PodList] {
	return kind[corev1.Pod, corev1.PodList](a, a.core, "pods", namespace)
}

func (a api) secrets(namespace string) *gentype.ClientWithList[*corev1.Secret, *corev1.SecretList] {
	return kind[corev1.Secret, corev1.SecretList](a, a.core, "secrets", namespace)
}

func (a api) services(namespace string) *gentype.ClientWithList[*corev1.Service, *corev1.ServiceList] {
	return kind[corev1.Service, corev1.ServiceList](a, a.core, "services", namespace)
}

func (a api) claims(namespace string) *gentype.ClientWithList[*corev1.PersistentVolumeClaim, *corev1.PersistentVolumeClaimList] {
	return kind[corev1.PersistentVolumeClaim, corev1.PersistentVolumeClaimList](a, a.core, "persistentvolumeclaims", namespace)
}

func (a api) namespaces() *gentype.ClientWithList[*corev1.Namespace, *corev1.NamespaceList] {
	return kind[corev1.Namespace, corev1.NamespaceList](a, a.core, "namespaces", "")
}

func (a api) events(namespace string) *gentype.ClientWithList[*corev1.Event, *corev1.EventList] {
	return kind[corev1.Event, corev1.EventList](a, a.core, "events", namespace)
}

// log is the request for a container's log.
func (a api) log(namespace, pod string, options *corev1.PodLogOptions) *rest.Request {
	return a.core.Get().Namespace(namespace).Resource("pods").Name(pod).SubResource("log").VersionedParams(options, a.codec)
}

// evict asks for the end of a pod as its disruption budget allows it.
func (a api) evict(ctx context.Context, eviction *policyv1.Eviction) error {
	return a.core.Post().Namespace(eviction.Namespace).Resource("pods").Name(eviction.Name).SubResource("eviction").Body(eviction).Do(ctx).Error()
}
