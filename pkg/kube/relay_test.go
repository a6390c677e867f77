package kube

import (
	"context"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube/kubetest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// greeter answers each connection's first word and closes it.
func greeter(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				word := make([]byte, 64)
				n, _ := conn.Read(word)
				_, _ = conn.Write(append([]byte("hello "), word[:n]...))
			}()
		}
	}()
	return listener.Addr().String()
}

func relaying(t *testing.T, server *kubetest.Server) *PodDialer {
	dialer, err := NewPodDialer(server.Config(), "nifi")
	require.NoError(t, err)
	require.NoError(t, dialer.ByExec(server.Config(), "server"))
	return dialer
}

func TestRelay(t *testing.T) {
	t.Parallel()
	server := kubetest.Start(t)
	address := greeter(t)
	server.SetReach(func(ctx context.Context, pod string, port int) (net.Conn, error) {
		assert.Equal(t, "prod-1", pod)
		assert.Equal(t, 9443, port)
		return new(net.Dialer).DialContext(ctx, "tcp", address)
	})
	conn, err := relaying(t, server).DialContext(t.Context(), "tcp", "prod-1.nodes.nifi.svc.cluster.local:9443")
	require.NoError(t, err)
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	_, err = conn.Write([]byte("you"))
	require.NoError(t, err)
	answer, err := io.ReadAll(conn)
	require.NoError(t, err)
	assert.Equal(t, "hello you", string(answer))
	require.NoError(t, conn.Close())
	assert.Contains(t, server.Execs()[0], "prod-1 server bash -c ")
}

func TestRelaySaysWhy(t *testing.T) {
	t.Parallel()
	server := kubetest.Start(t)
	read := func() error {
		conn, err := relaying(t, server).DialContext(t.Context(), "tcp", "prod-1.nodes:9443")
		require.NoError(t, err)
		defer func() { _ = conn.Close() }()
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second)) // it may have ended by now
		_, err = conn.Read(make([]byte, 1))
		return err
	}
	require.ErrorContains(t, read(), "Connection refused", "what the pod itself says")
	server.Deny("/api/v1/namespaces/nifi/pods/prod-1/exec")
	err := read()
	require.ErrorIs(t, err, view.ErrForbidden)
	assert.ErrorContains(t, err, "exec")
}

// TestRelayScript runs in a real bash what runs in pods.
func TestRelayScript(t *testing.T) {
	t.Parallel()
	host, port, err := net.SplitHostPort(greeter(t))
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	command := exec.CommandContext(ctx, "bash", "-c", relayScript, host, port)
	stdin, err := command.StdinPipe() // open until the other side has closed
	require.NoError(t, err)
	var out strings.Builder
	command.Stdout = &out
	require.NoError(t, command.Start())
	_, err = io.WriteString(stdin, "bash")
	require.NoError(t, err)
	require.NoError(t, command.Wait())
	assert.Equal(t, "hello bash", out.String())

	refused, err := exec.CommandContext(ctx, "bash", "-c", relayScript, host, "1").CombinedOutput()
	require.Error(t, err)
	assert.Contains(t, string(refused), "refused")
}
