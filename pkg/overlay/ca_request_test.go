package overlay

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/kustomize"
)

// requester runs the script of the ca-request container over folders of its
// own, with a tls-toolkit that does what its first line says.
type requester struct {
	t    *testing.T
	root string
}

func newRequester(t *testing.T, toolkit string) requester {
	r := requester{t, t.TempDir()}
	r.write("bin/tls-toolkit.sh", "#!/bin/sh\nset -eu\n"+toolkit, 0o700)
	r.write("etc/token", "token-of-the-tests\n", 0o600)
	for _, folder := range []string{"work", "new", "kept"} {
		require.NoError(t, os.Mkdir(filepath.Join(r.root, folder), 0o700))
	}
	text, err := kustomize.Files.ReadFile("components/nifi-ca/start/ca-request.sh")
	require.NoError(t, err)
	r.write("ca-request.sh", strings.NewReplacer(
		"/etc/nifi/tls", r.root+"/new", "/etc/nifi/ca", r.root+"/etc", "/state/tls", r.root+"/kept", "/scratch", r.root+"/work", "sleep 5", "sleep 0",
	).Replace(string(text)), 0o600)
	return r
}

func (r requester) write(name, text string, mode os.FileMode) {
	path := filepath.Join(r.root, name)
	require.NoError(r.t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(r.t, os.WriteFile(path, []byte(text), mode))
}

func (r requester) read(name string) string {
	text, err := os.ReadFile(filepath.Join(r.root, name))
	require.NoError(r.t, err)
	return string(text)
}

func (r requester) run() string {
	command := exec.CommandContext(r.t.Context(), "sh", filepath.Join(r.root, "ca-request.sh"))
	command.Env = []string{"PATH=/usr/bin:/bin", "NIFI_TOOLKIT_HOME=" + r.root, "CA_HOST=prod-nifi-ca", "CA_PORT=9443",
		"NODE_DN=CN=prod-0, OU=NIFI, O=nifi", `NODE_NAMES=["prod-0.prod-nodes.nifi.svc.cluster.local","localhost"]`}
	out, err := command.CombinedOutput()
	require.NoError(r.t, err, string(out))
	return string(out)
}

// keep puts stores of an earlier start onto the state volume.
func (r requester) keep(age time.Duration) {
	for _, name := range []string{"keystore.jks", "truststore.jks", "password"} {
		r.write("kept/"+name, "kept", 0o600)
		then := time.Now().Add(-age)
		require.NoError(r.t, os.Chtimes(filepath.Join(r.root, "kept", name), then, then))
	}
}

func TestCARequest(t *testing.T) {
	t.Parallel()
	r := newRequester(t, `cp config.json "$0.asked"; echo "$@" >"$0.args"; echo keystore >keystore.jks; echo truststore >truststore.jks`)
	r.keep(time.Hour)
	out := r.run()
	assert.Contains(t, out, "new stores for CN=prod-0, OU=NIFI, O=nifi from prod-nifi-ca")
	assert.Equal(t, "keystore\n", r.read("new/keystore.jks"), "the authority's word comes before what was kept")
	assert.Equal(t, "truststore\n", r.read("new/truststore.jks"))
	assert.NotContains(t, r.read("bin/tls-toolkit.sh.args")+out, "token-of-the-tests")

	var asked map[string]any
	require.NoError(t, json.Unmarshal([]byte(r.read("bin/tls-toolkit.sh.asked")), &asked))
	assert.Equal(t, "token-of-the-tests", asked["token"])
	assert.Equal(t, []any{"prod-0.prod-nodes.nifi.svc.cluster.local", "localhost"}, asked["domainAlternativeNames"])
	password := strings.TrimSpace(r.read("new/password"))
	assert.Len(t, password, 32)
	assert.Equal(t, []any{password, password, password}, []any{asked["keyStorePassword"], asked["keyPassword"], asked["trustStorePassword"]})
	left, err := os.ReadDir(filepath.Join(r.root, "work"))
	require.NoError(t, err)
	assert.Empty(t, left, "no token stays behind")
}

func TestCARequestWithoutTheAuthority(t *testing.T) {
	t.Parallel()
	r := newRequester(t, "exit 1")
	r.keep(time.Hour)
	out := r.run()
	assert.Equal(t, 2, strings.Count(out, "asking again"))
	assert.Contains(t, out, "going on with the stores of an earlier start")
	assert.NoFileExists(t, filepath.Join(r.root, "new", "keystore.jks"), "who holds the token copies nothing from where NiFi writes")
}

func TestCARequestWaits(t *testing.T) {
	t.Parallel()
	answersLate := `echo x >>"$0.tries"; [ "$(wc -l <"$0.tries")" -gt 5 ]; echo late >keystore.jks; echo late >truststore.jks`
	for name, age := range map[string]time.Duration{"nothing kept": 0, "kept for too long": 826 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRequester(t, answersLate)
			if age > 0 {
				r.keep(age)
			}
			assert.Equal(t, 5, strings.Count(r.run(), "asking again"))
			assert.Equal(t, "late\n", r.read("new/keystore.jks"))
		})
	}
}

// TestStoresOfNiFiCA runs what start.sh reads in a node's own container.
func TestStoresOfNiFiCA(t *testing.T) {
	t.Parallel()
	script, err := kustomize.Files.ReadFile("components/nifi-ca/start/stores.sh")
	require.NoError(t, err)
	run := func(r requester) error {
		r.write("stores.sh", "set -eu\ndie() { echo \"$*\" >&2; exit 1; }\ntls="+r.root+"/new\n"+string(script), 0o600)
		require.NoError(t, os.MkdirAll(filepath.Join(r.root, "state"), 0o700))
		command := exec.CommandContext(t.Context(), "sh", "stores.sh")
		command.Dir = r.root
		return command.Run()
	}
	r := newRequester(t, "")
	require.Error(t, run(r), "there are none, new or kept")
	for _, round := range []string{"first", "second"} {
		for _, name := range []string{"keystore.jks", "truststore.jks", "password"} {
			r.write("new/"+name, round, 0o600)
		}
		require.NoError(t, run(r))
		assert.Equal(t, round, r.read("state/tls/keystore.jks"))
	}
	require.NoError(t, os.RemoveAll(filepath.Join(r.root, "new")))
	require.NoError(t, run(r), "those of an earlier start do")
	assert.NoDirExists(t, filepath.Join(r.root, "state", "tls.old"))
}
