package nifi

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// maxDiagnostics is how many bytes of diagnostics are read.
const maxDiagnostics = 32 << 20

// Diagnostics asks the management server of a node, which listens on the pod's
// loopback, speaks plain HTTP and asks for no log-in, for its diagnostics:
// threads, memory, repositories (org.apache.nifi.runtime.HealthDiagnosticsHttpHandler).
// dial connects to that server. It starts only once the node has joined.
func Diagnostics(ctx context.Context, dial func(ctx context.Context) (net.Conn, error)) (string, error) {
	transport := &http.Transport{
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
		DisableKeepAlives: true,
	}
	url := fmt.Sprintf("http://127.0.0.1:%d/health/diagnostics?verbose=true", topology.PortManagement)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", fmt.Errorf("asking for diagnostics: %w", err)
	}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return "", fmt.Errorf("asking for diagnostics: %w", err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxDiagnostics))
	if err != nil {
		return "", fmt.Errorf("reading diagnostics: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("asking for diagnostics: the management server says %s", response.Status)
	}
	return string(text), nil
}
