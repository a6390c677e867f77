package overlay

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/kustomize"
)

// syncer runs the script of the tls-sync container over folders of its own.
type syncer struct {
	t                    *testing.T
	script               string
	source, target, work string
}

func newSyncer(t *testing.T) *syncer {
	text, err := kustomize.Files.ReadFile("base/start/tls-sync.sh")
	require.NoError(t, err)
	root := t.TempDir()
	s := &syncer{t: t, script: filepath.Join(root, "tls-sync.sh"),
		source: filepath.Join(root, "source"), target: filepath.Join(root, "target"), work: filepath.Join(root, "work")}
	require.NoError(t, os.WriteFile(s.script, text, 0o600))
	for _, folder := range []string{s.source, s.target, s.work} {
		require.NoError(t, os.Mkdir(folder, 0o700))
	}
	return s
}

// put writes one file of the projected volume.
func (s *syncer) put(name string, data []byte) {
	s.t.Helper()
	path := filepath.Join(s.source, name)
	require.NoError(s.t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(s.t, os.WriteFile(path, data, 0o600))
}

// once does one pass and returns its log lines.
func (s *syncer) once() []map[string]any {
	s.t.Helper()
	command := exec.CommandContext(s.t.Context(), "sh", s.script, "once")
	command.Env = append(os.Environ(), "POD_NAME=prod-0", "TLS_SOURCE="+s.source, "TLS_TARGET="+s.target, "TLS_WORK="+s.work)
	out, err := command.Output()
	require.NoError(s.t, err, "stderr: %v", err)
	var lines []map[string]any
	for line := range strings.Lines(string(out)) {
		var entry map[string]any
		require.NoError(s.t, json.Unmarshal([]byte(line), &entry), line)
		lines = append(lines, entry)
	}
	return lines
}

func (s *syncer) published(name string) string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.target, name))
	if os.IsNotExist(err) {
		return ""
	}
	require.NoError(s.t, err)
	return string(text)
}

// authority is a self-signed root; two of them may share a name.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	pem  []byte
}

func newAuthority(t *testing.T, name string) authority {
	key, der := issue(t, name, nil)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return authority{key, cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
}

func issue(t *testing.T, name string, by *authority) (*ecdsa.PrivateKey, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: by == nil, BasicConstraintsValid: true,
	}
	parent, signer := template, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	require.NoError(t, err)
	return key, der
}

// node makes the three files of a node's Secret.
func (a authority) node(t *testing.T) map[string][]byte {
	t.Helper()
	key, der := issue(t, "prod-0", &a)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return map[string][]byte{
		"tls.key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}),
		"tls.crt": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		"ca.crt":  a.pem,
	}
}

func (a authority) fingerprint() string { return fmt.Sprintf("%x", sha256.Sum256(a.cert.Raw)) }

func (s *syncer) putNode(pod string, files map[string][]byte) {
	for name, data := range files {
		s.put(pod+"/"+name, data)
	}
}

func TestSyncPublishesUnion(t *testing.T) {
	t.Parallel()
	s, first, second := newSyncer(t), newAuthority(t, "root"), newAuthority(t, "root")
	own := first.node(t)
	s.putNode("prod-0", own)
	s.putNode("prod-1", first.node(t))
	s.putNode("prod-2", second.node(t)) // the same name, another key: the drift we heal

	lines := s.once()
	require.Len(t, lines, 1)
	want := []any{first.fingerprint(), second.fingerprint()}
	slices.SortFunc(want, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
	assert.Equal(t, "published", lines[0]["event"])
	assert.Equal(t, want, lines[0]["anchors"])
	assert.Equal(t, string(own["tls.key"]), s.published("tls.key"))
	assert.Equal(t, string(own["tls.crt"]), s.published("tls.crt"))
	assert.Equal(t, 2, strings.Count(s.published("ca.crt"), "BEGIN CERTIFICATE"), "one of each, no doubles")
	assert.Empty(t, s.once(), "nothing changed, nothing said")
}

func TestSyncKeepsAnchorsForAWhile(t *testing.T) {
	t.Parallel()
	s, old, current, extra := newSyncer(t), newAuthority(t, "old"), newAuthority(t, "current"), newAuthority(t, "extra")
	s.putNode("prod-0", old.node(t))
	s.put("rotation.crt", append(slices.Clone(extra.pem), current.pem...)) // from <cluster>-trust
	s.once()
	s.putNode("prod-0", current.node(t))
	require.NoError(t, os.Remove(filepath.Join(s.source, "rotation.crt")))
	s.once()
	assert.Equal(t, 3, strings.Count(s.published("ca.crt"), "BEGIN CERTIFICATE"), "just gone from the Secrets: kept")

	for _, a := range []authority{old, current, extra} {
		long := time.Now().Add(-12 * time.Minute)
		require.NoError(t, os.Chtimes(filepath.Join(s.work, "anchors", a.fingerprint()+".pem"), long, long))
	}
	lines := s.once()
	require.Len(t, lines, 1)
	assert.Equal(t, []any{current.fingerprint()}, lines[0]["anchors"], "ten minutes later only what is in use is left")
}

func TestSyncRefusesWhatWouldStopNiFi(t *testing.T) {
	t.Parallel()
	root := newAuthority(t, "root")
	good := root.node(t)
	ecKey, _ := issue(t, "prod-0", &root)
	sec1, err := x509.MarshalECPrivateKey(ecKey)
	require.NoError(t, err)
	for name, test := range map[string]struct {
		file   string
		data   []byte
		reason string
	}{
		"key in SEC1 form":      {"tls.key", pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: sec1}), "neither PKCS#8 nor PKCS#1"},
		"certificate of noise":  {"tls.crt", []byte("-----BEGIN CERTIFICATE-----\n####\n-----END CERTIFICATE-----\n"), "no well-formed certificate"},
		"certificate that ends": {"tls.crt", good["tls.crt"][:60], "no well-formed certificate"},
		"anchors of noise":      {"ca.crt", []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "no well-formed certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSyncer(t)
			s.putNode("prod-0", good)
			s.once()
			before := s.published("ca.crt") + s.published("tls.key") + s.published("tls.crt")
			s.put("prod-0/"+test.file, test.data)
			lines := s.once()
			require.NotEmpty(t, lines)
			assert.Contains(t, lines[0]["reason"], test.reason)
			assert.Equal(t, before, s.published("ca.crt")+s.published("tls.key")+s.published("tls.crt"), "what served before is kept")
		})
	}
}

func TestSyncRefusesAnotherPairsKey(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Fatal("openssl is needed to try what the script checks with it where it is there")
	}
	s, root := newSyncer(t), newAuthority(t, "root")
	good, other := root.node(t), root.node(t)
	good["tls.key"] = other["tls.key"]
	s.putNode("prod-0", good)
	lines := s.once()
	require.NotEmpty(t, lines)
	assert.Equal(t, "key and certificate are of different pairs", lines[0]["reason"])
	assert.Empty(t, s.published("tls.crt"))
}

func TestSyncWaitsForItsOwnCertificate(t *testing.T) {
	t.Parallel()
	s, root := newSyncer(t), newAuthority(t, "root")
	s.putNode("prod-1", root.node(t))
	s.once()
	assert.Empty(t, s.published("tls.crt"))
	assert.NotEmpty(t, s.published("ca.crt"))
}
