package kubetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/gorilla/websocket"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/remotecommand"
)

// SetFile puts a file into a container of the pod with this path in the API,
// "/api/v1/namespaces/nifi/pods/prod-0".
func (s *Server) SetFile(pod, container, file string, content []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[pod+" "+container+" "+file] = content
}

// Execs is the commands that were run in containers, "prod-0 nifi cat -- /x".
func (s *Server) Execs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.execs)
}

// exec runs cat or grep in a container, as far as clients need them, and says
// how it ended (k8s.io/apimachinery/pkg/util/remotecommand).
func (s *Server) exec(w http.ResponseWriter, r *http.Request) {
	pod, query := path.Dir(r.URL.Path), r.URL.Query()
	command, container := query["command"], query.Get("container")
	s.mu.Lock()
	content, found := s.files[pod+" "+container+" "+command[len(command)-1]]
	s.execs = append(s.execs, strings.Join(append([]string{path.Base(pod), container}, command...), " "))
	s.mu.Unlock()
	upgrader := websocket.Upgrader{Subprotocols: []string{remotecommand.StreamProtocolV5Name}}
	socket, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = socket.Close() }()
	if command[0] == "bash" {
		s.relay(socket, path.Base(pod), command[len(command)-1])
		return
	}
	if command[0] == "grep" {
		content = grep(content, command[2])
	}
	status := metav1.Status{Status: metav1.StatusSuccess}
	if !found {
		status = failure()
		sendOn(socket, remotecommand.StreamStdErr, fmt.Appendf(nil, "%s: %s: No such file or directory\n", command[0], command[len(command)-1]))
	}
	for chunk := range slices.Chunk(content, 32<<10) {
		sendOn(socket, remotecommand.StreamStdOut, chunk)
	}
	said, _ := json.Marshal(status) // plain fields
	sendOn(socket, remotecommand.StreamErr, said)
	_ = socket.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""))
}

// sendOn writes to one of the streams; a client may have gone in the middle.
func sendOn(socket *websocket.Conn, stream byte, data []byte) {
	_ = socket.WriteMessage(websocket.BinaryMessage, append([]byte{stream}, data...))
}

// failure is how the kubelet reports an exit code.
func failure() metav1.Status {
	return metav1.Status{
		Status: metav1.StatusFailure, Reason: remotecommand.NonZeroExitCodeReason, Message: "command terminated with exit code 1",
		Details: &metav1.StatusDetails{Causes: []metav1.StatusCause{{Type: remotecommand.ExitCodeCauseType, Message: "1"}}},
	}
}

func grep(content []byte, pattern string) []byte {
	fits := regexp.MustCompile(pattern)
	var kept []byte
	for line := range strings.Lines(string(content)) {
		if fits.MatchString(line) {
			kept = append(kept, line...)
		}
	}
	return kept
}
