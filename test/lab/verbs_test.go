package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/lab"
)

func TestVerbs(t *testing.T) {
	t.Parallel()
	opened := func() (lab.Lab, error) { return lab.Lab{}, lab.ErrNotRunning }
	for name, tc := range map[string]struct {
		args string
		err  string
	}{
		"unknown verb":      {"fly", `unknown command "fly"`},
		"too many words":    {"up now", `unknown command "now"`},
		"load needs one":    {"image load", "accepts 1 arg(s), received 0"},
		"open's error":      {"status", lab.ErrNotRunning.Error()},
		"kubectl keeps all": {"kubectl get pods -A", lab.ErrNotRunning.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := command(opened)
			root.SetArgs(strings.Fields(tc.args))
			require.ErrorContains(t, root.ExecuteContext(t.Context()), tc.err)
		})
	}
}

func TestProvisionerIsForTheLabOnly(t *testing.T) {
	t.Parallel()
	cmd, _, err := command(nil).Find([]string{"provisioner"})
	require.NoError(t, err)
	assert.True(t, cmd.Hidden)
}
