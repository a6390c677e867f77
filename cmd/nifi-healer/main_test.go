package main

import (
	"bytes"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestExitCodes(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	cases := map[string]struct {
		args   []string
		code   int
		stderr string // of its one line, "" for nothing of the kind
	}{
		"help":          {[]string{"--help"}, 0, ""},
		"unknown flag":  {[]string{"--nope"}, 2, "flag provided but not defined"},
		"bad namespace": {[]string{"--namespace", "A b"}, 2, "--namespace"},
		"bad address":   {[]string{"--namespace", "nifi", "--listen", "8081"}, 2, "--listen"},
		"port taken":    {[]string{"--namespace", "nifi", "--listen", taken.Addr().String()}, 1, "address already in use"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			assert.Equal(t, tc.code, run(t.Context(), tc.args, &stdout, &stderr))
			if tc.stderr == "" {
				assert.Contains(t, stdout.String(), "-namespace")
				assert.Empty(t, stderr.String())
				return
			}
			assert.Contains(t, stderr.String(), tc.stderr)
			assert.Equal(t, 1, strings.Count(stderr.String(), "\n"))
		})
	}
	var stdout, stderr bytes.Buffer
	assert.Equal(t, 0, run(t.Context(), []string{"explain"}, &stdout, &stderr))
	assert.Contains(t, stdout.String(), "NIFI-NODE-004")
	assert.Empty(t, stderr.String())
	assert.Equal(t, 1, run(t.Context(), []string{"--namespace", "nifi", "--listen", "127.0.0.1:0", "--kubeconfig", "/no/such/file"}, &stdout, &stderr))
	assert.Contains(t, stderr.String(), "finding the way to the API server")
}
