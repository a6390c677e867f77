package main

import (
	"encoding/json"
	"io"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
)

// protobuf is how Kubernetes' own kinds are sent to who asks for it.
const protobuf = "application/vnd.kubernetes.protobuf"

// api is the part of a Kubernetes API server that two watchers of StatefulSets
// and pods need. Nothing in it changes, so that an answer is encoded once.
type api struct {
	world   *world
	keys    []string // paths in order
	objects map[string]runtime.Object

	mu      sync.Mutex
	answers map[string][]byte // by what was asked for
}

func newAPI(w *world) (*api, error) {
	documents, err := pattern(w.nodes)
	if err != nil {
		return nil, err
	}
	a := &api{world: w, objects: map[string]runtime.Object{}, answers: map[string][]byte{}}
	for n := range w.clusters {
		objects, err := w.objects(documents, n)
		if err != nil {
			return nil, err
		}
		for key, object := range objects {
			kindOf(object)
			a.objects[key] = object
			a.keys = append(a.keys, key)
		}
	}
	slices.Sort(a.keys)
	return a, nil
}

// listed is the kinds that can be listed, by resource.
func listed() map[string]schema.GroupVersionKind {
	return map[string]schema.GroupVersionKind{
		"statefulsets": {Group: "apps", Version: "v1", Kind: "StatefulSet"}, "pods": {Version: "v1", Kind: "Pod"},
		"leases":              {Group: "coordination.k8s.io", Version: "v1", Kind: "Lease"},
		"certificates":        {Group: "cert-manager.io", Version: "v1", Kind: "Certificate"},
		"certificaterequests": {Group: "cert-manager.io", Version: "v1", Kind: "CertificateRequest"},
	}
}

// ServeHTTP answers reads; an Event that is created is taken and forgotten.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at, query := r.URL.Path, r.URL.Query()
	kind, lists := listed()[path.Base(at)]
	switch object := a.objects[at]; {
	case r.Method == http.MethodPost && path.Base(at) == "events":
		w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
		w.WriteHeader(http.StatusCreated)
		_, _ = io.Copy(w, r.Body) // the client has gone if it fails
	case r.Method != http.MethodGet:
		refuse(w, http.StatusForbidden, metav1.StatusReasonForbidden, r.Method+" "+at)
	case object != nil:
		a.answer(w, r, func() runtime.Object { return object })
	case lists && query.Get("watch") != "":
		a.watch(w, r)
	case lists:
		a.answer(w, r, func() runtime.Object { return a.list(r, kind) })
	case strings.HasSuffix(at, "/log"):
		a.log(w, r)
	default:
		a.discover(w, at)
	}
}

// log is the log of a pod's tls-sync; no container ran before.
func (a *api) log(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(r.URL.Path, "/") // /api/v1/namespaces/NAMESPACE/pods/POD/log
	cluster, _, ok := numberOf(parts[len(parts)-2])
	if !ok || r.URL.Query().Get("container") != "tls-sync" || r.URL.Query().Get("previous") == "true" {
		refuse(w, http.StatusBadRequest, metav1.StatusReasonBadRequest, "there was no such run")
		return
	}
	w.Header().Set("Content-Type", "text/plain")
	_, _ = io.WriteString(w, a.world.syncLog(namesOf(cluster), parts[len(parts)-2]))
}

// selected are the objects of a list, that of a namespace or of all.
func (a *api) selected(r *http.Request) []runtime.Object {
	selector, err := labels.Parse(r.URL.Query().Get("labelSelector"))
	if err != nil {
		selector = labels.Nothing()
	}
	var all []runtime.Object
	for _, key := range a.keys {
		dir := path.Dir(key)
		before, after, _ := strings.Cut(dir, "/namespaces/")
		_, resource, _ := strings.Cut(after, "/")
		if dir != r.URL.Path && before+"/"+resource != r.URL.Path {
			continue
		}
		if object, err := meta.Accessor(a.objects[key]); err == nil && selector.Matches(labels.Set(object.GetLabels())) {
			all = append(all, a.objects[key])
		}
	}
	return all
}

func (a *api) list(r *http.Request, kind schema.GroupVersionKind) runtime.Object {
	objects := a.selected(r)
	if limit, err := strconv.Atoi(r.URL.Query().Get("limit")); err == nil && limit > 0 {
		objects = objects[:min(limit, len(objects))]
	}
	if kind.Kind += "List"; strings.Contains(r.Header.Get("Accept"), "as=PartialObjectMetadataList") {
		kind, objects = metav1.SchemeGroupVersion.WithKind("PartialObjectMetadataList"), metadataOf(objects)
	}
	list, err := scheme.Scheme.New(kind)
	if err != nil {
		list = &unstructured.UnstructuredList{}
		list.GetObjectKind().SetGroupVersionKind(kind)
	}
	_ = meta.SetList(list, objects) // the kinds fit
	if accessor, err := meta.ListAccessor(list); err == nil {
		accessor.SetResourceVersion("1000")
	}
	list.GetObjectKind().SetGroupVersionKind(kind)
	return list
}

// answer sends an object as protobuf if it is one of Kubernetes' own and that is
// asked for, else as JSON.
func (a *api) answer(w http.ResponseWriter, r *http.Request, object func() runtime.Object) {
	accept := r.Header.Get("Accept")
	wanted := strings.HasPrefix(accept, protobuf) && !strings.Contains(accept, "as=")
	key := accept + r.URL.String()
	a.mu.Lock()
	raw, found := a.answers[key]
	a.mu.Unlock()
	if !found {
		raw = encode(object(), wanted)
		a.mu.Lock()
		a.answers[key] = raw
		a.mu.Unlock()
	}
	w.Header().Set("Content-Type", "application/json")
	if wanted && raw[0] != '{' {
		w.Header().Set("Content-Type", protobuf)
	}
	_, _ = w.Write(raw)
}

func encode(object runtime.Object, asProtobuf bool) []byte {
	kind := "application/json"
	if _, foreign := object.(runtime.Unstructured); asProtobuf && !foreign {
		kind = protobuf
	}
	info, _ := runtime.SerializerInfoForMediaType(scheme.Codecs.SupportedMediaTypes(), kind)
	raw, err := runtime.Encode(info.Serializer, object)
	if err != nil {
		raw, _ = json.Marshal(object)
	}
	return raw
}

func refuse(w http.ResponseWriter, code int, reason metav1.StatusReason, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(metav1.Status{ // the client has gone if it fails
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"},
		Status:   metav1.StatusFailure, Code: int32(code), Reason: reason, Message: message,
	})
}
