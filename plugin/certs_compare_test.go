package plugin

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view/certsv1"
)

// toolkitStores is files of the real tls-toolkit, by two roots of one name.
const toolkitStores = "../pkg/trust/testdata/tls-toolkit"

// compare runs certs compare; NODE=DIR stands for the JKS stores in DIR.
func compare(t *testing.T, args ...string) result {
	t.Helper()
	for i, arg := range args {
		if node, dir, ok := strings.Cut(arg, "=@"); ok {
			dir = filepath.Join(toolkitStores, dir)
			args[i] = node + "=" + filepath.Join(dir, "keystore.jks") + "," + filepath.Join(dir, "truststore.jks")
		}
	}
	return runWith(t, time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC), append([]string{"certs", "compare"}, args...)...)
}

func TestCertsCompare(t *testing.T) {
	t.Parallel()
	keytool := func(store string) string { return filepath.Join(toolkitStores, "keytool", store) }
	tests := map[string]struct {
		args []string
		code int
	}{
		"one-root":      {[]string{"prod-0=@prod-0", "prod-1=@prod-1"}, 0},
		"odd-one":       {[]string{"prod-0=@prod-0", "prod-1=@prod-1", "prod-2=@prod-2"}, 1},
		"odd-one-first": {[]string{"prod-2=@prod-2", "prod-0=@prod-0", "prod-1=@prod-1"}, 1},
		"tie":           {[]string{"prod-0=@prod-0", "prod-2=@prod-2"}, 1},
		"mixed-formats": {[]string{
			"prod-0=" + keytool("keystore.p12") + "," + keytool("truststore.p12"), "--password-file", "prod-0=" + keytool("password"),
			"prod-1=@prod-1",
			"prod-3=" + filepath.Join(toolkitStores, "prod-3/keystore.pkcs12") + "," + keytool("ca.pem"),
		}, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := compare(t, test.args...)
			assert.Equal(t, test.code, got.code)
			assertGolden(t, filepath.Join("certs-compare", name+".golden"), got.String())
		})
	}
}

func TestCertsCompareDocument(t *testing.T) {
	t.Parallel()
	got := compare(t, "prod-0=@prod-0", "prod-1=@prod-1", "prod-2=@prod-2", "-o", "json")
	assert.Equal(t, exitFailed, got.code)
	assertGolden(t, "certs-compare/odd-one-json.golden", got.String())
	var document certsv1.StoreComparison
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &document))
	require.Len(t, document.Trust.OddOnes, 1)
	assert.Equal(t, []string{"prod-2"}, document.Trust.OddOnes[0].Nodes)
	assert.Equal(t, "5698c42cba3476515e84185113eb823b9484b4259b72102a871ff50641798e5f", document.Trust.OddOnes[0].Anchors[0].String())
	assert.Equal(t, "nifi-key nifi-cert", document.Nodes[0].Alias+" "+document.Nodes[0].Truststore[0].Alias)
}

func TestCertsCompareRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	store := func(path string) string {
		data, err := os.ReadFile(filepath.Join(toolkitStores, path))
		require.NoError(t, err)
		return string(data)
	}
	jks, anchors := store("prod-0/keystore.jks"), write("truststore.jks", store("prod-0/truststore.jks"))
	bare := write("bare/keystore.jks", jks)
	broken := write("broken/keystore.jks", jks)
	write("broken/config.json", `{"keyStorePassword": "hunter2`)
	empty := write("empty/keystore.jks", jks)
	write("empty/config.json", `{}`)
	wrong := write("wrong", "hunter2\n")
	pem := filepath.Join(toolkitStores, "keytool/ca.pem")
	tests := map[string]struct {
		args []string
		says string
	}{
		"nothing":             {nil, "takes NODE=KEYSTORE,TRUSTSTORE for each node"},
		"no node":             {[]string{bare + "," + anchors}, "isn't NODE=KEYSTORE,TRUSTSTORE"},
		"no truststore":       {[]string{"a=" + bare}, "isn't NODE=KEYSTORE,TRUSTSTORE"},
		"empty name":          {[]string{"a=" + bare + ","}, "isn't NODE=KEYSTORE,TRUSTSTORE"},
		"twice":               {[]string{"a=@prod-0", "a=@prod-1"}, "node a is given twice"},
		"password of nobody":  {[]string{"a=@prod-0", "--password-file", "b=" + wrong}, "names node b, whose stores aren't given"},
		"password malformed":  {[]string{"a=@prod-0", "--password-file", wrong}, "--password-file takes NODE=FILE,FILE"},
		"no such file":        {[]string{"a=" + filepath.Join(dir, "none") + "," + pem}, "none: no such file or directory"},
		"no password":         {[]string{"a=" + bare + "," + pem}, "bare/keystore.jks: it needs a password; give its file with --password-file NODE=FILE,FILE"},
		"wrong password":      {[]string{"a=" + bare + "," + pem, "--password-file", "a=" + wrong}, "bare/keystore.jks: wrong password, or the file is damaged"},
		"no such password":    {[]string{"a=" + bare + "," + pem, "--password-file", "a=" + filepath.Join(dir, "none")}, "none: no such file or directory"},
		"config.json broken":  {[]string{"a=" + broken + "," + pem}, "config.json: it is no JSON of the tls-toolkit"},
		"config.json empty":   {[]string{"a=" + empty + "," + pem}, "config.json: it has no password for"},
		"stores swapped":      {[]string{"a=" + filepath.Join(toolkitStores, "prod-0/keystore.jks") + "," + write("text", "hello")}, "text: neither PEM, PKCS#12 nor JKS"},
		"truncated":           {[]string{"a=" + write("cut", jks[:100]) + "," + pem, "--password-file", "a=" + wrong}, "cut: truncated or damaged"},
		"huge":                {[]string{"a=" + write("huge", strings.Repeat("x", 16<<20+1)) + "," + pem}, "huge: larger than 16 MiB"},
		"unknown -o":          {[]string{"a=@prod-0", "-o", "wide"}, "--output must be one of"},
		"truststore with key": {[]string{"a=" + pem + "," + bare, "--password-file", "a=" + write("good", keyStorePassword(t))}, "it holds no trusted certificate; is it a keystore?"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := compare(t, test.args...)
			assert.Equal(t, exitUsage, got.code, got)
			assert.Contains(t, got.stderr, test.says)
			assert.Equal(t, 1, got.lines(), got.stderr)
			assert.NotContains(t, got.stderr, "hunter2")
		})
	}
}

func keyStorePassword(t *testing.T) string {
	password, err := toolkitPassword(filepath.Join(toolkitStores, "prod-0/keystore.jks"), func(c toolkitConfig) string { return c.KeyStorePassword })
	require.NoError(t, err)
	return password
}
