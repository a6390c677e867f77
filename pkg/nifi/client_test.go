package nifi

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// serving is a client of a server that answers every call with handler.
func serving(t *testing.T, handler http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	c, err := NewClient(server.URL, server.Client())
	require.NoError(t, err)
	return c
}

func answering(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestNewClient(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		base string
		ok   bool
	}{
		"plain":          {"https://prod-0.prod-nodes.nifi.svc.cluster.local:8443", true},
		"trailing slash": {"https://prod-0:8443/", true},
		"http":           {"http://prod-0:8443", false},
		"a path":         {"https://prod-0:8443/nifi-api", false},
		"a query":        {"https://prod-0:8443?a=b", false},
		"a password":     {"https://me:secret@prod-0:8443", false},
		"no host":        {"https://:8443", false},
		"no URL":         {"prod-0:8443", false},
		"not parseable":  {"https://prod 0", false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := NewClient(tc.base, http.DefaultClient)
			if !tc.ok {
				require.ErrorContains(t, err, "node address")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, strings.TrimSuffix(tc.base, "/"), c.Base())
		})
	}
	_, err := NewClient("https://prod-0:8443", nil)
	require.Error(t, err)
}

func TestRequest(t *testing.T) {
	t.Parallel()
	var got *http.Request
	var sent string
	c := serving(t, func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		got, sent = r, string(raw)
		_, _ = io.WriteString(w, `{"node":{"nodeId":"a-1","status":"CONNECTING"}}`)
	})
	node, err := c.SetNodeStatus(t.Context(), "a-1", Connecting)
	require.NoError(t, err)
	assert.Equal(t, Node{ID: "a-1", Status: Connecting}, node)
	assert.Equal(t, "PUT /nifi-api/controller/cluster/nodes/a-1", got.Method+" "+got.URL.Path)
	assert.JSONEq(t, `{"node":{"nodeId":"a-1","status":"CONNECTING"}}`, sent)
	assert.Equal(t, "application/json", got.Header.Get("Content-Type"))
	assert.Equal(t, "application/json", got.Header.Get("Accept"))
	assert.Equal(t, "kubectl-nifi", got.UserAgent())
}

// What must not reach the node at all.
func TestRefusedBeforeTheCall(t *testing.T) {
	t.Parallel()
	c := serving(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("called: %s %s", r.Method, r.URL) })
	ctx := t.Context()
	for _, status := range []NodeStatus{Connected, Disconnected, Offloaded, Removed, "OFFLOAD", "connecting", ""} {
		_, err := c.SetNodeStatus(ctx, "a", status)
		require.ErrorContains(t, err, "can't be asked for", status)
	}
	for _, id := range []string{"", "..", "../../access/logout", "a/b", "a?x=y", "ä"} {
		_, err := c.Node(ctx, id)
		require.ErrorContains(t, err, "UUID", id)
		_, err = c.SetNodeStatus(ctx, id, Connecting)
		require.ErrorContains(t, err, "UUID", id)
		require.ErrorContains(t, c.DeleteNode(ctx, id), "UUID", id)
	}
	require.Error(t, c.Do(ctx, http.MethodGet, "flow/about", nil, nil))
	require.Error(t, c.Do(ctx, http.MethodPut, "/x", func() {}, nil))
}

func TestAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		answer http.HandlerFunc
		is     error
		says   string
	}{
		"a page":             {answering(200, "text/html", "<title>System Error</title>"), ErrNotJSON, `"System Error"`},
		"a page in disguise": {answering(200, "application/json", "<html>Log in</html>"), ErrNotJSON, "Log in"},
		"cut off":            {answering(200, "application/json", `{"cluster":{"nodes":[`), ErrNotJSON, "unexpected end"},
		"empty":              {answering(200, "application/json", ""), ErrNotJSON, ""},
		"another type":       {answering(200, "application/json", `{"cluster":{"nodes":7}}`), ErrNotJSON, "nodes"},
		"no cluster in it":   {answering(200, "application/json", `{}`), nil, `it has no "cluster"`},
		"null":               {answering(200, "application/json", `{"cluster":null}`), nil, `it has no "cluster"`},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://127.0.0.1:1/", http.StatusFound)
		}, nil, "302 Found"},
		"too large": {answering(200, "application/json", strings.Repeat(" ", 1025)), nil, "larger than 1024 bytes"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := serving(t, tc.answer)
			c.limit = 1024
			_, err := c.Cluster(t.Context())
			require.ErrorContains(t, err, tc.says)
			if tc.is != nil {
				require.ErrorIs(t, err, tc.is)
			}
			assert.NotContains(t, err.Error(), "\n")
		})
	}
}

// A page in place of DELETE's answer must not read as a deleted node.
func TestPageIsNoSuccessEvenUnread(t *testing.T) {
	t.Parallel()
	c := serving(t, answering(200, "text/html", "<title>Log in</title>"))
	require.ErrorIs(t, c.DeleteNode(t.Context(), "a"), ErrNotJSON)
}

// An answer that never ends is given up at the limit.
func TestEndlessAnswer(t *testing.T) {
	t.Parallel()
	c := serving(t, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, strings.Repeat(" ", 1024))
		}
	})
	c.limit = 4096
	_, err := c.About(t.Context())
	require.ErrorContains(t, err, "larger than 4096 bytes")
}

func TestErrorBodyIsBounded(t *testing.T) {
	t.Parallel()
	c := serving(t, answering(500, "text/plain", strings.Repeat("x", 1<<20)))
	_, err := c.About(t.Context())
	var api *APIError
	require.ErrorAs(t, err, &api)
	assert.Len(t, []rune(api.Message), maxMessage)
}

func TestContextEndsTheCall(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c := serving(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	_, err := c.Summary(ctx)
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, 1, strings.Count(err.Error(), "https://"), "the address is named once: %s", err)
}
