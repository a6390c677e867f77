package nifi_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

func TestDiagnostics(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != "127.0.0.1:52020" || r.URL.String() != "/health/diagnostics?verbose=true" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = io.WriteString(w, "Thread Dump\n")
	}))
	t.Cleanup(server.Close)
	dial := func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", server.Listener.Addr().String())
	}
	text, err := nifi.Diagnostics(t.Context(), dial)
	require.NoError(t, err)
	assert.Equal(t, "Thread Dump\n", text)

	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	_, err = nifi.Diagnostics(t.Context(), dial)
	assert.EqualError(t, err, "asking for diagnostics: the management server says 503 Service Unavailable")

	refused := errors.New("connection refused")
	_, err = nifi.Diagnostics(t.Context(), func(context.Context) (net.Conn, error) { return nil, refused })
	assert.ErrorIs(t, err, refused)
}
