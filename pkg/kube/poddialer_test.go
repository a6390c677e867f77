package kube_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube/kubetest"
)

const address = "prod-1.prod-nodes.nifi.svc.cluster.local:8443"

// echo answers each line with the pod, the port and the line.
func echo(_ context.Context, pod string, port int) (net.Conn, error) {
	client, server := net.Pipe()
	go func() {
		lines := bufio.NewScanner(server)
		for lines.Scan() {
			if lines.Text() == "bye" {
				break
			}
			_, _ = fmt.Fprintf(server, "%s:%d %s\n", pod, port, lines.Text())
		}
		_ = server.Close()
	}()
	return client, nil
}

func start(t *testing.T, forward kubetest.Forward) (*kubetest.Server, *kube.PodDialer) {
	server := kubetest.Start(t)
	server.SetForward(forward)
	dialer, err := kube.NewPodDialer(server.Config(), "nifi")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, dialer.Close()) })
	return server, dialer
}

func dial(t *testing.T, dialer *kube.PodDialer) net.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, err := dialer.DialContext(ctx, "tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	return conn
}

func TestPodDialerReachesThePodOfTheName(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{"websocket", "spdy"} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			server, dialer := start(t, echo)
			if protocol == "spdy" {
				server.SPDYOnly()
			}
			conn := dial(t, dialer)
			_, err := io.WriteString(conn, "hello\n")
			require.NoError(t, err)
			line, err := bufio.NewReader(conn).ReadString('\n')
			require.NoError(t, err)
			assert.Equal(t, "prod-1:8443 hello\n", line)
			assert.Equal(t, "prod-1:8443", conn.RemoteAddr().String())
			assert.Equal(t, 1, server.Upgrades(protocol))
		})
	}
}

func TestPodDialerSharesOneTunnelAPod(t *testing.T) {
	t.Parallel()
	server, dialer := start(t, echo)
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			conn, err := dialer.DialPod(t.Context(), "prod-1", 8443)
			if !assert.NoError(t, err) {
				return
			}
			defer func() { _ = conn.Close() }()
			_, _ = fmt.Fprintf(conn, "%d\n", i)
			line, err := bufio.NewReader(conn).ReadString('\n')
			assert.NoError(t, err)
			assert.Equal(t, fmt.Sprintf("prod-1:8443 %d\n", i), line)
		})
	}
	wait.Wait()
	assert.Equal(t, 1, server.Upgrades("websocket"))
}

func TestConnEndsWithThePodsEnd(t *testing.T) {
	t.Parallel()
	_, dialer := start(t, echo)
	conn := dial(t, dialer)
	_, err := io.WriteString(conn, "last\nbye\n")
	require.NoError(t, err)
	all, err := io.ReadAll(conn)
	require.NoError(t, err)
	assert.Equal(t, "prod-1:8443 last\n", string(all))
}

func TestConnSaysWhatTheKubeletSays(t *testing.T) {
	t.Parallel()
	server, dialer := start(t, func(context.Context, string, int) (net.Conn, error) {
		return nil, errors.New("connection refused")
	})
	conn := dial(t, dialer)
	_, err := io.ReadAll(conn)
	require.ErrorContains(t, err, `port-forwarding to port 8443 of pod "prod-1": connection refused, nothing listens there`)

	server.SetForward(echo) // the pod has come up; the old tunnel must not be used again
	require.Eventually(t, func() bool {
		fresh, err := dialer.DialContext(t.Context(), "tcp", address)
		if err != nil {
			return false
		}
		defer func() { _ = fresh.Close() }()
		_, _ = io.WriteString(fresh, "again\n")
		line, err := bufio.NewReader(fresh).ReadString('\n')
		return err == nil && line == "prod-1:8443 again\n"
	}, 10*time.Second, 10*time.Millisecond)
	assert.Equal(t, 2, server.Upgrades("websocket"))
}

func TestConnHonoursDeadlines(t *testing.T) {
	t.Parallel()
	_, dialer := start(t, echo)
	conn := dial(t, dialer)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(-time.Second)))
	_, err := conn.Read(make([]byte, 1))
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
}

func TestClosedConnLeavesTheTunnelToOthers(t *testing.T) {
	t.Parallel()
	server, dialer := start(t, echo)
	require.NoError(t, dial(t, dialer).Close())
	conn := dial(t, dialer)
	_, err := io.WriteString(conn, "still\n")
	require.NoError(t, err)
	line, err := bufio.NewReader(conn).ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, "prod-1:8443 still\n", line)
	assert.Equal(t, 1, server.Upgrades("websocket"))
}

func TestPodDialerErrors(t *testing.T) {
	t.Parallel()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	tests := map[string]struct {
		ctx     context.Context
		address string
		forward kubetest.Forward
		want    string
	}{
		"no port":      {t.Context(), "prod-1", echo, `dialing "prod-1"`},
		"bad port":     {t.Context(), "prod-1:https", echo, `dialing "prod-1:https"`},
		"port too big": {t.Context(), "prod-1:65536", echo, `value out of range`},
		"refused":      {t.Context(), address, nil, `port-forwarding to pod "prod-1": unable to upgrade`},
		"cancelled":    {cancelled, address, echo, `context canceled`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, dialer := start(t, test.forward)
			_, err := dialer.DialContext(test.ctx, "tcp", test.address)
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestClosedPodDialerDialsNoMore(t *testing.T) {
	t.Parallel()
	_, dialer := start(t, echo)
	conn := dial(t, dialer)
	require.NoError(t, dialer.Close())
	_, err := io.ReadAll(conn)
	assert.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the tunnel's end must end its connections")
	_, err = dialer.DialContext(t.Context(), "tcp", address)
	require.ErrorIs(t, err, net.ErrClosed)
}
