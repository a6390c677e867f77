package kube

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/streaming/pkg/httpstream"
)

// openPatience is how long the kubelet may take to open a stream. After a
// connection that the pod broke off, some tunnels open no more: they are left.
const openPatience = 10 * time.Second

var errStuck = errors.New("it opens no connection in time")

// tunnel is one port-forward connection to a pod. Each connection through it
// is a pair of streams: one for data, one on which the kubelet says what failed.
type tunnel struct {
	streams  httpstream.Connection
	pod      string
	requests atomic.Int64
	reason   atomic.Pointer[error] // why the tunnel was given up
	gone     chan struct{}         // closed when either side has closed the tunnel
	once     sync.Once
}

// openTunnel connects by websocket, and by SPDY where the API server or a
// proxy before it doesn't know that yet (Kubernetes before 1.31).
func openTunnel(config *rest.Config, to *url.URL, pod string) (*tunnel, error) {
	transport, upgrader, err := spdy.RoundTripperFor(config)
	if err != nil {
		return nil, err
	}
	old := spdy.NewDialerForStreaming(upgrader, &http.Client{Transport: transport}, http.MethodPost, to)
	current, err := portforward.NewSPDYOverWebsocketDialerForStreaming(to, config)
	if err != nil {
		return nil, err
	}
	dialer := portforward.NewFallbackDialerForStreaming(current, old, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	})
	connection, protocol, err := dialer.Dial(portforward.PortForwardProtocolV1Name)
	if err != nil {
		return nil, err
	}
	if protocol != portforward.PortForwardProtocolV1Name {
		_ = connection.Close() // it was never used
		return nil, fmt.Errorf("the API server speaks %q, not %q", protocol, portforward.PortForwardProtocolV1Name)
	}
	return newTunnel(connection, pod), nil
}

func newTunnel(connection httpstream.Connection, pod string) *tunnel {
	t := &tunnel{streams: connection, pod: pod, gone: make(chan struct{})}
	go func() {
		<-connection.CloseChan()
		t.close()
	}()
	return t
}

// close ends every connection through the tunnel. The SPDY connection closes
// gracefully: it waits for its streams, which their owners end on gone.
func (t *tunnel) close() {
	t.once.Do(func() {
		close(t.gone)
		_ = t.streams.Close() // the other side may have closed it first
	})
}

// giveUp closes the tunnel for what failed in one connection; the others
// through it end with the same reason.
func (t *tunnel) giveUp(reason error) {
	t.reason.CompareAndSwap(nil, &reason)
	t.close()
}

// explain puts the reason the tunnel was given up for in the place of err.
func (t *tunnel) explain(err error) error {
	if reason := t.reason.Load(); reason != nil && err != nil {
		return *reason
	}
	return err
}

// broken tells that the other side, or a failed stream, has closed the tunnel.
func (t *tunnel) broken() bool {
	select {
	case <-t.gone:
		return true
	default:
		return false
	}
}

// dial opens the two streams of one connection. Opening waits for the kubelet
// and can't be interrupted, so it is left to itself when ctx ends first. That
// the tunnel is stuck is found then, too: else nobody who is in a hurry would.
func (t *tunnel) dial(ctx context.Context, port int) (*conn, error) {
	opened := make(chan opening, 1)
	go func() {
		c, err := t.open(port)
		opened <- opening{c, err}
	}()
	late := time.AfterFunc(openPatience, func() { t.giveUp(t.unopened(port, errStuck)) })
	select {
	case r := <-opened:
		late.Stop()
		if r.err != nil {
			t.giveUp(t.unopened(port, r.err))
		}
		return r.conn, r.err
	case <-t.gone: // a closed connection forgets who waits for a reply
		go abandon(opened, late)
		return nil, net.ErrClosed
	case <-ctx.Done():
		go abandon(opened, late)
		return nil, ctx.Err()
	}
}

// unopened is why a connection could not be opened.
func (t *tunnel) unopened(port int, err error) error {
	return fmt.Errorf("port-forwarding to port %d of pod %q: %w", port, t.pod, err)
}

// opening is what comes of opening a pair of streams.
type opening struct {
	conn *conn
	err  error
}

// abandon closes what nobody waits for any more, and stops the clock.
func abandon(opened <-chan opening, late *time.Timer) {
	r := <-opened
	if late.Stop(); r.conn != nil {
		_ = r.conn.Close() // it was never used
	}
}

// open opens the error stream, then the data stream, as the port-forward
// protocol has it (k8s.io/client-go/tools/portforward).
func (t *tunnel) open(port int) (*conn, error) {
	headers := http.Header{}
	headers.Set(corev1.PortHeader, strconv.Itoa(port))
	headers.Set(corev1.PortForwardRequestIDHeader, strconv.FormatInt(t.requests.Add(1), 10))
	headers.Set(corev1.StreamType, corev1.StreamTypeError)
	failure, err := t.streams.CreateStream(headers)
	if err != nil {
		return nil, fmt.Errorf("opening the error stream: %w", err)
	}
	_ = failure.Close() // our half: nothing is written to it
	headers.Set(corev1.StreamType, corev1.StreamTypeData)
	data, err := t.streams.CreateStream(headers)
	if err != nil {
		_ = failure.Reset() // it is of no use alone
		t.streams.RemoveStreams(failure)
		return nil, fmt.Errorf("opening the data stream: %w", err)
	}
	return newConn(t, port, data, failure), nil
}
