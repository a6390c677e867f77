package plugin

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// secretive is a world with secrets wherever one was ever seen.
type secretive struct {
	world
	needles []string // what no bundle may have in it
	planted string   // all of them, in the ways that people and programs write them
}

func newSecretiveWorld(t *testing.T) *secretive {
	w := &secretive{world: newWorld(t)}
	w.setLogs()
	w.plantSecrets(t)
	w.planted = w.writeDown()
	w.plantObjects()
	w.plantText(t)
	return w
}

// plantSecrets stores Secrets: of the nodes, of the flow and of a person who
// brought their own key, whose Secret bears no sign of the cluster.
func (w *secretive) plantSecrets(t *testing.T) {
	for ordinal := range 3 {
		leaf, err := w.nifi.CA.Issue(nifitest.Leaf{DNSNames: []string{w.nifi.Node(ordinal).FQDN()}})
		require.NoError(t, err)
		certificate, key := pemOf(t, leaf)
		w.secret(w.names.NodeSecret(ordinal), map[string]string{"tls.crt": string(certificate), "tls.key": string(key), "ca.crt": string(w.nifi.CA.PEM())})
		w.needle(string(key))
		for line := range strings.Lines(string(key)) {
			if !strings.HasPrefix(line, "-----") {
				w.needle(strings.TrimSpace(line))
			}
		}
	}
	const hash = "$2b$12$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"
	w.secret("prod-start-h7c9", map[string]string{
		"20-login.properties":          "nifi.security.user.login.identity.provider=single-user-provider\n",
		"login-identity-providers.xml": `<property name="Username">admin</property><property name="Password">` + hash + `</property>`,
		"30-keystore.properties":       "nifi.security.keystorePasswd=Keyst0re!Pass\n",
		"31-more.properties":           "nifi.kerberos.spnego.password=pw12\n",
		"single-user-password":         "correct horse battery",
		"binary.p12":                   "\x30\x82\xff\xfe\x01\x02\x03\x04\x05\x06\x07",
	})
	w.secret("own-flow-key", map[string]string{"sensitive-props-key": "Zq7\"x9&LmP2-sensitive"})
	w.needle(hash, "Keyst0re!Pass", "pw12", "correct horse battery", "Zq7\"x9&LmP2-sensitive", "\x30\x82\xff\xfe\x01\x02\x03\x04\x05\x06\x07")
	w.needle("eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhZG1pbiIsImV4cCI6MTd9.c2lnbmF0dXJlc2lnbmF0dXJl") // no Secret has these two
	w.needle("0a1b2c3d4e5f60718293a4b5c6d7e8f9")
}

func (w *secretive) needle(values ...string) { w.needles = append(w.needles, values...) }

// secret stores a Secret with no labels.
func (w *secretive) secret(name string, data map[string]string) {
	raw := map[string][]byte{}
	for key, value := range data {
		raw[key] = []byte(value)
	}
	w.api.Set(w.path("api/v1", "secrets", name), corev1.Secret{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}, ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "nifi"}, Data: raw,
	})
}

// writeDown is every needle as it is, in base64 and in JSON, and those that
// only their looks give away where they are seen.
func (w *secretive) writeDown() string {
	var text strings.Builder
	for _, needle := range w.needles[:len(w.needles)-2] {
		quoted, _ := json.Marshal(map[string]string{"x": needle})
		if strings.HasPrefix(needle, "\x30") {
			fmt.Fprintf(&text, "binary %s\n", base64.StdEncoding.EncodeToString([]byte(needle)))
			continue
		}
		fmt.Fprintf(&text, "plain %s\nbase64 %s\njson %s\n", needle, base64.StdEncoding.EncodeToString([]byte(needle)), quoted)
	}
	token, key := w.needles[len(w.needles)-2], w.needles[len(w.needles)-1]
	fmt.Fprintf(&text, "Authorization: Bearer %s\ncookie token=%s\napi_key: %s\n{\"password\":\"%s\"}\n", token, token, key, key)
	return text.String()
}

// plantObjects stores objects with secrets in them.
func (w *secretive) plantObjects() {
	key := w.needles[len(w.needles)-1]
	w.setStatefulSet(3, func(set *appsv1.StatefulSet) {
		set.Annotations["kubectl.kubernetes.io/last-applied-configuration"] = w.planted
		set.Spec.Template.Spec.Containers[0].Env = append(set.Spec.Template.Spec.Containers[0].Env, corev1.EnvVar{Name: "DB_PASSWORD", Value: key})
		start := corev1.SecretProjection{LocalObjectReference: corev1.LocalObjectReference{Name: "prod-start-h7c9"}}
		set.Spec.Template.Spec.Volumes = []corev1.Volume{
			{Name: "keys", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "own-flow-key"}}},
			{Name: "start", VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{{Secret: &start}}}}},
		}
	})
	w.api.Set(w.path("api/v1", "configmaps", "prod-nifi-component-1"), corev1.ConfigMap{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: metav1.ObjectMeta{Name: "prod-nifi-component-1", Namespace: "nifi", Annotations: map[string]string{"note": w.planted}},
		Data:       map[string]string{"db.password": key, "state": w.planted},
	})
	w.api.Set(w.path("api/v1", "configmaps", "neighbour"), corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "neighbour", Namespace: "nifi"}, Data: map[string]string{"of": "somebody else"},
	})
	w.api.Set(w.path("api/v1", "events", "prod-1.17"), corev1.Event{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Event"}, ObjectMeta: metav1.ObjectMeta{Name: "prod-1.17", Namespace: "nifi"},
		InvolvedObject: corev1.ObjectReference{Kind: "Pod", Name: "prod-1"}, Reason: "BackOff", Message: w.planted,
	})
}

// plantText lets a node write secrets into its log, of this run and the one
// before, and tell them in its diagnostics.
func (w *secretive) plantText(t *testing.T) {
	lines := strings.Split(w.planted, "\n")
	w.log(1, "nifi").Append(w.ago(5), lines...)
	w.log(1, "nifi/previous").Append(w.ago(900), lines...)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(rw, "Thread Dump\n"+w.planted)
	}))
	t.Cleanup(server.Close)
	w.api.SetForward(func(ctx context.Context, pod string, port int) (net.Conn, error) {
		if port == topology.PortManagement {
			var dialer net.Dialer
			return dialer.DialContext(ctx, "tcp", server.Listener.Addr().String())
		}
		return w.nifi.DialContext(ctx, "tcp", fmt.Sprintf("%s:%d", w.names.FQDN(pod), port))
	})
}
