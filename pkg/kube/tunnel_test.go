package kube

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/streaming/pkg/httpstream"
)

// stuckStreams opens no stream before it is closed, as a tunnel after some
// connections that pods broke off.
type stuckStreams struct {
	closed chan bool
	close  func()
}

func newStuckStreams() *stuckStreams {
	s := &stuckStreams{closed: make(chan bool)}
	s.close = sync.OnceFunc(func() { close(s.closed) })
	return s
}

func (s *stuckStreams) CreateStream(http.Header) (httpstream.Stream, error) {
	<-s.closed
	return nil, net.ErrClosed
}

func (s *stuckStreams) Close() error {
	s.close()
	return nil
}

func (s *stuckStreams) CloseChan() <-chan bool             { return s.closed }
func (s *stuckStreams) SetIdleTimeout(time.Duration)       {}
func (s *stuckStreams) RemoveStreams(...httpstream.Stream) {}

// TestAStuckTunnelIsLeft: whoever asks has less patience than a tunnel gets.
func TestAStuckTunnelIsLeft(t *testing.T) {
	t.Parallel()
	for name, patience := range map[string]time.Duration{"in a hurry": 4 * time.Second, "patient": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tunnel := newTunnel(newStuckStreams(), "prod-1")
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				_, err := tunnel.dial(ctx, 8443)
				require.Error(t, err)
				time.Sleep(openPatience)
				assert.True(t, tunnel.broken(), "the next one opens another")
				require.ErrorIs(t, tunnel.explain(err), errStuck)
				require.ErrorContains(t, tunnel.explain(err), `port-forwarding to port 8443 of pod "prod-1"`)
			})
		})
	}
}
