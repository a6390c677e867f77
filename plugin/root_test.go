package plugin

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube/kubetest"
)

func TestWrongUsage(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args []string
		want string
	}{
		"unknown verb":       {[]string{"frobnicate"}, `error: unknown command "frobnicate"; see kubectl nifi --help`},
		"verb nearly right":  {[]string{"statsu"}, `error: unknown command "statsu"; did you mean status?`},
		"unknown flag":       {[]string{"status", "prod", "--nope"}, `error: unknown flag: --nope; see kubectl nifi status --help`},
		"no name":            {[]string{"status"}, `error: kubectl nifi status takes one NAME, the cluster's, not 0 arguments; see kubectl nifi status --help`},
		"two names":          {[]string{"status", "a", "b"}, `error: kubectl nifi status takes one NAME, the cluster's, not 2 arguments; see kubectl nifi status --help`},
		"argument too many":  {[]string{"version", "x"}, `error: kubectl nifi version takes no arguments, not ["x"]; see kubectl nifi version --help`},
		"output":             {[]string{"status", "prod", "-o", "xml"}, `error: --output must be one of text, wide, json, yaml, not "xml"`},
		"timeout":            {[]string{"status", "prod", "--timeout", "0s"}, `error: --timeout must be more than 0, not 0s`},
		"interval":           {[]string{"status", "prod", "-w", "--interval", "0s"}, `error: --interval must be more than 0, not 0s`},
		"watch as JSON":      {[]string{"status", "prod", "-w", "-o", "json"}, `error: --watch goes with -o text or wide, not json`},
		"timeout unit":       {[]string{"status", "prod", "--timeout", "10"}, `error: invalid argument "10" for "--timeout" flag: time: missing unit in duration "10"; see kubectl nifi status --help`},
		"colour":             {[]string{"status", "prod", "--color", "red"}, `error: --color must be auto, always or never, not "red"`},
		"half a pair":        {[]string{"status", "prod", "--nifi-client-key", "x"}, `error: --nifi-client-certificate and --nifi-client-key go together`},
		"no authority":       {[]string{"status", "prod", "--nifi-token-file", "x"}, `error: --nifi-certificate-authority is needed to verify NiFi's own certificate`},
		"authority alone":    {[]string{"status", "prod", "--nifi-certificate-authority", "x"}, `error: --nifi-certificate-authority needs --nifi-client-certificate or --nifi-token-file`},
		"missing kubeconfig": {[]string{"status", "prod", "--kubeconfig", "/nonexistent"}, `error: reading the kubeconfig: stat /nonexistent: no such file or directory`},
		"two identities": {
			[]string{"status", "prod", "--nifi-token-file", "x", "--nifi-client-certificate", "x", "--nifi-client-key", "x"},
			`error: give --nifi-client-certificate or --nifi-token-file, not both`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := runWith(t, time.Now(), test.args...)
			assert.Equal(t, result{stderr: test.want + "\n", code: exitUsage}, got)
		})
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	got := runWith(t, time.Now(), "--help")
	assert.Equal(t, exitWell, got.code)
	assert.Contains(t, got.stdout, "kubectl nifi [command]")
	assert.Contains(t, got.stdout, "status ")
	assert.Equal(t, got, runWith(t, time.Now()), "no verb is a question for help")
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	down := unreachable("the API server", context.DeadlineExceeded, "")
	tests := map[string]struct {
		err   error
		code  int
		print string
	}{
		"well":              {nil, 0, ""},
		"findings":          {errFindings, 1, ""},
		"failed":            {errors.New("no\nsuch  thing"), 1, "error: no; such thing\n"},
		"usage":             {fmt.Errorf("in a file: %w", usagef("%d is too many", 21)), 2, "error: in a file: 21 is too many\n"},
		"unreachable":       {fmt.Errorf("asking: %w", down), 3, "error: asking: reaching the API server: context deadline exceeded\n"},
		"out of time":       {fmt.Errorf("waiting: %w", context.DeadlineExceeded), 124, "error: waiting: context deadline exceeded\n"},
		"with what to do":   {unreachable("it", errors.New("gone"), "try again"), 3, "error: reaching it: gone; try again\n"},
		"findings, wrapped": {fmt.Errorf("x: %w", errFindings), 1, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var printed writer
			printError(&printed, test.err)
			assert.Equal(t, test.print, string(printed))
			assert.Equal(t, test.code, exitCode(test.err))
		})
	}
}

// writer is a string that can be written to.
type writer []byte

func (w *writer) Write(p []byte) (int, error) {
	*w = append(*w, p...)
	return len(p), nil
}

func TestColor(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		flag string
		env  map[string]string
		want bool
	}{
		"always":          {flag: "always", want: true},
		"always beats it": {flag: "always", env: map[string]string{"NO_COLOR": "1"}, want: true},
		"never":           {flag: "never"},
		"no terminal":     {flag: "auto"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := Environment{Color: &test.flag, Getenv: func(name string) string { return test.env[name] }}
			assert.Equal(t, test.want, env.palette().on)
		})
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api.Set("/version", map[string]string{"gitVersion": "v1.34.4"})
	assertGolden(t, "version/all.golden", w.run(t, "version").String())
	assertGolden(t, "version/json.golden", w.run(t, "version", "-o", "json").String())
	w.api.Deny("/apis/apps/v1/namespaces/nifi/statefulsets")
	assertGolden(t, "version/forbidden.golden", w.run(t, "version").String())
}

func TestVersionWithoutAPIServer(t *testing.T) {
	t.Parallel()
	config := kubetest.WriteKubeconfig(t, api.Cluster{Server: "https://127.0.0.1:1"}, "nifi")
	client := result{stdout: "Client:   v0.0.0-test\n"}
	assert.Equal(t, client, runWith(t, time.Now(), "version", "--client", "--kubeconfig", config))
	got := runWith(t, time.Now(), "version", "--kubeconfig", config)
	assert.Equal(t, client.stdout, got.stdout)
	assert.Equal(t, exitUnreachable, got.code)
	assert.Equal(t, 1, got.lines())
}
