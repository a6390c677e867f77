package main

import (
	"encoding/json"
	"net/http"
	"path"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/streaming"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes/scheme"
)

// watch sends what there is, as an API server does to who names no version to
// begin with, and then nothing until the client has gone: the world is at rest.
func (a *api) watch(w http.ResponseWriter, r *http.Request) {
	accept, objects := r.Header.Get("Accept"), a.selected(r)
	if query := r.URL.Query(); query.Get("resourceVersion") != "" && query.Get("sendInitialEvents") != "true" {
		objects = nil
	}
	asProtobuf := strings.HasPrefix(accept, protobuf) && !strings.Contains(accept, "as=")
	kind := "application/json"
	if asProtobuf {
		kind = protobuf
	}
	w.Header().Set("Content-Type", kind+";stream=watch")
	if strings.Contains(accept, "as=PartialObjectMetadata") {
		objects = metadataOf(objects)
	}
	info, _ := runtime.SerializerInfoForMediaType(scheme.Codecs.SupportedMediaTypes(), kind)
	frames := streaming.NewEncoder(info.StreamSerializer.NewFrameWriter(w), info.StreamSerializer.Serializer)
	if asProtobuf {
		frames = streaming.NewEncoder(info.StreamSerializer.NewFrameWriter(w), scheme.Codecs.WithoutConversion().EncoderForVersion(info.StreamSerializer.Serializer, metav1.SchemeGroupVersion))
	}
	events := make([]watch.Event, 0, len(objects)+1)
	for _, object := range objects {
		events = append(events, watch.Event{Type: watch.Added, Object: object})
	}
	if r.URL.Query().Get("sendInitialEvents") == "true" {
		events = append(events, watch.Event{Type: watch.Bookmark, Object: bookmark(r, accept)})
	}
	for _, one := range events {
		event := &metav1.WatchEvent{Type: string(one.Type), Object: runtime.RawExtension{Raw: encode(one.Object, asProtobuf)}}
		if !asProtobuf {
			raw, _ := json.Marshal(event) // its parts are JSON
			_, _ = w.Write(append(raw, '\n'))
			continue
		}
		if frames.Encode(event) != nil {
			return
		}
	}
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

// bookmark ends what there is
// (https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists).
func bookmark(r *http.Request, accept string) runtime.Object {
	kind := listed()[path.Base(r.URL.Path)]
	object, err := scheme.Scheme.New(kind)
	if err != nil || strings.Contains(accept, "as=PartialObjectMetadata") {
		kind = metav1.SchemeGroupVersion.WithKind("PartialObjectMetadata")
		object = &metav1.PartialObjectMetadata{}
	}
	object.GetObjectKind().SetGroupVersionKind(kind)
	if at, err := meta.Accessor(object); err == nil {
		at.SetResourceVersion("1000")
		at.SetAnnotations(map[string]string{metav1.InitialEventsAnnotationKey: "true"})
	}
	return object
}

// metadataOf is what is left of objects for who wants no more.
func metadataOf(objects []runtime.Object) []runtime.Object {
	var all []runtime.Object
	for _, object := range objects {
		if accessor, err := meta.Accessor(object); err == nil {
			partial := meta.AsPartialObjectMetadata(accessor)
			partial.SetGroupVersionKind(metav1.SchemeGroupVersion.WithKind("PartialObjectMetadata"))
			all = append(all, partial)
		}
	}
	return all
}
