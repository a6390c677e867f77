package kube

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"

	"k8s.io/client-go/rest"
)

// PodDialer dials ports of pods through the API server's port-forward
// subresource, with no listener on this machine. A pod's connection to the API
// server is opened on first use and shared by all streams to that pod. It is
// safe for concurrent use; Close ends everything it opened.
type PodDialer struct {
	namespace string
	open      opener
	relay     func(ctx context.Context, host, port string) (net.Conn, error) // nil: nodes are reached by port-forward

	mu      sync.Mutex
	tunnels map[string]*pending // by pod
	closed  bool
}

// opener opens a pod's tunnel. It can't be interrupted.
type opener func(pod string) (*tunnel, error)

// pending is a tunnel that is open, or being opened by whoever came first.
type pending struct {
	done   chan struct{} // closed once tunnel or err is set
	tunnel *tunnel
	err    error
}

// NewPodDialer dials pods of one namespace.
func NewPodDialer(config *rest.Config, namespace string) (*PodDialer, error) {
	api, _, err := connect(config)
	if err != nil {
		return nil, err
	}
	return &PodDialer{
		namespace: namespace,
		tunnels:   map[string]*pending{},
		open: func(pod string) (*tunnel, error) {
			url := api.core.Post().Resource("pods").Namespace(namespace).Name(pod).SubResource("portforward").URL()
			return openTunnel(config, url, pod)
		},
	}, nil
}

// DialContext dials a node's address, "<pod>.<headless>.<ns>.svc.<domain>:<port>":
// the first label is the pod. It fits http.Transport, which then sends the
// whole name as SNI and Host, as NiFi demands.
func (d *PodDialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("dialing %q: %w", address, err)
	}
	if d.relay != nil {
		return d.relay(ctx, host, port)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("dialing %q: %w", address, err)
	}
	pod, _, _ := strings.Cut(host, ".")
	return d.DialPod(ctx, pod, int(number))
}

// DialPod dials a port on a pod's loopback. That nothing listens there is
// known only once the pod has tried: the first Read then fails with the reason.
func (d *PodDialer) DialPod(ctx context.Context, pod string, port int) (net.Conn, error) {
	tunnel, err := d.tunnel(ctx, pod)
	if err != nil {
		return nil, fmt.Errorf("port-forwarding to pod %q: %w", pod, err)
	}
	conn, err := tunnel.dial(ctx, port)
	if err != nil {
		return nil, tunnel.explain(tunnel.unopened(port, err))
	}
	return conn, nil
}

// tunnel waits for the pod's tunnel, or for ctx; an opening nobody waits for
// any more goes on and serves the next.
func (d *PodDialer) tunnel(ctx context.Context, pod string) (*tunnel, error) {
	p, err := d.pending(pod)
	if err != nil {
		return nil, err
	}
	select {
	case <-p.done:
		return p.tunnel, p.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (d *PodDialer) pending(pod string) (*pending, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, net.ErrClosed
	}
	if p, ok := d.tunnels[pod]; ok && !p.broken() {
		return p, nil
	}
	p := &pending{done: make(chan struct{})}
	d.tunnels[pod] = p
	go func() {
		defer close(p.done)
		p.tunnel, p.err = d.open(pod)
	}()
	return p, nil
}

// broken tells that the tunnel is of no more use.
func (p *pending) broken() bool {
	select {
	case <-p.done:
		return p.err != nil || p.tunnel.broken()
	default:
		return false
	}
}

// Close closes all tunnels and the connections through them, those that are
// still being opened as soon as they are.
func (d *PodDialer) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	for _, p := range d.tunnels {
		go func() {
			<-p.done
			if p.tunnel != nil {
				p.tunnel.close()
			}
		}()
	}
	return nil
}
