package plugin

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// initRun is one `kubectl nifi init` in a folder of its own.
type initRun struct {
	t   *testing.T
	dir string
}

func newInitRun(t *testing.T) initRun { return initRun{t, t.TempDir()} }

func (r initRun) path(name string) string { return filepath.Join(r.dir, name) }

// do runs init with the arguments; the overlay's folder is r.dir/overlay
// unless they say --dir.
func (r initRun) do(args ...string) (code int, stdout, stderr string) {
	r.t.Helper()
	streams, _, out, errOut := genericiooptions.NewTestIOStreams()
	config := genericclioptions.NewConfigFlags(false)
	kubeconfig := r.path("no-kubeconfig")
	config.KubeConfig = &kubeconfig
	env := Environment{
		IOStreams: streams, Config: config, Now: time.Now, Version: "v0.0.0", Program: "kubectl-nifi",
		Color: new(string), Getenv: func(string) string { return "" },
	}
	require.NoError(r.t, os.WriteFile(kubeconfig, []byte("apiVersion: v1\nkind: Config\n"), 0o600))
	if !strings.Contains(strings.Join(args, " "), "--dir") {
		args = append(args, "--dir", r.path("overlay"))
	}
	code = run(r.t.Context(), env, append([]string{"init"}, args...))
	return code, out.String(), errOut.String()
}

// files is the whole folder by name.
func (r initRun) files() map[string]string {
	r.t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(r.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == "no-kubeconfig" {
			return err
		}
		text, err := os.ReadFile(path)
		all[strings.TrimPrefix(path, r.dir+"/")] = string(text)
		return err
	})
	require.NoError(r.t, err)
	return all
}

func TestInitPrintsTheFolderAlone(t *testing.T) {
	t.Parallel()
	r := newInitRun(t)
	code, out, errOut := r.do("prod", "-n", "nifi", "--replicas", "3")
	require.Equal(t, 0, code, errOut)
	assert.Equal(t, r.path("overlay")+"\n", out)
	assert.Contains(t, errOut, "kubectl apply -k "+r.path("overlay"))
	for _, name := range []string{"sensitive-props-key", "single-user-password", "single-user-password.bcrypt", "login-identity-providers.xml"} {
		info, err := os.Stat(r.path("overlay/secrets/" + name))
		require.NoError(t, err)
		assert.Equal(t, fs.FileMode(0o600), info.Mode().Perm(), name)
		assert.NotContains(t, errOut, r.files()["overlay/secrets/"+name])
	}
	assert.Contains(t, r.files()["overlay/.gitignore"], "/secrets/*")
	assert.Contains(t, r.files()["overlay/nificluster.yaml"], "namespace: nifi")
}

func TestInitAgainChangesNothing(t *testing.T) {
	t.Parallel()
	r := newInitRun(t)
	r.do("prod", "-n", "nifi")
	first := r.files()
	code, _, errOut := r.do("prod")
	require.Equal(t, 0, code, errOut)
	assert.Equal(t, first, r.files(), "the key and the password are inputs now")
}

func TestInitKeepsWhatIsTheUsers(t *testing.T) {
	t.Parallel()
	r := newInitRun(t)
	r.do("prod", "-n", "nifi")
	mine := "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [generated]\ncomponents: [secrets]\nnamePrefix: my-\n"
	require.NoError(t, os.WriteFile(r.path("overlay/kustomization.yaml"), []byte(mine), 0o600))
	require.NoError(t, os.WriteFile(r.path("overlay/generated/stray.yaml"), []byte("x"), 0o600))
	code, _, errOut := r.do("prod", "--replicas", "4", "--create-namespace")
	require.Equal(t, 0, code, errOut)
	files := r.files()
	assert.Equal(t, mine, files["overlay/kustomization.yaml"])
	assert.NotContains(t, files, "overlay/generated/stray.yaml", "generated/ is ours")
	assert.Contains(t, files["overlay/nificluster.yaml"], "replicas: 4")
	assert.Contains(t, files["overlay/generated/statefulset.yaml"], "replicas: 4")
	assert.Contains(t, files, "overlay/generated/components/namespace/namespace.yaml")

	code, out, errOut := r.do("prod", "-o", "yaml")
	require.Equal(t, 0, code, errOut)
	assert.Contains(t, out, "name: my-prod\n", "the user's own kustomization.yaml is built")
	assert.Equal(t, files, r.files(), "-o yaml writes nothing")
}

func TestInitMovesAPlainKeyOut(t *testing.T) {
	t.Parallel()
	r := newInitRun(t)
	document := "apiVersion: datadynamics.io/v1alpha1\nkind: NiFiCluster\nmetadata: {name: prod, namespace: nifi}\n" +
		"spec: {replicas: 3, version: 2.4.0, config: {sensitivePropsKey: my-secret-key-12345}}\n"
	require.NoError(t, os.WriteFile(r.path("in.yaml"), []byte(document), 0o600))
	code, out, errOut := r.do("prod", "-f", r.path("in.yaml"))
	require.Equal(t, 0, code, errOut)
	files := r.files()
	assert.Equal(t, "my-secret-key-12345\n", files["overlay/secrets/sensitive-props-key"])
	delete(files, "overlay/secrets/sensitive-props-key")
	delete(files, "in.yaml")
	for name, text := range files {
		assert.NotContains(t, text, "my-secret-key-12345", name)
	}
	assert.NotContains(t, out+errOut, "my-secret-key-12345")

	other := strings.Replace(document, "my-secret-key-12345", "another-key-12345", 1)
	require.NoError(t, os.WriteFile(r.path("in.yaml"), []byte(other), 0o600))
	code, _, errOut = r.do("prod", "-f", r.path("in.yaml"))
	assert.Equal(t, 2, code)
	assert.Contains(t, errOut, "in.yaml:4: spec.config.sensitivePropsKey: differs from the key in")
	assert.NotContains(t, errOut, "another-key-12345")
}

func TestInitHashesAChangedPassword(t *testing.T) {
	t.Parallel()
	r := newInitRun(t)
	r.do("prod", "-n", "nifi")
	before := r.files()["overlay/secrets/login-identity-providers.xml"]
	require.NoError(t, os.WriteFile(r.path("overlay/secrets/single-user-password"), []byte("correct horse battery\n"), 0o600))
	code, _, errOut := r.do("prod")
	require.Equal(t, 0, code, errOut)
	after := r.files()["overlay/secrets/login-identity-providers.xml"]
	assert.NotEqual(t, before, after)
	assert.Contains(t, after, ">$2b$", "NiFi verifies strictly by this prefix")
}

func TestInitRefusesAndWritesNothing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no name":          {nil, "one NAME"},
		"two names":        {[]string{"a", "b"}, "one NAME"},
		"no DNS label":     {[]string{"Prod_1"}, `"Prod_1" is no DNS label`},
		"replicas 0":       {[]string{"prod", "--replicas", "0"}, "spec.replicas: is 0: must be 1 to 20"},
		"replicas 21":      {[]string{"prod", "--replicas", "21"}, "spec.replicas: is 21: must be 1 to 20"},
		"replicas three":   {[]string{"prod", "--replicas", "three"}, "invalid argument"},
		"version 1":        {[]string{"prod", "--version", "1.28.1"}, "NiFi 1.28.1"},
		"unknown flag":     {[]string{"prod", "--replica", "3"}, "unknown flag: --replica"},
		"no such file":     {[]string{"prod", "-f", "absent.yaml"}, "absent.yaml: no such file"},
		"output of json":   {[]string{"prod", "-o", "json"}, "--output must be yaml"},
		"yaml with no key": {[]string{"prod", "-o", "yaml"}, "each run would make another key"},
		"bad namespace":    {[]string{"prod", "-n", "Ni_Fi"}, "metadata.namespace"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newInitRun(t)
			code, out, errOut := r.do(test.args...)
			assert.Equal(t, 2, code)
			assert.Empty(t, out)
			assert.Contains(t, errOut, test.want)
			assert.Equal(t, 1, strings.Count(errOut, "\n"), "one line: %s", errOut)
			assert.Empty(t, r.files())
		})
	}
}

func TestInitLeavesForeignFoldersAlone(t *testing.T) {
	t.Parallel()
	r := newInitRun(t)
	require.NoError(t, os.Mkdir(r.path("overlay"), 0o700))
	require.NoError(t, os.WriteFile(r.path("overlay/notes.txt"), []byte("mine"), 0o600))
	code, _, errOut := r.do("prod", "-n", "nifi")
	assert.Equal(t, 2, code)
	assert.Contains(t, errOut, "isn't empty and holds no nificluster.yaml")
	assert.Equal(t, map[string]string{"overlay/notes.txt": "mine"}, r.files())
}

func TestInitKeepsAFolderWithItsCluster(t *testing.T) {
	t.Parallel()
	r := newInitRun(t)
	r.do("prod", "-n", "nifi")
	before := r.files()
	for _, args := range [][]string{{"other", "-n", "nifi"}, {"prod", "-n", "elsewhere"}} {
		code, _, errOut := r.do(args...)
		assert.Equal(t, 2, code)
		assert.Contains(t, errOut, "prod")
	}
	require.NoError(t, os.WriteFile(r.path("overlay/secrets/sensitive-props-key"), []byte("short\n"), 0o600))
	code, _, errOut := r.do("prod")
	assert.Equal(t, 2, code)
	assert.Contains(t, errOut, "has 5 characters: at least 12")
	after := r.files()
	after["overlay/secrets/sensitive-props-key"] = before["overlay/secrets/sensitive-props-key"]
	assert.Equal(t, before, after, "a broken key is reported, not replaced")
}

func TestInitYAMLNeedsNoFolderWithoutSecrets(t *testing.T) {
	t.Parallel()
	r := newInitRun(t)
	require.NoError(t, os.WriteFile(r.path("in.yaml"), []byte("apiVersion: kubectl-nifi.dev/v1alpha1\nkind: NiFiCluster\nmetadata: {name: prod, namespace: nifi}\n"+
		"spec: {replicas: 1, version: 2.4.0, auth: {type: certificate}, config: {sensitivePropsKeySecretRef: {name: vault, key: k}}}\n"), 0o600))
	code, out, errOut := r.do("prod", "-f", r.path("in.yaml"), "-o", "yaml")
	require.Equal(t, 0, code, errOut)
	assert.Contains(t, out, "kind: StatefulSet")
	assert.Contains(t, out, "secretName: vault")
	assert.NotContains(t, out, "prod-keys")
	assert.Len(t, r.files(), 1)
}
