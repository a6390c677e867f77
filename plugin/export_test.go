package plugin

import (
	"crypto/x509"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// private demands that a file is its owner's alone, and reads it.
func private(t *testing.T, path string) []byte {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode(), path)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}

func TestCredentialsFiles(t *testing.T) {
	t.Parallel()
	for name, more := range map[string][]string{"modern": nil, "legacy": {"--legacy"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			dir := t.TempDir()
			p12, pass, pem := filepath.Join(dir, "a.p12"), filepath.Join(dir, "a.pass"), filepath.Join(dir, "pem")
			got := w.run(t, append([]string{"credentials", "prod", "--p12", p12, "--password-file", pass, "--pem", pem}, more...)...)
			require.Equal(t, exitWell, got.code, got.stderr)
			password := strings.TrimSpace(string(private(t, pass)))
			assert.GreaterOrEqual(t, len(password), 20)
			assert.NotContains(t, got.String(), password)
			assert.Contains(t, got.stderr, "whoever can read these files is an administrator of NiFi cluster prod")

			key, leaf, rest, err := pkcs12.DecodeChain(private(t, p12), password)
			require.NoError(t, err)
			require.NotNil(t, key)
			assert.Equal(t, []*x509.Certificate{w.nifi.CA.Certificate}, rest)
			var secret corev1.Secret
			w.api.Read(t, w.path("api/v1", "secrets", w.names.AdminSecret()), &secret)
			for _, name := range pemNames() {
				assert.Equal(t, secret.Data[name], private(t, filepath.Join(pem, name)))
			}
			assert.Equal(t, strings.Join([]string{filepath.Join(pem, "tls.crt"), filepath.Join(pem, "tls.key"), filepath.Join(pem, "ca.crt"), p12}, "\n")+"\n", got.stdout)
			assert.NotEmpty(t, leaf.Subject.CommonName)
			left, err := filepath.Glob(filepath.Join(dir, ".credentials-*"))
			require.NoError(t, err)
			assert.Empty(t, left)
		})
	}
}

func TestCredentialsKeepFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dir := t.TempDir()
	p12, pass := filepath.Join(dir, "a.p12"), filepath.Join(dir, "pass")
	require.NoError(t, os.WriteFile(p12, []byte("precious"), 0o644))
	require.NoError(t, os.WriteFile(pass, []byte("correct horse\n"), 0o600))
	args := []string{"credentials", "prod", "--p12", p12, "--password-file", pass}
	got := w.run(t, args...)
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, got.stderr, "a.p12 exists; --force overwrites it")
	kept, err := os.ReadFile(p12)
	require.NoError(t, err)
	assert.Equal(t, "precious", string(kept))

	got = w.run(t, append(args, "--force")...)
	require.Equal(t, exitWell, got.code, got.stderr)
	_, _, _, err = pkcs12.DecodeChain(private(t, p12), "correct horse")
	require.NoError(t, err, "a password that is there is used")
}

func TestCredentialsThatCannotBeHad(t *testing.T) {
	t.Parallel()
	secret := func(w world) string { return w.path("api/v1", "secrets", w.names.AdminSecret()) }
	tests := map[string]struct {
		stage func(w world)
		args  []string
		code  int
		want  string
	}{
		"no cluster":    {stage: func(w world) { w.api.Delete(secret(w)) }, code: exitFailed, want: `is there a cluster "prod" in namespace "nifi"?`},
		"no right":      {stage: func(w world) { w.api.Deny(secret(w)) }, code: exitFailed, want: `reading Secret "prod-admin-tls"`},
		"no healer":     {args: []string{"--client", "healer"}, code: exitFailed, want: `reading Secret "prod-healer-tls": not found`},
		"nothing in it": {stage: func(w world) { w.api.Set(secret(w), corev1.Secret{}) }, code: exitFailed, want: "failed to find any PEM data"},
		"server trouble": {stage: func(w world) {
			w.api.Fail(secret(w), http.StatusInternalServerError, metav1.StatusReasonInternalError, "etcd is away")
		}, code: exitFailed, want: "etcd is away"},
		"other client":         {args: []string{"--client", "root"}, code: exitUsage, want: "--client must be admin or healer"},
		"nobody to ask":        {args: []string{"--password-file", ""}, code: exitUsage, want: "give --password-file"},
		"password of none":     {args: []string{"--p12", "", "--pem", "x"}, code: exitUsage, want: "--password-file goes with --p12 and --jks"},
		"legacy of JKS":        {args: []string{"--p12", "", "--jks", "x", "--legacy"}, code: exitUsage, want: "--legacy goes with --p12"},
		"no file":              {args: []string{"--p12", "", "--password-file", ""}, code: exitUsage, want: "give --p12 FILE, --jks FILE, --pem DIR or several of them"},
		"truststore of none":   {args: []string{"--p12", "", "--password-file", "", "--pem", "x", "--truststore", "y"}, code: exitUsage, want: "--truststore goes with --p12 or --jks, one of them"},
		"truststore of two":    {args: []string{"--jks", "x", "--truststore", "y"}, code: exitUsage, want: "--truststore goes with --p12 or --jks, one of them"},
		"two stores in a file": {args: []string{"--p12", "", "--jks", "x", "--truststore", "./x"}, code: exitUsage, want: "./x is to be two files"},
		"password in a store":  {args: []string{"--p12", "", "--jks", "x", "--password-file", "x"}, code: exitUsage, want: "x is to be two files"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if test.stage != nil {
				test.stage(w)
			}
			dir := t.TempDir()
			args := []string{"credentials", "prod", "--p12", filepath.Join(dir, "a.p12"), "--password-file", filepath.Join(dir, "pass")}
			got := w.run(t, append(args, test.args...)...)
			assert.Equal(t, test.code, got.code)
			assert.Contains(t, got.stderr, test.want)
			assert.Equal(t, 1, got.lines(), got.stderr)
			assert.NoFileExists(t, filepath.Join(dir, "a.p12"))
		})
	}
}

func TestCredentialsWeakPassword(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"short": "1234567\n", "empty": "", "two lines": "password one\npassword two\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			pass := filepath.Join(t.TempDir(), "pass")
			require.NoError(t, os.WriteFile(pass, []byte(content), 0o600))
			got := w.run(t, "credentials", "prod", "--p12", filepath.Join(t.TempDir(), "a.p12"), "--password-file", pass)
			assert.Equal(t, exitUsage, got.code)
			assert.Contains(t, got.stderr, "want one line of at least 8 characters")
			assert.NotContains(t, got.stderr, "1234567")
		})
	}
}

func TestCredentialsStores(t *testing.T) {
	t.Parallel()
	for flag, format := range map[string]trust.Format{"--p12": trust.PKCS12, "--jks": trust.JKS} {
		t.Run(flag, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			dir := t.TempDir()
			keystore, truststore, pass := filepath.Join(dir, "keystore"), filepath.Join(dir, "truststore"), filepath.Join(dir, "pass")
			args := []string{"credentials", "prod", flag, keystore, "--truststore", truststore, "--password-file", pass}
			got := w.run(t, args...)
			require.Equal(t, exitWell, got.code, got.stderr)
			assert.Equal(t, keystore+"\n"+truststore+"\n", got.stdout)
			password := strings.TrimSpace(string(private(t, pass)))
			for _, path := range []string{keystore, truststore} {
				is, err := trust.FormatOf(private(t, path))
				require.NoError(t, err)
				assert.Equal(t, format, is)
			}
			keys, err := trust.ReadKeystore(private(t, keystore), password)
			require.NoError(t, err)
			require.Len(t, keys, 1)
			ca := trust.NewCertificate(w.nifi.CA.Certificate)
			require.Len(t, keys[0].Chain, 2, "leaf and root")
			assert.Contains(t, keys[0].Chain[0].Subject, "CN=prod-admin")
			assert.Equal(t, ca.Fingerprint, keys[0].Chain[1].Fingerprint)
			anchors, err := trust.ReadTruststore(private(t, truststore), password)
			require.NoError(t, err)
			assert.Equal(t, []trust.Fingerprint{ca.Fingerprint}, trust.Fingerprints(trust.Certificates(anchors)))

			before := private(t, keystore)
			got = w.run(t, args...)
			assert.Equal(t, exitFailed, got.code)
			assert.Contains(t, got.stderr, "keystore exists; --force overwrites it")
			assert.Equal(t, before, private(t, keystore))
		})
	}
}

func TestCredentialsBothFormats(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dir := t.TempDir()
	p12, jks, pass := filepath.Join(dir, "a.p12"), filepath.Join(dir, "a.jks"), filepath.Join(dir, "pass")
	got := w.run(t, "credentials", "prod", "--p12", p12, "--jks", jks, "--password-file", pass)
	require.Equal(t, exitWell, got.code, got.stderr)
	password := strings.TrimSpace(string(private(t, pass)))
	inP12, err := trust.ReadKeystore(private(t, p12), password)
	require.NoError(t, err)
	inJKS, err := trust.ReadKeystore(private(t, jks), password)
	require.NoError(t, err)
	assert.Equal(t, inP12[0].Chain, inJKS[0].Chain)
	assert.Equal(t, "nifi-key", inJKS[0].Alias)
}

func TestCredentialsPasswordOfJava(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dir := t.TempDir()
	pass := filepath.Join(dir, "pass")
	require.NoError(t, os.WriteFile(pass, []byte("schlüsselwort\n"), 0o600))
	got := w.run(t, "credentials", "prod", "--jks", filepath.Join(dir, "a.jks"), "--password-file", pass)
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, got.stderr, "a.jks: no JVM could open such a store: its password must be letters, digits and signs of ASCII")
	assert.NotContains(t, got.stderr, "schl")
	assert.NoFileExists(t, filepath.Join(dir, "a.jks"))
}

func TestCredentialsExpired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.now = w.now.AddDate(20, 0, 0)
	got := runWith(t, w.now, "credentials", "prod", "--pem", t.TempDir()+"/pem", "--kubeconfig", w.api.Kubeconfig(t, "nifi"))
	assert.Equal(t, exitWell, got.code, got.stderr)
	assert.Contains(t, got.stderr, "the certificate has expired; kubectl nifi certs renew prod admin")
	assert.Equal(t, 1, runWith(t, time.Now(), "credentials").lines())
}
