package main

import (
	"encoding/json"
	"net/http"
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
	if r.URL.Query().Get("resourceVersion") != "" {
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
	for _, object := range objects {
		event := &metav1.WatchEvent{Type: string(watch.Added), Object: runtime.RawExtension{Raw: encode(object, asProtobuf)}}
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
