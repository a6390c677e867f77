package kube

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/remotecommand"
)

// relayScript joins its own input and output to a port, named by $0 and $1, as
// seen from inside the container. It waits for both copies, since a NiFi that is
// process 1 collects no orphans. They are one command with what waits for them:
// between commands bash forgets jobs that have ended, and `wait -n` doesn't see
// them then.
const relayScript = `exec 3<>"/dev/tcp/$0/$1" 4<&0 || exit 1
{ cat <&3 & cat <&4 >&3 & wait -n; kill $(jobs -p) 2>/dev/null; wait; }`

// ByExec makes the dialer reach nodes' addresses by exec, with bash in this
// container: a port-forward dials a pod's loopback, where a NiFi that was told
// its host doesn't listen. TLS goes through as it is; DialPod is as before.
func (d *PodDialer) ByExec(config *rest.Config, container string) error {
	files, err := NewPodFiles(config, d.namespace)
	if err != nil {
		return err
	}
	d.relay = func(ctx context.Context, host, port string) (net.Conn, error) {
		return files.relay(ctx, container, host, port)
	}
	return nil
}

// relay connects to a port of a host in the container of the pod that the
// host's first label names. That it can't be reached is known only once the pod
// has tried: the first Read then fails with the reason.
func (f PodFiles) relay(ctx context.Context, container, host, port string) (net.Conn, error) {
	pod, _, _ := strings.Cut(host, ".")
	answer := new(refusal)
	executor, err := f.executor(pod, &corev1.PodExecOptions{
		Container: container, Command: []string{"bash", "-c", relayScript, host, port}, Stdin: true, Stdout: true, Stderr: true,
	}, answer)
	if err != nil {
		return nil, describe("reaching", fmt.Sprintf("pod %q by exec", pod), err)
	}
	caller, inner := net.Pipe()
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // it lives as long as the connection
	c := &relayed{Conn: caller, cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer cancel()
		complaint := &bounded{limit: complaintBytes, full: func() {}}
		err := executor.StreamWithContext(ctx, remotecommand.StreamOptions{Stdin: inner, Stdout: inner, Stderr: complaint})
		if err != nil && ctx.Err() == nil {
			said, _ := complaint.take()
			c.reason = describe("reaching", fmt.Sprintf("pod %q by exec", pod), inContainer(answer.of(err), string(said)))
		}
		close(c.ended)
		_ = inner.Close() // the caller reads EOF, or the reason
	}()
	return c, nil
}

// relayed is a connection that ends with its exec.
type relayed struct {
	net.Conn
	cancel context.CancelFunc
	ended  chan struct{} // closed once reason is set
	reason error         // nil if all went well
}

// Read reads what the pod sent, and at the end why there is no more.
func (c *relayed) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	return n, c.explain(err)
}

// Write is as it should be, but for the reason where there is nobody any more.
func (c *relayed) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	return n, c.explain(err)
}

// explain puts the reason in the place of the end that it caused.
func (c *relayed) explain(err error) error {
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrClosedPipe) {
		return err
	}
	select {
	case <-c.ended:
		return cmp.Or(c.reason, err)
	default:
		return err
	}
}

// Close ends the exec, too.
func (c *relayed) Close() error {
	err := c.Conn.Close()
	c.cancel()
	return err
}
