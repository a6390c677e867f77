package kubetest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/gorilla/websocket"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/streaming/pkg/httpstream"
	"k8s.io/streaming/pkg/httpstream/spdy"
)

// Forward is what pods listen with: it dials a port on a pod's loopback.
type Forward func(ctx context.Context, pod string, port int) (net.Conn, error)

// tunnelProtocol is the websocket subprotocol of a port-forward (KEP-4006).
const tunnelProtocol = "SPDY/3.1+" + portforward.PortForwardProtocolV1Name

// SetForward makes pods listen; without it every port-forward is refused.
func (s *Server) SetForward(forward Forward) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forward = forward
}

// SPDYOnly makes the server one that knows no websocket port-forward.
func (s *Server) SPDYOnly() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spdyOnly = true
}

// Upgrades counts the port-forward connections by protocol, "websocket" or "spdy".
func (s *Server) Upgrades(protocol string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.upgrades[protocol]
}

func (s *Server) portForward(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(r.URL.Path, "/")
	pod := parts[len(parts)-2]
	s.mu.Lock()
	forward, spdyOnly := s.forward, s.spdyOnly
	s.mu.Unlock()
	protocol := "spdy"
	if websocket.IsWebSocketUpgrade(r) {
		protocol = "websocket"
	}
	if forward == nil || (spdyOnly && protocol == "websocket") {
		refuse(w, http.StatusBadRequest, metav1.StatusReasonBadRequest, "no port-forward to "+pod)
		return
	}
	s.mu.Lock()
	s.upgrades[protocol]++
	s.mu.Unlock()
	streams := &pairs{pod: pod, forward: forward, waiting: map[string]httpstream.Stream{}}
	if connection := upgrade(w, r, protocol, streams.accept); connection != nil {
		<-connection.CloseChan()
	}
}

func upgrade(w http.ResponseWriter, r *http.Request, protocol string, accept httpstream.NewStreamHandler) httpstream.Connection {
	if protocol == "spdy" {
		if _, err := httpstream.Handshake(r, w, []string{portforward.PortForwardProtocolV1Name}); err != nil {
			return nil
		}
		return spdy.NewResponseUpgrader().UpgradeResponse(w, r, accept)
	}
	upgrader := websocket.Upgrader{Subprotocols: []string{tunnelProtocol}}
	socket, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return nil
	}
	connection, err := spdy.NewServerConnection(portforward.NewTunnelingConnection("server", socket), accept)
	if err != nil {
		return nil
	}
	return connection
}

// pairs joins the two streams of a connection by their request id.
type pairs struct {
	pod     string
	forward Forward

	mu      sync.Mutex
	waiting map[string]httpstream.Stream
}

func (p *pairs) accept(stream httpstream.Stream, replied <-chan struct{}) error {
	id := stream.Headers().Get(corev1.PortForwardRequestIDHeader)
	p.mu.Lock()
	defer p.mu.Unlock()
	other, ok := p.waiting[id]
	if !ok {
		p.waiting[id] = stream
		return nil
	}
	delete(p.waiting, id)
	data, failure := stream, other
	if data.Headers().Get(corev1.StreamType) == corev1.StreamTypeError {
		data, failure = failure, data
	}
	go func() {
		<-replied
		p.copy(data, failure)
	}()
	return nil
}

// copy is what the kubelet does with a pair; the failure stream ends first.
func (p *pairs) copy(data, failure httpstream.Stream) {
	defer func() { _ = data.Close() }()
	defer func() { _ = failure.Close() }()
	port, err := strconv.Atoi(data.Headers().Get(corev1.PortHeader))
	if err != nil {
		return
	}
	conn, err := p.forward(context.Background(), p.pod, port)
	if err != nil {
		_, _ = fmt.Fprintf(failure, "error forwarding port %d to pod %s: %v", port, p.pod, err)
		return
	}
	go func() {
		_, _ = io.Copy(conn, data)
		_ = conn.Close()
	}()
	_, _ = io.Copy(data, conn)
	_ = conn.Close()
}
