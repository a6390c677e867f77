package plugin

import (
	"crypto/tls"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube/kubetest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// certsWorld is a world whose pods have said what they wrote for NiFi. Its
// certificates differ each time, so golden files show them by masks.
type certsWorld struct {
	world
	served [3]tls.Certificate
	masks  []string // pairs, as strings.NewReplacer takes them
}

func newCertsWorld(t *testing.T) *certsWorld { return newCertsWorldIn(t, newWorld(t)) }

func newCertsWorldIn(t *testing.T, in world) *certsWorld {
	w := &certsWorld{world: in}
	w.mask(trust.NewCertificate(w.nifi.CA.Certificate), "ca")
	for ordinal := range 3 {
		w.reissue(t, ordinal, w.nifi.CA, fmt.Sprintf("e%d", ordinal), nifitest.Leaf{})
		w.setLog(ordinal, w.publishes(ordinal, w.nifi.CA))
	}
	w.setRequest(0, w.nifi.CA)
	return w
}

// mask makes a certificate known in golden files by two hexadecimal digits.
func (w *certsWorld) mask(c trust.Certificate, name string) {
	whole := strings.Repeat(name, 32)
	w.masks = append(w.masks,
		c.Fingerprint.String(), whole, c.Fingerprint.Short(), whole[:12], shortSerial(c.Serial), "5e"+whole[:10]+"…")
}

// masked is the output as it is every time.
func (w *certsWorld) masked(r result) string {
	clock := regexp.MustCompile(`current time \S+ is`) // crypto/tls has the machine's
	return clock.ReplaceAllString(strings.NewReplacer(w.masks...).Replace(r.String()), "current time NOW is")
}

// namesake is another CA of the same name.
func (w *certsWorld) namesake(t *testing.T) *nifitest.CA {
	ca, err := nifitest.NewCA("prod-ca")
	require.NoError(t, err)
	w.mask(trust.NewCertificate(ca.Certificate), "cb")
	return ca
}

// reissue makes a node serve a new leaf that golden files show as mask.
func (w *certsWorld) reissue(t *testing.T, ordinal int, ca *nifitest.CA, mask string, leaf nifitest.Leaf) {
	leaf.DNSNames = []string{w.nifi.Node(ordinal).FQDN()}
	leaf.Subject.CommonName = w.names.Pod(ordinal)
	if leaf.NotAfter.IsZero() {
		leaf.NotAfter = w.now.AddDate(100, 0, 0)
	}
	certificate, err := ca.Issue(leaf)
	require.NoError(t, err)
	w.nifi.Node(ordinal).Present(certificate)
	w.served[ordinal] = certificate
	w.mask(trust.NewCertificate(certificate.Leaf), mask)
}

// publishes is what tls-sync logs when the files hold what the node serves now.
func (w *certsWorld) publishes(ordinal int, anchors ...*nifitest.CA) string {
	var fingerprints []string
	for _, ca := range anchors {
		fingerprints = append(fingerprints, trust.FingerprintOf(ca.Certificate.Raw).String())
	}
	return fmt.Sprintf(`{"time":"%s","level":"info","logger":"tls-sync","pod":"prod-%d","event":"published","chain":["%s"],"anchors":["%s"]}`,
		w.now.Add(-time.Hour).Format(time.RFC3339), ordinal, trust.FingerprintOf(w.served[ordinal].Leaf.Raw), strings.Join(fingerprints, `","`))
}

func (w *certsWorld) setLog(ordinal int, lines ...string) {
	pod := w.path("api/v1", "pods", w.names.Pod(ordinal))
	w.api.SetLog(pod, "tls-sync", new(kubetest.Log).Append(w.now, lines...))
}

// setRequest stores a CertificateRequest that this CA has signed.
func (w *certsWorld) setRequest(ordinal int, ca *nifitest.CA) {
	name := w.names.NodeSecret(ordinal)
	metadata := w.metadata(name+"-1", nil)
	metadata.Annotations = map[string]string{"cert-manager.io/certificate-name": name}
	w.api.Set(w.path("apis/cert-manager.io/v1", "certificaterequests", name+"-1"), map[string]any{
		"apiVersion": "cert-manager.io/v1", "kind": "CertificateRequest", "metadata": metadata,
		"status": map[string]any{"ca": ca.PEM()},
	})
}

// drift gives a node a leaf and anchors of another CA of the same name, while
// its connections, and so its membership, go on.
func (w *certsWorld) drift(t *testing.T, ordinal int) {
	other := w.namesake(t)
	w.reissue(t, ordinal, other, "ef", nifitest.Leaf{})
	w.nifi.Node(ordinal).Trust(other)
	w.setLog(ordinal, w.publishes(ordinal, other))
	w.setRequest(ordinal, other)
}
