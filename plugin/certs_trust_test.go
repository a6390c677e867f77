package plugin

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view/certsv1"
)

// anchorFile is a file of certificates.
func anchorFile(t *testing.T, contents ...[]byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "anchors.pem")
	require.NoError(t, os.WriteFile(file, bytes.Join(contents, nil), 0o600))
	return file
}

// publish publishes an anchor as the command does.
func (s *issuerStage) publish(ca *nifitest.CA) {
	s.t.Helper()
	client, err := kube.NewClient(s.api.Config())
	require.NoError(s.t, err)
	require.NoError(s.t, client.Cluster(s.names).PublishAnchors(s.t.Context(), []kube.PublishedAnchor{{
		Certificate: trust.NewCertificate(ca.Certificate), By: "alex@desk", Reason: "next root", At: s.now.Add(-49 * time.Hour),
	}}))
	for ordinal := range 2 { // the third hasn't looked yet
		s.sync(s.names.Pod(ordinal))
	}
}

func (s *issuerStage) publishedKeys() []string {
	var secret corev1.Secret
	s.api.Read(s.t, s.path("api/v1", "secrets", s.names.Trust()), &secret)
	keys := []string{}
	for key := range secret.Data {
		keys = append(keys, strings.TrimSuffix(key, ".crt"))
	}
	return keys
}

func TestCertsTrust(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args      []string // OTHER stands for the other CA's fingerprint, FILE for its file
		stage     func(s *issuerStage, other *nifitest.CA)
		code      int
		published bool
	}{
		"list-none":   {args: []string{"list", "prod"}},
		"list":        {args: []string{"list", "prod"}, published: true, stage: func(s *issuerStage, other *nifitest.CA) { s.publish(other) }},
		"list-needed": {args: []string{"list", "prod"}, published: true, stage: needed},
		"list-absent": {args: []string{"list", "prod"}, code: exitFailed, stage: func(s *issuerStage, _ *nifitest.CA) { s.api.Delete(s.setPath()) }},
		"list-old-overlay": {args: []string{"list", "prod"}, code: exitFailed, stage: func(s *issuerStage, _ *nifitest.CA) {
			s.api.Delete(s.path("api/v1", "secrets", s.names.Trust()))
		}},
		"list-no-right": {args: []string{"list", "prod"}, code: exitFailed, stage: func(s *issuerStage, _ *nifitest.CA) {
			s.api.Deny(s.path("api/v1", "secrets", s.names.Trust()))
		}},
		"add":         {args: []string{"add", "prod", "FILE", "--reason", "next root", "-y"}, published: true},
		"add-dry-run": {args: []string{"add", "prod", "FILE", "--dry-run"}},
		"add-unasked": {args: []string{"add", "prod", "FILE"}, code: exitUsage},
		"add-again": {args: []string{"add", "prod", "FILE", "-y"}, published: true, stage: func(s *issuerStage, other *nifitest.CA) {
			s.publish(other) // and the third pod gets it now
		}},
		"add-no-wait": {args: []string{"add", "prod", "FILE", "-y", "--wait=false"}, published: true},
		"remove":      {args: []string{"remove", "prod", "OTHER", "-y"}, stage: func(s *issuerStage, other *nifitest.CA) { s.publish(other) }},
		"remove-dry-run": {args: []string{"remove", "prod", "OTHER", "--dry-run"}, published: true, stage: func(s *issuerStage, other *nifitest.CA) {
			s.publish(other)
		}},
		"remove-needed":  {args: []string{"remove", "prod", "OTHER", "-y"}, code: exitFailed, published: true, stage: needed},
		"remove-unknown": {args: []string{"remove", "prod", "OTHER", "-y"}, code: exitFailed},
		"remove-held": {args: []string{"remove", "prod", "OTHER", "-y"}, code: exitFailed, published: true, stage: func(s *issuerStage, other *nifitest.CA) {
			s.publish(other)
			s.hold("alex@desk", &operation.Journal{Intent: operation.Intent{Kind: operation.RotateCA, Generation: 2}})
		}},
		"remove-unseen": {args: []string{"remove", "prod", "OTHER", "-y"}, code: exitFailed, published: true, stage: func(s *issuerStage, other *nifitest.CA) {
			s.publish(other)
			s.nifi.StopNode(1)
			s.api.Delete(s.path(certificatesAPI, "certificaterequests", "prod-1-tls-1"))
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newIssuerStage(t)
			other := s.certs.namesake(t)
			if test.stage != nil {
				test.stage(s, other)
			}
			s.certs.masks = append(s.certs.masks, humanExpiry(s.now, other.Certificate.NotAfter), "in YEARS") // it depends on today
			fingerprint := trust.FingerprintOf(other.Certificate.Raw)
			file := anchorFile(t, other.PEM())
			words := strings.NewReplacer("OTHER", strings.ToUpper(fingerprint.Short()), "FILE", file)
			args := []string{"certs", "trust"}
			for _, arg := range test.args {
				args = append(args, words.Replace(arg))
			}
			got := s.operate(args...)
			assert.Equal(t, test.code, got.code, got.stderr)
			assertGolden(t, filepath.Join("certs-trust", name+".golden"), s.certs.masked(got))
			if name != "list-old-overlay" {
				assert.Equal(t, test.published, len(s.publishedKeys()) > 0)
			}
		})
	}
}

// needed makes a node serve a leaf of another CA, which only the published
// anchor verifies.
func needed(s *issuerStage, other *nifitest.CA) {
	s.certs.reissue(s.t, 1, other, "ef", nifitest.Leaf{})
	s.publish(other)
}

func TestCertsTrustDocument(t *testing.T) {
	t.Parallel()
	s := newIssuerStage(t)
	needed(s, s.certs.namesake(t))
	got := s.operate("certs", "trust", "list", "prod", "-o", "json")
	var document certsv1.PublishedAnchors
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &document))
	require.Len(t, document.Anchors, 1)
	anchor := document.Anchors[0]
	assert.Equal(t, "alex@desk next root", anchor.By+" "+anchor.Reason)
	assert.Equal(t, []string{"prod-0", "prod-1"}, anchor.HeldBy)
	assert.Equal(t, []string{"prod-1"}, anchor.NeededBy)
	assert.Equal(t, certsv1.KindAnchors, document.Kind)
}

func TestAnchorFiles(t *testing.T) {
	t.Parallel()
	now := time.Now()
	ca, err := nifitest.NewCA("prod-ca")
	require.NoError(t, err)
	leaf, err := ca.Issue(nifitest.Leaf{})
	require.NoError(t, err)
	certificate, key := pemOf(t, leaf)
	many := [][]byte{}
	for range maxAnchors + 1 {
		one, err := nifitest.NewCA("prod-ca")
		require.NoError(t, err)
		many = append(many, one.PEM())
	}
	tests := map[string]struct {
		content []byte
		now     time.Time
		want    string // of the error
	}{
		"a CA":           {ca.PEM(), now, ""},
		"twice":          {append(ca.PEM(), ca.PEM()...), now, ""},
		"with text":      {append([]byte("the root of 2027\n"), ca.PEM()...), now, ""},
		"a leaf":         {certificate, now, "is no CA's certificate"},
		"with a leaf":    {append(ca.PEM(), certificate...), now, "is no CA's certificate"},
		"with a key":     {append(ca.PEM(), key...), now, "it holds a private key"},
		"a damaged key":  {append(ca.PEM(), key[:len(key)-40]...), now, "it holds a private key"},
		"expired":        {ca.PEM(), now.AddDate(11, 0, 0), "expired at"},
		"not yet valid":  {ca.PEM(), now.AddDate(-11, 0, 0), "is not valid before"},
		"empty":          {nil, now, "it holds no PEM certificate"},
		"garbage":        {[]byte("hello"), now, "it holds no PEM certificate"},
		"truncated":      {ca.PEM()[:200], now, "truncated or damaged"},
		"no certificate": {pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("no DER")}), now, "truncated or damaged"},
		"a request":      {pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: []byte{1}}), now, "it holds a CERTIFICATE REQUEST"},
		"large":          {bytes.Repeat([]byte{'\n'}, maxAnchorFile+1), now, "larger than 64.0 KiB"},
		"many":           {bytes.Join(many, nil), now, "it holds 11 certificates"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := readAnchors(anchorFile(t, test.content), test.now)
			if test.want == "" {
				require.NoError(t, err)
				assert.Equal(t, []trust.Fingerprint{trust.FingerprintOf(ca.Certificate.Raw)}, trust.Fingerprints(got))
				return
			}
			require.ErrorContains(t, err, test.want)
			assert.NotContains(t, err.Error(), "BEGIN", "no byte of the file is repeated")
		})
	}
}

func TestCertsTrustUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"list"}, {"list", "prod", "-o", "wide"}, {"add", "prod"}, {"add", "prod", "/does/not/exist"}, {"remove", "prod"},
		{"remove", "prod", "1234567"}, {"remove", "prod", "not-hexadecimal"}, {"remove", "prod", strings.Repeat("a", 65)},
	} {
		got := runWith(t, time.Now(), append([]string{"certs", "trust"}, args...)...)
		assert.Equal(t, exitUsage, got.code, args)
		assert.Equal(t, 1, got.lines(), got.stderr)
	}
}

func TestMatchAnchors(t *testing.T) {
	t.Parallel()
	s := trustState{}
	for _, first := range []byte{0xaa, 0xab} {
		f := trust.Fingerprint{0x11, 0x22, 0x33, 0x44, first}
		s.published = append(s.published, kube.PublishedAnchor{Certificate: trust.Certificate{Fingerprint: f}})
	}
	_, err := s.match([]string{"11223344"})
	require.ErrorContains(t, err, "11223344 fits 2 anchors: 11223344aa")
	found, err := s.match([]string{"11223344ab", "11223344aa"})
	require.NoError(t, err)
	assert.Len(t, found, 2)
}
