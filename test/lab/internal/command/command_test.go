package command_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/command"
)

func TestReason(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ output, want string }{
		"nothing":    {"", "no output"},
		"last line":  {"building\nfailed: no space\n\n", "failed: no space"},
		"apt":        {"Reading\nE: Unable to locate package x\nmore\n", "E: Unable to locate package x"},
		"maven":      {"[INFO] a\n[ERROR] Could not resolve\n[ERROR] help 1\n", "[ERROR] Could not resolve"},
		"long":       {strings.Repeat("a", 500), strings.Repeat("a", 400) + "…"},
		"overwrites": {"10%\r20%\rdisk full\r", "disk full"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tc.want, command.Reason(tc.output))
		})
	}
}

func TestRunReturnsOnlyStdout(t *testing.T) {
	t.Parallel()
	log := filepath.Join(t.TempDir(), "logs", "step.log")
	out, err := command.Cmd{Args: []string{"sh", "-c", "echo out; echo err >&2"}, Log: log}.Run(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "out\n", out)
	logged, err := os.ReadFile(log)
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{"out", "err"}, strings.Fields(string(logged)))
}

func TestRunNamesProgramReasonAndLog(t *testing.T) {
	t.Parallel()
	log := filepath.Join(t.TempDir(), "step.log")
	_, err := command.Cmd{Args: []string{"sh", "-c", "echo disk full >&2; exit 3"}, Log: log}.Run(t.Context())
	require.ErrorContains(t, err, "running sh: exit status 3: disk full")
	assert.ErrorContains(t, err, log)
}

func TestRunSaysThatItWasInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := command.Run(ctx, "sh", "-c", "exit 0")
	require.ErrorIs(t, err, context.Canceled)
}
