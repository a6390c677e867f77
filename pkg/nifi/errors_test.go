package nifi

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func sentinels() []error {
	return []error{
		ErrInvalidSNI, ErrUnauthorized, ErrForbidden, ErrNotFound, ErrNotConnected,
		ErrConflict, ErrInitializing, ErrMisdirected, ErrNoCoordinator, ErrNotJSON,
	}
}

// Each answer is exactly one of the sentinels, or none.
func TestAPIErrorIs(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		status int
		text   string
		want   error
	}{
		"bad request":    {400, "Node details must be specified.", nil},
		"SNI":            {400, "Error 400 Invalid SNI", ErrInvalidSNI},
		"anonymous":      {401, "Unauthorized", ErrUnauthorized},
		"no policy":      {403, "Unable to view users/user groups. Contact the system administrator.", ErrForbidden},
		"unknown":        {404, "Node does not exist", ErrNotFound},
		"not connected":  {404, textNotConnected, ErrNotConnected},
		"conflict":       {409, "Cannot offload node", ErrConflict},
		"initializing":   {409, textInitializing, ErrInitializing},
		"misdirected":    {421, "Invalid Port Requested", ErrMisdirected},
		"internal":       {500, "An unexpected error has occurred.", nil},
		"no coordinator": {503, "there is currently no Cluster Coordinator elected", ErrNoCoordinator},
		"redirect":       {302, "", nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := fmt.Errorf("calling: %w", &APIError{Method: "GET", Path: "/x", StatusCode: tc.status, Message: tc.text})
			for _, sentinel := range sentinels() {
				if errors.Is(sentinel, tc.want) {
					require.ErrorIs(t, err, sentinel)
				} else {
					require.NotErrorIs(t, err, sentinel)
				}
			}
		})
	}
}

func TestAPIErrorText(t *testing.T) {
	t.Parallel()
	err := &APIError{Method: "PUT", Path: "/controller/cluster/nodes/a", StatusCode: http.StatusConflict, Message: "Cannot offload node a"}
	assert.Equal(t, "PUT /controller/cluster/nodes/a: 409 Conflict: Cannot offload node a", err.Error())
	err.Message = ""
	assert.Equal(t, "PUT /controller/cluster/nodes/a: 409 Conflict", err.Error())
}

func TestMessage(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		contentType, body, want string
	}{
		"plain text":            {"text/plain", "Node does not exist.", "Node does not exist."},
		"first line":            {"text/plain", "\n \nfirst  line\r\nsecond", "first line"},
		"nothing":               {"text/plain", " \n", ""},
		"Jetty's JSON":          {"application/json", "{\n\"url\":\"/\",\n\"status\":\"400\",\n\"message\":\"Invalid SNI\"}", "Invalid SNI"},
		"other JSON":            {"application/json", `{"status":400}`, `{"status":400}`},
		"Jetty's page":          {"text/html", "<html><head><title>Error 421 Invalid\nPort Requested</title></head><body>x</body></html>", "Error 421 Invalid Port Requested"},
		"page with no title":    {"text/html", "<body><style>p{}</style><h1>Log&nbsp;in</h1>\n<p>here &amp; now</p></body>", "Log in here & now"},
		"page under other name": {"", "  <!doctype html><title>Sign in</title>", "Sign in"},
		"terminal codes":        {"text/plain", "\x1b[31mred\x07", "[31mred"},
		"not UTF-8":             {"text/plain", "caf\xe9", "caf?"},
		"long":                  {"text/plain", strings.Repeat("ä", 400), strings.Repeat("ä", 299) + "…"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := []byte(tc.body)
			assert.Equal(t, tc.want, message(body, isHTML(tc.contentType, body)))
		})
	}
}
