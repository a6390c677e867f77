package kube

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"

	"k8s.io/streaming/pkg/httpstream"
)

// conn is one connection through a tunnel. Streams know no deadlines, so the
// caller holds one end of an in-memory pipe, which does, and two goroutines
// copy between the other end and the stream.
type conn struct {
	net.Conn // the caller's end
	tunnel   *tunnel
	port     int
	data     httpstream.Stream
	failure  httpstream.Stream
	failed   chan struct{} // closed when the failure stream has ended
	reason   error         // set before failed is closed; nil if all went well
	closed   chan struct{} // closed by Close
	once     sync.Once
}

func newConn(t *tunnel, port int, data, failure httpstream.Stream) *conn {
	caller, inner := net.Pipe()
	c := &conn{
		Conn: caller, tunnel: t, port: port, data: data, failure: failure,
		failed: make(chan struct{}), closed: make(chan struct{}),
	}
	go c.end()
	go c.watch()
	go func() {
		_, _ = io.Copy(inner, data) // how it ended, the failure stream says
		<-c.failed
		_ = inner.Close() // the caller reads EOF, or the reason
	}()
	go func() {
		_, _ = io.Copy(data, inner)
		_ = data.Close() // our half: the caller has closed its end
	}()
	return c
}

// end resets the streams, which ends all reading from them, once the caller or
// the tunnel is done.
func (c *conn) end() {
	select {
	case <-c.closed:
	case <-c.tunnel.gone:
	}
	_, _ = c.data.Reset(), c.failure.Reset() // they may have ended already
	c.tunnel.streams.RemoveStreams(c.data, c.failure)
}

// watch waits for what the kubelet has to say. After a failure the whole
// tunnel is given up, as kubectl does: container runtimes leave it in a state
// where further streams hang.
func (c *conn) watch() {
	message, err := io.ReadAll(c.failure)
	switch {
	case len(message) > 0:
		c.reason = c.refusal(string(message))
	case err != nil:
		c.reason = fmt.Errorf("the port-forward broke off: %w", err)
	}
	close(c.failed)
	if len(message) > 0 {
		c.tunnel.giveUp(c.reason)
	}
}

// refusal is the kubelet's message. The commonest is cut down: container
// runtimes wrap it in ids and namespaces, once for each address family.
func (c *conn) refusal(message string) error {
	if strings.Contains(message, "connection refused") {
		message = "connection refused, nothing listens there"
	}
	return fmt.Errorf("port-forwarding to port %d of pod %q: %s", c.port, c.tunnel.pod, strings.TrimSpace(message))
}

// Read reads what the pod sends. Where the port-forward failed, EOF is
// replaced by the kubelet's words.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	return n, c.explain(err)
}

// Write sends to the pod.
func (c *conn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	return n, c.explain(err)
}

// explain puts the kubelet's reason in the place of a bare end of the pipe.
func (c *conn) explain(err error) error {
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrClosedPipe) {
		return err
	}
	select {
	case <-c.failed:
		if c.reason != nil {
			return c.tunnel.explain(c.reason)
		}
	default:
	}
	return c.tunnel.explain(err)
}

// Close ends the connection on both sides; the tunnel stays for others.
func (c *conn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// RemoteAddr is the pod and the port, for messages.
func (c *conn) RemoteAddr() net.Addr { return podAddr(fmt.Sprintf("%s:%d", c.tunnel.pod, c.port)) }

// podAddr is a pod's port as a net.Addr.
type podAddr string

func (podAddr) Network() string  { return "port-forward" }
func (a podAddr) String() string { return string(a) }
