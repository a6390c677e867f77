package kubetest

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/gorilla/websocket"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/remotecommand"
)

// SetReach is what a process in a pod reaches under the pod's own address.
func (s *Server) SetReach(reach Forward) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reach = reach
}

// relay is an exec that joins its input and output to a port, as bash does with
// /dev/tcp.
func (s *Server) relay(socket *websocket.Conn, pod, port string) {
	s.mu.Lock()
	reach := s.reach
	s.mu.Unlock()
	number, _ := strconv.Atoi(port)
	if reach == nil {
		failed(socket, fmt.Sprintf("bash: connect: Connection refused (port %d)\n", number))
		return
	}
	conn, err := reach(context.Background(), pod, number)
	if err != nil {
		failed(socket, fmt.Sprintf("bash: connect: %v\n", err))
		return
	}
	go func() {
		defer func() { _ = conn.Close() }()
		for {
			_, message, err := socket.ReadMessage()
			if err != nil || len(message) == 0 || message[0] != remotecommand.StreamStdIn {
				return // the client has gone, or has closed its input
			}
			if _, err := conn.Write(message[1:]); err != nil {
				return
			}
		}
	}()
	chunk := make([]byte, 32<<10)
	for {
		n, err := conn.Read(chunk)
		sendOn(socket, remotecommand.StreamStdOut, chunk[:n])
		if err != nil {
			break
		}
	}
	said, _ := json.Marshal(metav1.Status{Status: metav1.StatusSuccess}) // plain fields
	sendOn(socket, remotecommand.StreamErr, said)
	_ = socket.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""))
}

// failed ends a command with exit code 1 and what it says.
func failed(socket *websocket.Conn, complaint string) {
	sendOn(socket, remotecommand.StreamStdErr, []byte(complaint))
	said, _ := json.Marshal(failure()) // plain fields
	sendOn(socket, remotecommand.StreamErr, said)
	_ = socket.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""))
}
