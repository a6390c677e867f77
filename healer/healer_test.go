package healer

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestParse(t *testing.T) {
	t.Parallel()
	o, err := Parse(nil, io.Discard)
	require.NoError(t, err)
	assert.Equal(t, ":8081", o.Listen)
	assert.Empty(t, o.Namespace)

	o, err = Parse([]string{"--listen", "127.0.0.1:0", "--namespace=nifi"}, io.Discard)
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1:0", o.Listen)
	assert.Equal(t, "nifi", o.Namespace)

	for name, args := range map[string][]string{"flag": {"--nope"}, "argument": {"watch"}, "no value": {"--listen"}} {
		_, err := Parse(args, io.Discard)
		require.ErrorIs(t, err, ErrUsage, name)
	}
	var help bytes.Buffer
	_, err = Parse([]string{"--help"}, &help)
	require.ErrorIs(t, err, flag.ErrHelp)
	assert.Contains(t, help.String(), "-listen address")
}

func TestCompleteTakesThePodsNamespace(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "namespace")
	require.NoError(t, os.WriteFile(file, []byte("prod\n"), 0o600))
	given := Options{Namespace: "nifi", namespaceFile: file}
	require.NoError(t, given.Complete())
	assert.Equal(t, "nifi", given.Namespace)

	own := Options{namespaceFile: file}
	require.NoError(t, own.Complete())
	assert.Equal(t, "prod", own.Namespace)

	outside := Options{namespaceFile: file + "-none"}
	require.ErrorIs(t, outside.Complete(), ErrUsage)
}

func TestValidate(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		options Options
		says    string
	}{
		"good":            {Options{Listen: ":8081", Namespace: "nifi,prod", Interval: minInterval}, ""},
		"no namespace":    {Options{Listen: ":8081"}, "--namespace"},
		"not a namespace": {Options{Listen: ":8081", Namespace: "Ni Fi"}, "--namespace"},
		"port alone":      {Options{Listen: "8081", Namespace: "nifi"}, "--listen"},
		"too often":       {Options{Listen: ":8081", Namespace: "nifi", Interval: time.Second}, "--interval"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := tc.options.Validate()
			if tc.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, ErrUsage)
			require.ErrorContains(t, err, tc.says)
		})
	}
}

func TestRunWatchesUntilTheEnd(t *testing.T) {
	t.Parallel()
	for name, elects := range map[string]bool{"alone": false, "elected": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.api.Set(w.path("apis/coordination.k8s.io/v1", "leases", Holder), coordinationv1.Lease{
				TypeMeta:   metav1.TypeMeta{APIVersion: "coordination.k8s.io/v1", Kind: "Lease"},
				ObjectMeta: metav1.ObjectMeta{Name: Holder, Namespace: "nifi", ResourceVersion: "1"},
			})
			w.api.SetForward(func(ctx context.Context, pod string, port int) (net.Conn, error) {
				return w.nifi.DialContext(ctx, "tcp", fmt.Sprintf("%s:%d", w.nifi.Names.FQDN(pod), port))
			})
			w.run(elects)
		})
	}
}

// run runs the whole program against this world.
func (w *world) run(elects bool) {
	ctx, end := context.WithCancel(w.t.Context())
	defer end()
	addr := make(chan net.Addr, 1)
	o := Options{
		Listen: "127.0.0.1:0", Namespace: "nifi", own: "nifi", Interval: minInterval, LeaderElect: elects,
		Kubeconfig: w.api.Kubeconfig(w.t, "nifi"), listening: func(a net.Addr) { addr <- a },
	}
	done := make(chan error, 1)
	go func() { done <- o.Run(ctx, slog.New(slog.DiscardHandler)) }()
	base := "http://" + (<-addr).String()
	status, body := get(w.t, base+"/healthz")
	assert.Equal(w.t, http.StatusOK, status)
	assert.Equal(w.t, "ok", body)
	require.Eventually(w.t, func() bool {
		_, body := get(w.t, base+"/metrics")
		return strings.Contains(body, `nifi_healer_nodes_connected{cluster="prod",namespace="nifi"} 3`)
	}, 30*time.Second, 50*time.Millisecond)
	status, _ = get(w.t, base+"/readyz")
	assert.Equal(w.t, http.StatusOK, status)
	status, _ = get(w.t, base+"/debug/pprof/")
	assert.Equal(w.t, http.StatusNotFound, status, "off unless it is wanted")
	end()
	require.NoError(w.t, <-done)
	_, err := net.Dial("tcp", base[len("http://"):])
	require.Error(w.t, err, "nothing listens any more")
}

func TestNotReadyBeforeTheFirstLook(t *testing.T) {
	t.Parallel()
	answer := httptest.NewRecorder()
	o := Options{Profile: true}
	routes := o.routes(func() bool { return false }, http.NotFoundHandler())
	routes.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	assert.Equal(t, http.StatusServiceUnavailable, answer.Code)
	answer = httptest.NewRecorder()
	routes.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/debug/pprof/", nil))
	assert.Equal(t, http.StatusOK, answer.Code)
}

func TestRunNeedsItsPort(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	o := Options{Listen: taken.Addr().String()}
	require.ErrorContains(t, o.Run(t.Context(), slog.New(slog.DiscardHandler)), "listening on")
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(body)
}
