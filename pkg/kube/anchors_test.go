package kube_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube/kubetest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

const (
	trustPath         = "/api/v1/namespaces/nifi/secrets/prod-trust"
	annotationAnchors = "kubectl-nifi.dev/anchors"
)

// authority is a CA of these tests: all bear the same name.
func authority(t *testing.T) (pem []byte, c trust.Certificate) {
	t.Helper()
	ca, err := nifitest.NewCA("prod-ca")
	require.NoError(t, err)
	return ca.PEM(), trust.NewCertificate(ca.Certificate)
}

// trustSecret stores the trust Secret with these keys.
func trustSecret(server *kubetest.Server, notes string, data map[string][]byte) {
	secret := corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "prod-trust", ResourceVersion: "7"}, Data: data}
	if notes != "" {
		secret.Annotations = map[string]string{annotationAnchors: notes, "other": "kept"}
	}
	server.Set(trustPath, secret)
}

func trustKeys(t *testing.T, server *kubetest.Server) map[string][]byte {
	t.Helper()
	var secret corev1.Secret
	server.Read(t, trustPath, &secret)
	return secret.Data
}

func published(t *testing.T, cluster kube.Cluster) []trust.Fingerprint {
	t.Helper()
	anchors, err := cluster.PublishedAnchors(t.Context())
	require.NoError(t, err)
	var all []trust.Fingerprint
	for _, a := range anchors {
		all = append(all, a.Certificate.Fingerprint)
	}
	return all
}

func TestPublishedAnchors(t *testing.T) {
	t.Parallel()
	pem1, c1 := authority(t)
	pem2, c2 := authority(t)
	noted := `{"` + c1.Fingerprint.String() + `":{"by":"kim@desk","reason":"next root","at":"2026-11-22T18:05:00Z"}}`
	at := time.Date(2026, 11, 22, 18, 5, 0, 0, time.UTC)
	tests := map[string]struct {
		notes string
		data  map[string][]byte
		want  []kube.PublishedAnchor
	}{
		"as the overlay ships it": {},
		"with notes":              {noted, map[string][]byte{"a.crt": pem1}, []kube.PublishedAnchor{{Certificate: c1, By: "kim@desk", Reason: "next root", At: at}}},
		"by other means":          {"", map[string][]byte{"a.pem": pem1}, []kube.PublishedAnchor{{Certificate: c1}}},
		"notes that are no JSON":  {"{", map[string][]byte{"a.crt": pem1}, []kube.PublishedAnchor{{Certificate: c1}}},
		"twice":                   {"", map[string][]byte{"a.crt": pem1, "b.pem": slices.Concat(pem1, pem1)}, []kube.PublishedAnchor{{Certificate: c1}}},
		"oldest first": {noted, map[string][]byte{"a.crt": slices.Concat(pem1, pem2)},
			[]kube.PublishedAnchor{{Certificate: c2}, {Certificate: c1, By: "kim@desk", Reason: "next root", At: at}}},
		"a key that tls-sync passes over": {"", map[string][]byte{"ca": pem1, "README.txt": pem2}, nil},
		"damage beside":                   {"", map[string][]byte{"a.crt": slices.Concat(pem1[:len(pem1)/2], []byte("\n"), pem2), "b.crt": []byte("no PEM")}, []kube.PublishedAnchor{{Certificate: c2}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster, server := prod(t)
			trustSecret(server, test.notes, test.data)
			got, err := cluster.PublishedAnchors(t.Context())
			require.NoError(t, err)
			assert.Equal(t, test.want, got)
		})
	}
}

func TestAnchorsComeAndGo(t *testing.T) {
	t.Parallel()
	cluster, server := prod(t)
	theirs, theirCertificate := authority(t)
	mine, myCertificate := authority(t)
	trustSecret(server, "{}", map[string][]byte{"theirs.crt": theirs})
	at := time.Date(2026, 11, 22, 18, 5, 0, 0, time.UTC)
	publish := func(by string, c trust.Certificate) {
		t.Helper()
		require.NoError(t, cluster.PublishAnchors(t.Context(), []kube.PublishedAnchor{{Certificate: c, By: by, Reason: "rotation", At: at}}))
	}
	publish("kim", myCertificate)
	key := myCertificate.Fingerprint.String() + ".crt"
	assert.Equal(t, map[string][]byte{"theirs.crt": theirs, key: mine}, trustKeys(t, server))
	publish("alex", myCertificate)
	publish("alex", theirCertificate)
	assert.Len(t, trustKeys(t, server), 2, "both are there")
	anchors, err := cluster.PublishedAnchors(t.Context())
	require.NoError(t, err)
	assert.Equal(t, kube.PublishedAnchor{Certificate: myCertificate, By: "kim", Reason: "rotation", At: at}, anchors[1], "who was first stays")

	require.NoError(t, cluster.WithdrawAnchors(t.Context(), []trust.Fingerprint{myCertificate.Fingerprint, {}}))
	assert.Equal(t, map[string][]byte{"theirs.crt": theirs}, trustKeys(t, server))
	var secret corev1.Secret
	server.Read(t, trustPath, &secret)
	assert.Equal(t, map[string]string{annotationAnchors: "{}", "other": "kept"}, secret.Annotations)
}

func TestWithdrawFromBundles(t *testing.T) {
	t.Parallel()
	cluster, server := prod(t)
	pem1, c1 := authority(t)
	pem2, c2 := authority(t)
	trustSecret(server, "", map[string][]byte{"a.crt": slices.Concat(pem1, pem2), "b.pem": pem1, "notes.txt": pem1})
	require.NoError(t, cluster.WithdrawAnchors(t.Context(), []trust.Fingerprint{c1.Fingerprint}))
	assert.Equal(t, map[string][]byte{"a.crt": pem2, "notes.txt": pem1}, trustKeys(t, server))
	assert.Equal(t, []trust.Fingerprint{c2.Fingerprint}, published(t, cluster))
}

func TestPublishersDoNotLoseEachOthersAnchors(t *testing.T) {
	t.Parallel()
	cluster, server := prod(t)
	trustSecret(server, "", nil)
	var all []trust.Fingerprint
	var wait sync.WaitGroup
	for range 8 {
		_, c := authority(t)
		all = append(all, c.Fingerprint)
		wait.Go(func() {
			assert.NoError(t, cluster.PublishAnchors(t.Context(), []kube.PublishedAnchor{{Certificate: c}}))
		})
	}
	wait.Wait()
	assert.ElementsMatch(t, all, published(t, cluster))
}

func TestAnchorsThatCannotBeChanged(t *testing.T) {
	t.Parallel()
	cluster, server := prod(t)
	_, c := authority(t)
	_, err := cluster.PublishedAnchors(t.Context())
	require.ErrorIs(t, err, view.ErrNotFound)
	require.ErrorIs(t, cluster.PublishAnchors(t.Context(), []kube.PublishedAnchor{{Certificate: c}}), view.ErrNotFound)
	server.Deny(trustPath)
	err = cluster.WithdrawAnchors(t.Context(), []trust.Fingerprint{c.Fingerprint})
	require.ErrorIs(t, err, view.ErrForbidden)
	require.ErrorContains(t, err, `reading Secret "prod-trust"`)
}
