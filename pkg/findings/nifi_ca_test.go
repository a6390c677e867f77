package findings_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// withAuthority adds a nifi-ca that is well, then changes it.
func withAuthority(edit func(*view.NiFiCA)) change {
	return func(c *view.Cluster) {
		ca := &view.NiFiCA{Workload: "Deployment prod-nifi-ca", Kept: true, Pods: []view.Pod{{Name: "prod-nifi-ca-x", Host: "elsewhere", Ready: true, Created: ago(time.Hour)}}}
		edit(ca)
		c.Detail.NiFiCA = ca
	}
}

func authority(edit func(*view.NiFiCA)) staged {
	return staged{[]change{withAuthority(edit)}, "Deployment prod-nifi-ca"}
}

func TestNiFiCA(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	spread := pod(1, func(p *view.Pod) { p.Host = "another" })
	beside := func(preferred bool) change {
		return withAuthority(func(ca *view.NiFiCA) { ca.Pods[0].Host, ca.Preferred = "worker", preferred })
	}
	tests := map[string]struct {
		changes []change
		ids     []findings.ID
	}{
		"well":                      {[]change{withAuthority(func(*view.NiFiCA) {})}, nil},
		"no such thing":             {nil, nil},
		"not read":                  {[]change{failed(view.SourceNiFiCA, "", view.ReasonForbidden, "listing deployments: forbidden")}, []findings.ID{findings.MissingDetailRight}},
		"beside nodes":              {[]change{beside(false), spread}, []findings.ID{findings.CABesideNodes}},
		"one host, and it is known": {[]change{beside(true)}, nil},
		"one of two hosts":          {[]change{beside(true), spread}, []findings.ID{findings.CABesideNodes}},
		"just made":                 {[]change{withAuthority(func(ca *view.NiFiCA) { ca.Pods[0].Ready, ca.Pods[0].Created = false, ago(10*time.Second) })}, nil},
		"no pod":                    {[]change{withAuthority(func(ca *view.NiFiCA) { ca.Pods = nil })}, []findings.ID{findings.CANotReady}},
		"one of two pods is there":  {[]change{withAuthority(func(ca *view.NiFiCA) { ca.Pods = append(ca.Pods, view.Pod{Created: ago(time.Hour)}) })}, nil},
		"no place for it": {[]change{withAuthority(func(ca *view.NiFiCA) {
			ca.Pods[0] = view.Pod{Name: "prod-nifi-ca-x", Created: ago(time.Hour), Reason: "Unschedulable", Message: "0/3 nodes are available"}
		})}, []findings.ID{findings.CANotReady}},
		"the old chart's": {[]change{withAuthority(func(ca *view.NiFiCA) { ca.Kept, ca.Known = false, true })}, []findings.ID{findings.CADefaultToken, findings.RootNotKept}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var ids []findings.ID
			for _, f := range findings.Judge(p.well(test.changes...)) {
				ids = append(ids, f.ID)
			}
			assert.Equal(t, test.ids, ids)
		})
	}
}

func TestGroundWithoutCertManager(t *testing.T) {
	t.Parallel()
	no := false
	for source, want := range map[string]int{"": 2, "cert-manager": 2, "nifi-ca": 0} {
		g := firm()
		g.CertManager, g.Rights = &no, []view.Right{{Verb: "create", Group: "cert-manager.io", Resource: "issuers"}}
		set := appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{"kubectl-nifi.dev/tls-source": source}}}
		assert.Len(t, findings.JudgeGround(g, findings.Rendered{Sets: []appsv1.StatefulSet{set}}), want, source)
	}
}

func TestGivenSecrets(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	of := func(source string, secrets ...string) change {
		return func(c *view.Cluster) {
			c.StatefulSet.TLSSource, c.Detail.Secrets, c.Certificates = source, secrets, nil
		}
	}
	all := []string{"prod-0-tls", "prod-1-tls", "prod-2-tls", "prod-admin-tls"}
	tests := map[string]struct {
		change   change
		subjects []string
	}{
		"all there":    {of("secrets", all...), nil},
		"one missing":  {of("secrets", all[1:]...), []string{"prod-0"}},
		"no admin's":   {of("self-signed", all[:3]...), []string{"prod-admin-tls"}},
		"not read":     {of("secrets"), nil},
		"none of them": {func(c *view.Cluster) { of("secrets")(c); c.Detail.Secrets = []string{} }, []string{"prod-0", "prod-1", "prod-2", "prod-admin-tls"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var subjects []string
			for _, f := range findings.Judge(p.well(test.change)) {
				assert.Equal(t, findings.NoCertificate, f.ID)
				subjects = append(subjects, f.Subject)
			}
			assert.Equal(t, test.subjects, subjects)
		})
	}
}

func TestExpiredOfOtherSources(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	for source, want := range map[string]string{
		"cert-manager": "kubectl nifi certs renew prod 1", "nifi-ca": "kubectl nifi restart prod prod-1 -n nifi", "secrets": "put a new certificate, its key and its root into Secret prod-1-tls",
	} {
		found := findings.Judge(p.well(leaf(1, func(c *trust.Certificate) { c.NotAfter = ago(time.Hour) }), func(c *view.Cluster) { c.StatefulSet.TLSSource = source }))
		assert.Equal(t, findings.Expired, found[0].ID)
		assert.Contains(t, found[0].Remedy, want)
	}
}
