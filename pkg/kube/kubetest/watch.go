package kubetest

import (
	"encoding/json"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// watch sends what there is if that is asked for, its end, and then each change,
// until the client has gone. Changes that follow each other closely are one.
func (s *Server) watch(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	stream := watchStream{encoder: json.NewEncoder(w), sent: map[string]string{}, partial: strings.Contains(r.Header.Get("Accept"), "as=PartialObjectMetadata")}
	moved, list := s.listed(r)
	if version := r.URL.Query().Get("resourceVersion"); version != "" && version != "0" && r.URL.Query().Get("sendInitialEvents") != "true" {
		stream.sent = stream.texts(list)
	}
	for {
		stream.send(list)
		if r.URL.Query().Get("sendInitialEvents") == "true" && !stream.begun {
			stream.begun = true
			stream.event("BOOKMARK", stream.bookmark(list))
		}
		_ = http.NewResponseController(w).Flush()
		select {
		case <-r.Context().Done():
			return
		case <-moved:
		}
		moved, list = s.listed(r)
	}
}

// listed is the list that a request is about, and what is closed once an object
// is changed.
func (s *Server) listed(r *http.Request) (moved <-chan struct{}, list map[string]any) {
	s.mu.Lock()
	moved = s.moved
	s.mu.Unlock()
	return moved, s.list(r)
}

// move tells watches of a change, under the lock.
func (s *Server) move() {
	close(s.moved)
	s.moved = make(chan struct{})
}

// watchStream is what one client of a watch was told.
type watchStream struct {
	encoder *json.Encoder
	sent    map[string]string // by namespace and name
	begun   bool
	partial bool // metadata alone
}

// texts is the objects of a list as they are sent.
func (s *watchStream) texts(list map[string]any) map[string]string {
	texts := map[string]string{}
	items, _ := list["items"].([]any)
	for _, item := range items {
		object := generic(item)
		object["apiVersion"], object["kind"] = list["apiVersion"], strings.TrimSuffix(list["kind"].(string), "List")
		meta := metadata(object)
		if s.partial {
			object = map[string]any{"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": meta}
		}
		raw, _ := json.Marshal(object) // it was JSON
		namespace, _ := meta["namespace"].(string)
		texts[path.Join(namespace, meta["name"].(string))] = string(raw)
	}
	return texts
}

// send sends how a list differs from what was sent before.
func (s *watchStream) send(list map[string]any) {
	now := s.texts(list)
	for name, text := range now {
		switch before, known := s.sent[name]; {
		case !known:
			s.event("ADDED", json.RawMessage(text))
		case before != text:
			s.event("MODIFIED", json.RawMessage(text))
		}
	}
	for name, text := range s.sent {
		if _, still := now[name]; !still {
			s.event("DELETED", json.RawMessage(text))
		}
	}
	s.sent = now
}

func (s *watchStream) event(kind string, object any) {
	_ = s.encoder.Encode(map[string]any{"type": kind, "object": object}) // the client has gone if it fails
}

// bookmark ends the initial events
// (https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists).
func (s *watchStream) bookmark(list map[string]any) map[string]any {
	version, kind := list["apiVersion"], strings.TrimSuffix(list["kind"].(string), "List")
	if s.partial {
		version, kind = "meta.k8s.io/v1", "PartialObjectMetadata"
	}
	return map[string]any{"apiVersion": version, "kind": kind, "metadata": map[string]any{
		"resourceVersion": "1", "creationTimestamp": nil, "annotations": map[string]string{metav1.InitialEventsAnnotationKey: strconv.FormatBool(true)},
	}}
}

// watches tells that a request is a watch of a list.
func watches(r *http.Request) bool {
	return slices.Contains([]string{"true", "1"}, r.URL.Query().Get("watch")) && kinds()[path.Base(r.URL.Path)] != ""
}
