// Package kubetest is a Kubernetes API server for tests: it serves the objects
// it was given over real TLS, changes them, refuses what it was told to refuse, and forwards
// ports of pods by websocket and SPDY as a real one does.
package kubetest

import (
	"encoding/json"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/rest"
)

// Server is a running API server.
type Server struct {
	http *httptest.Server

	changing sync.Mutex // held while a change is made and followed up

	mu       sync.Mutex
	objects  map[string]any     // by path
	failing  map[string]problem // by path
	revision int                // of the object that a client changed last
	moved    chan struct{}      // closed when an object is changed
	onChange func(method, path string)
	logs     map[string]*Log // by path
	forward  Forward
	reach    Forward
	files    map[string][]byte // by container and path
	execs    []string          // commands that were run
	spdyOnly bool
	upgrades map[string]int // port-forward connections by protocol
}

// Start runs a server until the test ends.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{objects: map[string]any{}, moved: make(chan struct{}), failing: map[string]problem{}, logs: map[string]*Log{}, upgrades: map[string]int{}, files: map[string][]byte{}}
	s.http = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.http.EnableHTTP2 = true
	s.http.Config.ErrorLog = log.New(io.Discard, "", 0) // clients leave in the middle of things
	s.http.StartTLS()
	t.Cleanup(func() {
		s.http.CloseClientConnections()
		s.http.Close()
	})
	return s
}

// URL is the server's address.
func (s *Server) URL() string { return s.http.URL }

// Config is how a client connects.
func (s *Server) Config() *rest.Config {
	return &rest.Config{Host: s.http.URL, TLSClientConfig: rest.TLSClientConfig{CAData: s.ca()}}
}

// Set stores an object under its path, "/api/v1/namespaces/nifi/pods/prod-0".
func (s *Server) Set(path string, object any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.objects[path] = object
	s.move()
}

// Delete forgets the object with this path.
func (s *Server) Delete(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.objects, path)
	s.move()
}

// Deny refuses every request for a path with 403.
func (s *Server) Deny(path string) {
	s.Fail(path, http.StatusForbidden, metav1.StatusReasonForbidden, path+" is forbidden")
}

// Fail refuses every request for a path.
func (s *Server) Fail(path string, code int, reason metav1.StatusReason, message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failing[path] = problem{code, reason, message}
}

// Heal ends what Fail and Deny began.
func (s *Server) Heal(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.failing, path)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	object, found := s.objects[r.URL.Path]
	failing, fails := s.failing[r.URL.Path]
	s.mu.Unlock()
	switch {
	case fails:
		refuse(w, failing.code, failing.reason, failing.message)
	case changes(r):
		s.serveChange(w, r)
	case strings.HasSuffix(r.URL.Path, "/portforward"):
		s.portForward(w, r)
	case strings.HasSuffix(r.URL.Path, "/exec"):
		s.exec(w, r)
	case strings.HasSuffix(r.URL.Path, "/log") && !found:
		s.serveLog(w, r)
	case watches(r):
		s.watch(w, r)
	case found:
		answer(w, http.StatusOK, object)
	case kinds()[path.Base(r.URL.Path)] != "":
		answer(w, http.StatusOK, s.list(r))
	default:
		refuse(w, http.StatusNotFound, metav1.StatusReasonNotFound, path.Base(r.URL.Path)+" not found")
	}
}

// kinds is the kinds that can be listed, by resource.
func kinds() map[string]string {
	return map[string]string{
		"pods": "Pod", "statefulsets": "StatefulSet", "deployments": "Deployment", "certificates": "Certificate", "certificaterequests": "CertificateRequest",
		"events": "Event", "persistentvolumeclaims": "PersistentVolumeClaim", "services": "Service", "endpointslices": "EndpointSlice",
		"rolebindings": "RoleBinding", "storageclasses": "StorageClass", "resourcequotas": "ResourceQuota",
		"configmaps": "ConfigMap", "secrets": "Secret", "serviceaccounts": "ServiceAccount", "leases": "Lease", "roles": "Role",
		"controllerrevisions": "ControllerRevision", "poddisruptionbudgets": "PodDisruptionBudget", "ingresses": "Ingress", "networkpolicies": "NetworkPolicy", "issuers": "Issuer",
	}
}

// list collects the objects right below the request's path whose labels fit.
func (s *Server) list(r *http.Request) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	selector, err := labels.Parse(r.URL.Query().Get("labelSelector"))
	if err != nil {
		selector = labels.Nothing()
	}
	items := []any{}
	for _, key := range slices.Sorted(maps.Keys(s.objects)) {
		if below(key, r.URL.Path) && selector.Matches(labelsOf(s.objects[key])) {
			items = append(items, s.objects[key])
		}
	}
	root, _, namespaced := strings.Cut(r.URL.Path, "/namespaces/")
	if !namespaced {
		root = path.Dir(root)
	}
	version := strings.TrimPrefix(strings.TrimPrefix(root, "/apis/"), "/api/")
	return map[string]any{
		"apiVersion": version, "kind": kinds()[path.Base(r.URL.Path)] + "List", "metadata": map[string]any{}, "items": items,
	}
}

// below tells that an object is in the list with this path, that of its
// namespace or of all.
func below(object, list string) bool {
	dir := path.Dir(object)
	before, after, _ := strings.Cut(dir, "/namespaces/")
	_, resource, _ := strings.Cut(after, "/")
	return dir == list || before+"/"+resource == list
}

func labelsOf(object any) labels.Set {
	var o struct{ Metadata metav1.ObjectMeta }
	raw, err := json.Marshal(object)
	if err != nil || json.Unmarshal(raw, &o) != nil {
		return nil
	}
	return o.Metadata.Labels
}

func refuse(w http.ResponseWriter, code int, reason metav1.StatusReason, message string) {
	answer(w, code, metav1.Status{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"},
		Status:   metav1.StatusFailure, Code: int32(code), Reason: reason, Message: message,
	})
}

// answer writes an object as JSON, and a string as it is.
func answer(w http.ResponseWriter, code int, object any) {
	if text, plain := object.(string); plain {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, text)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(object) // the client has gone if it fails
}
