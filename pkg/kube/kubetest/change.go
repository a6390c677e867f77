package kubetest

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes/scheme"
)

// OnChange makes change be called after each change that a client has made:
// the place to be the controller that reacts to it. Calls come one at a time.
func (s *Server) OnChange(change func(method, path string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onChange = change
}

// Read reads the object with this path into a pointer.
func (s *Server) Read(t testing.TB, path string, into any) {
	t.Helper()
	s.mu.Lock()
	object, found := s.objects[path]
	s.mu.Unlock()
	require.True(t, found, "there is no %s", path)
	raw, err := json.Marshal(object)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, into))
}

// Has tells whether there is an object with this path.
func (s *Server) Has(path string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, found := s.objects[path]
	return found
}

// problem is an answer that isn't success.
type problem struct {
	code    int
	reason  metav1.StatusReason
	message string
}

func conflict(message string) *problem {
	return &problem{http.StatusConflict, metav1.StatusReasonConflict, message}
}

// changes tells that the request is to change an object, and not only to try it.
func changes(r *http.Request) bool {
	if r.URL.Query().Get("dryRun") != "" {
		return false
	}
	last := path.Base(r.URL.Path)
	makes := r.Method == http.MethodPost && (last == "eviction" || kinds()[last] != "")
	return makes || r.Method == http.MethodPatch || r.Method == http.MethodPut || r.Method == http.MethodDelete
}

func (s *Server) serveChange(w http.ResponseWriter, r *http.Request) {
	s.changing.Lock() // one at a time, with what follows from it
	defer s.changing.Unlock()
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	s.mu.Lock()
	result, failed := s.change(r.Method, r.URL.Path, raw)
	s.move()
	follow := s.onChange
	s.mu.Unlock()
	if failed != nil {
		refuse(w, failed.code, failed.reason, failed.message)
		return
	}
	if follow != nil {
		follow(r.Method, r.URL.Path)
	}
	answer(w, http.StatusOK, result)
}

// change does what a request asks for, under the lock.
func (s *Server) change(method, at string, raw []byte) (any, *problem) {
	if method == http.MethodPost && kinds()[path.Base(at)] != "" {
		return s.create(at, raw)
	}
	at, evicts := strings.CutSuffix(at, "/eviction")
	if _, found := s.objects[at]; !found {
		at = strings.TrimSuffix(at, "/status") // the fields of both are one object's here
	}
	object, found := s.objects[at]
	if !found {
		return nil, &problem{http.StatusNotFound, metav1.StatusReasonNotFound, path.Base(at) + " not found"}
	}
	before := generic(object)
	if evicts || method == http.MethodDelete {
		if evicts && !wanted(raw, before) {
			return nil, conflict("the UID in the precondition does not match the UID in record")
		}
		delete(s.objects, at)
		return metav1.Status{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}, Status: metav1.StatusSuccess}, nil
	}
	body, err := decode(raw)
	if err != nil {
		return nil, &problem{http.StatusBadRequest, metav1.StatusReasonBadRequest, err.Error()}
	}
	version, given, _ := unstructured.NestedString(body, "metadata", "resourceVersion")
	present, _, _ := unstructured.NestedString(before, "metadata", "resourceVersion")
	if given && version != present {
		return nil, conflict("the object has been modified; please apply your changes to the latest version and try again")
	}
	after := body
	if method == http.MethodPatch {
		after, _ = merge(generic(before), body).(map[string]any)
	}
	s.count(before, after)
	s.objects[at] = after
	return after, nil
}

// create stores a new object, under the lock.
func (s *Server) create(list string, raw []byte) (any, *problem) {
	object, err := decode(raw)
	if err != nil {
		return nil, &problem{http.StatusBadRequest, metav1.StatusReasonBadRequest, err.Error()}
	}
	name, _ := metadata(object)["name"].(string)
	if _, found := s.objects[list+"/"+name]; found {
		return nil, &problem{http.StatusConflict, metav1.StatusReasonAlreadyExists, name + " already exists"}
	}
	s.count(map[string]any{}, object)
	s.objects[list+"/"+name] = object
	return object, nil
}

// count gives a changed object its next resourceVersion, and the next
// generation if it is another one that is wanted.
func (s *Server) count(before, after map[string]any) {
	s.revision++
	meta := maps.Clone(metadata(after))
	if meta == nil {
		meta = map[string]any{}
	}
	meta["resourceVersion"] = strconv.Itoa(s.revision)
	if after["kind"] == "StatefulSet" && !reflect.DeepEqual(before["spec"], after["spec"]) {
		generation, _ := metadata(before)["generation"].(float64)
		meta["generation"] = generation + 1
	}
	after["metadata"] = meta
	foldStringData(after)
}

// decode reads a body in JSON or, as clients prefer for whole objects of
// Kubernetes' own, in protobuf.
func decode(raw []byte) (map[string]any, error) {
	if object, _, err := scheme.Codecs.UniversalDeserializer().Decode(raw, nil, nil); err == nil {
		return generic(object), nil
	}
	var fields map[string]any
	err := json.Unmarshal(raw, &fields)
	return fields, err
}

// wanted tells that the pod is the one that an Eviction is about.
func wanted(raw []byte, pod map[string]any) bool {
	eviction, err := decode(raw)
	uid, given, _ := unstructured.NestedString(eviction, "deleteOptions", "preconditions", "uid")
	return err == nil && (!given || metadata(pod)["uid"] == uid)
}

// merge is RFC 7396.
func merge(target, patch any) any {
	changes, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	merged, ok := target.(map[string]any)
	if !ok {
		merged = map[string]any{}
	}
	for key, value := range changes {
		if value == nil {
			delete(merged, key)
			continue
		}
		merged[key] = merge(merged[key], value)
	}
	return merged
}

// foldStringData is what a Secret does with what was written as text.
func foldStringData(object map[string]any) {
	text, _ := object["stringData"].(map[string]any)
	data, _ := object["data"].(map[string]any)
	if data == nil {
		data = map[string]any{}
	}
	for key, value := range text {
		data[key] = []byte(fmt.Sprint(value))
	}
	if delete(object, "stringData"); len(text) > 0 {
		object["data"] = data
	}
}

func metadata(object map[string]any) map[string]any {
	meta, _ := object["metadata"].(map[string]any)
	return meta
}

// generic is an object as JSON has it; a copy.
func generic(object any) map[string]any {
	raw, err := json.Marshal(object)
	if err != nil {
		return nil
	}
	var fields map[string]any
	_ = json.Unmarshal(raw, &fields) // nothing but objects was marshalled
	return fields
}
