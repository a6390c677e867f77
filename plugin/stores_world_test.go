package plugin

import (
	"crypto/x509"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

const storePassword = "hush-hush-hush"

// unsynced is a change for setStatefulSet: its pods get their stores from
// somebody else when they start.
func unsynced(set *appsv1.StatefulSet) {
	at := func(file, key string) trust.Location {
		return trust.Location{Path: "/certs/" + file, Type: trust.PKCS12, Password: trust.Password{File: "/certs/config.json", Key: key}}
	}
	set.Spec.Template.Spec.InitContainers = nil
	set.Annotations[topology.AnnotationStores] = trust.Stores{
		Keystore: at("keystore.p12", "keyStorePassword"), Truststore: at("truststore.p12", "trustStorePassword"),
	}.String()
}

// setStores gives a node a leaf of this CA, whose root comes along on the wire,
// and puts the stores into its pod.
func (w *certsWorld) setStores(t *testing.T, ordinal int, ca *nifitest.CA, mask string) {
	t.Helper()
	w.reissue(t, ordinal, ca, mask, nifitest.Leaf{})
	served := w.served[ordinal]
	served.Certificate = append(served.Certificate, ca.Certificate.Raw)
	w.nifi.Node(ordinal).Present(served)
	w.nifi.Node(ordinal).Trust(ca)
	keystore, err := pkcs12.Modern.Encode(served.PrivateKey, served.Leaf, []*x509.Certificate{ca.Certificate}, storePassword)
	require.NoError(t, err)
	truststore, err := pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{ca.Certificate}, storePassword)
	require.NoError(t, err)
	for file, content := range map[string][]byte{
		"keystore.p12": keystore, "truststore.p12": truststore,
		"config.json": []byte(`{"keyStorePassword":"` + storePassword + `","trustStorePassword":"` + storePassword + `"}`),
	} {
		w.api.SetFile(w.path("api/v1", "pods", w.names.Pod(ordinal)), "nifi", "/certs/"+file, content)
	}
}

// newStoresWorld has nodes whose stores come from a CA that has signed all of
// them with one root.
func newStoresWorld(t *testing.T) *certsWorld {
	w := newCertsWorld(t)
	w.setStatefulSet(3, unsynced)
	for ordinal := range 3 {
		w.setStores(t, ordinal, w.nifi.CA, []string{"e0", "e1", "e2"}[ordinal])
	}
	return w
}

// remade is the root of a CA that has lost its data: prod-2 was rescheduled an
// hour ago and got stores by it.
func (w *certsWorld) remade(t *testing.T) *nifitest.CA {
	other := w.namesake(t)
	w.setStores(t, 2, other, "ef")
	w.now = w.now.Add(time.Second)
	return other
}
