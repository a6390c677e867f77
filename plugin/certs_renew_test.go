package plugin

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

func TestCertsRenew(t *testing.T) {
	t.Parallel()
	all := []string{"prod-admin-tls", "prod-healer-tls", "prod-0-tls", "prod-1-tls", "prod-2-tls"}
	tests := map[string]struct {
		args  []string
		stage func(s *issuerStage)
		code  int
		asked []string
	}{
		"dry-run": {args: []string{"--dry-run"}},
		"all":     {asked: all},
		"some":    {args: []string{"prod-1", "healer", "2"}, asked: []string{"prod-1-tls", "prod-healer-tls", "prod-2-tls"}},
		"all-expired": {asked: []string{"prod-0-tls", "prod-1-tls", "prod-2-tls", "prod-admin-tls", "prod-healer-tls"}, stage: func(s *issuerStage) {
			for ordinal := range 3 {
				s.expire(ordinal)
			}
		}},
		"all-expired-with-clients": {asked: all, stage: func(s *issuerStage) {
			for ordinal := range 3 {
				s.expire(ordinal)
			}
			for _, secret := range []string{s.names.AdminSecret(), s.names.HealerSecret()} {
				s.storeCertificate(secret, map[string]any{"revision": 1, "notAfter": s.at(-time.Hour)})
			}
		}},
		"never-asked": {code: exitFailed, args: []string{"0"}, asked: []string{"prod-0-tls"}, stage: func(s *issuerStage) {
			s.expire(0)
			s.api.Delete(s.path("api/v1", "secrets", s.names.AdminSecret()))
		}},
		"one-expired": {args: []string{"0", "1"}, asked: []string{"prod-1-tls", "prod-0-tls"}, stage: func(s *issuerStage) { s.expire(1) }},
		"refused": {code: exitFailed, args: []string{"prod-0", "prod-1", "prod-2"}, asked: []string{"prod-0-tls", "prod-1-tls"}, stage: func(s *issuerStage) {
			s.refuse["prod-1-tls"] = "Denied"
		}},
		"pending": {code: exitFailed, args: []string{"prod-1"}, asked: []string{"prod-1-tls"}, stage: func(s *issuerStage) { s.refuse["prod-1-tls"] = "Pending" }},
		"not-served": {code: exitFailed, args: []string{"prod-1", "prod-2"}, asked: []string{"prod-1-tls"}, stage: func(s *issuerStage) {
			s.api.Deny(s.podPath(1) + "/status") // nobody nudges, and no kubelet looks by itself
		}},
		"node-lost": {code: exitFailed, args: []string{"prod-1", "prod-2"}, asked: []string{"prod-1-tls"}, stage: func(s *issuerStage) {
			s.calls = func(int) {
				if len(s.asked) > 0 {
					s.nifi.Node(0).Edit(func(n *nifi.Node) { n.Status = nifi.Disconnected })
				}
			}
		}},
		"root-expired": {code: exitFailed, stage: func(s *issuerStage) {
			s.storeCertificate("prod-ca", map[string]any{"notAfter": s.at(-time.Hour)})
		}},
		"root-expires-first": {args: []string{"admin"}, asked: []string{"prod-admin-tls"}, stage: func(s *issuerStage) {
			s.storeCertificate("prod-ca", map[string]any{"notAfter": s.at(30 * 24 * time.Hour)})
		}},
		"held":           {code: exitFailed, stage: func(s *issuerStage) { s.hold("alex@desk", s.down("offload prod-2", "")) }},
		"no-certificate": {code: exitFailed, args: []string{"prod-7"}},
		"no-right": {code: exitFailed, args: []string{"prod-0"}, stage: func(s *issuerStage) {
			s.api.Deny(s.path(certificatesAPI, "certificates", "prod-0-tls") + "/status")
		}},
		"absent": {code: exitFailed, stage: func(s *issuerStage) { s.api.Delete(s.setPath()) }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newIssuerStage(t)
			if test.stage != nil {
				test.stage(s)
			}
			got := s.operate(append([]string{"certs", "renew", "prod", "-y"}, test.args...)...)
			assert.Equal(t, test.code, got.code, got.stderr)
			assert.Equal(t, test.asked, s.asked)
			assertGolden(t, filepath.Join("certs-renew", name+".golden"), s.certs.masked(got))
			if name != "held" {
				assert.Empty(t, s.record().Holder, "the lock is given back")
			}
		})
	}
}

func TestCertsRenewUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"certs", "renew"}, {"certs", "renew", "prod", "root"}, {"certs", "renew", "prod", "prod-20"}, {"certs", "renew", "prod", "other-1"}} {
		got := runWith(t, time.Now(), args...)
		assert.Equal(t, exitUsage, got.code, args)
		assert.Equal(t, 1, got.lines(), got.stderr)
	}
}
