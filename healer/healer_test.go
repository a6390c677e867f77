package healer

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
		"good":            {Options{Listen: ":8081", Namespace: "nifi"}, ""},
		"no namespace":    {Options{Listen: ":8081"}, "--namespace"},
		"not a namespace": {Options{Listen: ":8081", Namespace: "Ni Fi"}, "--namespace"},
		"port alone":      {Options{Listen: "8081", Namespace: "nifi"}, "--listen"},
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

func TestRunAnswersProbesUntilTheEnd(t *testing.T) {
	t.Parallel()
	ctx, end := context.WithCancel(t.Context())
	defer end()
	addr := make(chan net.Addr, 1)
	o := Options{Listen: "127.0.0.1:0", Namespace: "nifi", listening: func(a net.Addr) { addr <- a }}
	var log bytes.Buffer
	done := make(chan error, 1)
	go func() { done <- o.Run(ctx, slog.New(slog.NewJSONHandler(&log, nil))) }()
	base := "http://" + (<-addr).String()

	for _, path := range []string{"/healthz", "/readyz"} {
		status, body := get(t, base+path)
		assert.Equal(t, http.StatusOK, status, path)
		assert.Equal(t, "ok", body, path)
	}
	status, _ := get(t, base+"/metrics")
	assert.Equal(t, http.StatusNotFound, status)

	end()
	require.NoError(t, <-done)
	_, err := net.Dial("tcp", base[len("http://"):])
	require.Error(t, err, "nothing listens any more")

	var first struct{ Msg, Namespace string }
	require.NoError(t, json.Unmarshal(bytes.SplitN(log.Bytes(), []byte("\n"), 2)[0], &first))
	assert.Contains(t, first.Msg, "takes no action")
	assert.Equal(t, "nifi", first.Namespace)
}

func TestNotReadyWhileEnding(t *testing.T) {
	t.Parallel()
	answer := httptest.NewRecorder()
	health(&atomic.Bool{}).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	assert.Equal(t, http.StatusServiceUnavailable, answer.Code)
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
