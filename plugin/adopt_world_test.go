package plugin

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/x509/pkix"
	"encoding/binary"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube/kubetest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// foreign is a cluster that something else than kubectl nifi made.
type foreign struct {
	world
	stores     string // their folder
	properties map[string]string
}

// handWritten is what somebody wrote: JKS stores, a port of their own, Leases
// without a prefix, and no label of ours.
func handWritten(t *testing.T) foreign {
	return newForeign(t, topology.Layout{
		StatefulSet: "flows-nodes", Headless: "flows", Container: "main", Suffix: ".flows.nifi.svc.cluster.local",
		HTTPSPort: 9443, ProtocolPort: 9444, Election: topology.ElectionKubernetes,
	}, "/stores", map[string]string{
		"nifi.cluster.leader.election.implementation": "KubernetesLeaderElectionManager",
		"nifi.cluster.flow.election.max.candidates":   "2",
		"nifi.web.https.network.interface.lo":         "lo",
		"nifi.sensitive.props.key":                    "key-of-the-flow",
	})
}

// cetic is laid out as the chart of cetic does it: a container called server
// beside those that show logs, ZooKeeper, and stores below NiFi's home.
func cetic(t *testing.T) foreign {
	return newForeign(t, topology.Layout{
		StatefulSet: "flows-nifi", Headless: "flows-nifi-headless", Container: "server", Suffix: ".flows-nifi-headless.nifi.svc.cluster.local",
		HTTPSPort: 8443, ProtocolPort: 6007, Election: topology.ElectionZooKeeper,
	}, "./config-data/certs", map[string]string{
		"nifi.zookeeper.connect.string":       "flows-zookeeper:2181",
		"nifi.web.https.network.interface.lo": "lo",
	})
}

func newForeign(t *testing.T, layout topology.Layout, stores string, more map[string]string) foreign {
	cluster := nifitest.Start(t, nifitest.Options{Name: "flows", Layout: layout})
	f := foreign{
		world:  world{api: kubetest.Start(t), nifi: cluster, names: cluster.Names, nodes: 3, now: cluster.Clock.Now()},
		stores: stores,
		properties: map[string]string{
			"nifi.cluster.is.node": "true", "nifi.cluster.node.protocol.port": fmt.Sprint(layout.ProtocolPort),
			"nifi.web.https.port": fmt.Sprint(layout.HTTPSPort), "nifi.security.user.authorizer": "managed-authorizer",
			"nifi.security.identity.mapping.pattern.dn": "",
			"nifi.security.keystore":                    stores + "/keystore.jks", "nifi.security.keystoreType": "JKS", "nifi.security.keystorePasswd": storePassword,
			"nifi.security.truststore": stores + "/truststore.jks", "nifi.security.truststoreType": "JKS", "nifi.security.truststorePasswd": storePassword,
		},
	}
	for name, value := range more {
		f.properties[name] = value
	}
	f.api.SetForward(func(ctx context.Context, pod string, port int) (net.Conn, error) {
		return cluster.DialContext(ctx, "tcp", fmt.Sprintf("%s:%d", f.names.FQDN(pod), port))
	})
	f.setForeign()
	f.setEndpoints()
	for ordinal := range f.nodes {
		f.setForeignPod(ordinal)
		f.setProperties(ordinal, nil)
		f.setJKS(t, ordinal, cluster.CA)
	}
	if layout.Election == topology.ElectionKubernetes {
		f.setLease("cluster-coordinator", 0)
		f.setLease("primary-node", 1)
	}
	f.setClient(t, "flows-client", "flows-admin")
	return f
}

// labels is what the pods carry.
func (f foreign) labels() map[string]string { return map[string]string{"app": "flows", "tier": "nifi"} }

// setForeign stores the StatefulSet and its Services.
func (f foreign) setForeign() {
	l, replicas := f.names.Layout, int32(f.nodes)
	set := appsv1.StatefulSet{
		TypeMeta:   metav1.TypeMeta{APIVersion: "apps/v1", Kind: "StatefulSet"},
		ObjectMeta: metav1.ObjectMeta{Name: l.StatefulSet, Namespace: "nifi", CreationTimestamp: metav1.NewTime(f.now.Add(-time.Hour)), Labels: map[string]string{"team": "flows"}},
	}
	set.Spec.Replicas, set.Spec.ServiceName = &replicas, l.Headless
	set.Spec.Selector = &metav1.LabelSelector{MatchLabels: f.labels()}
	set.Spec.Template.Labels = f.labels()
	set.Spec.Template.Spec.Containers = []corev1.Container{{Name: l.Container, Image: "apache/nifi:2.3.0"}}
	if l.Container == "server" {
		set.Spec.Template.Spec.Containers = append(set.Spec.Template.Spec.Containers, corev1.Container{Name: "app-log", Image: "busybox:1.32.0"})
	}
	set.Status = appsv1.StatefulSetStatus{Replicas: replicas, ReadyReplicas: replicas, UpdatedReplicas: replicas, CurrentRevision: "a", UpdateRevision: "a"}
	f.api.Set(f.path("apis/apps/v1", "statefulsets", l.StatefulSet), set)
	for name, address := range map[string]string{l.Headless: corev1.ClusterIPNone, "flows-ui": "10.96.0.7"} {
		f.api.Set(f.path("api/v1", "services", name), corev1.Service{
			TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Service"}, ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "nifi"},
			Spec: corev1.ServiceSpec{ClusterIP: address, Selector: f.labels()},
		})
	}
}

// setEndpoints gives every pod a name below the headless Service.
func (f foreign) setEndpoints() {
	slice := discoveryv1.EndpointSlice{
		TypeMeta:   metav1.TypeMeta{APIVersion: "discovery.k8s.io/v1", Kind: "EndpointSlice"},
		ObjectMeta: metav1.ObjectMeta{Name: "flows-x", Namespace: "nifi", Labels: map[string]string{discoveryv1.LabelServiceName: f.names.Headless()}},
	}
	for ordinal := range f.nodes {
		slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{
			TargetRef: &corev1.ObjectReference{Name: f.names.Pod(ordinal)}, Conditions: discoveryv1.EndpointConditions{Ready: new(true)},
		})
	}
	f.api.Set(f.path("apis/discovery.k8s.io/v1", "endpointslices", "flows-x"), slice)
}

func (f foreign) setForeignPod(ordinal int) {
	f.setPod(ordinal, func(pod *corev1.Pod) {
		pod.Labels, pod.UID = f.labels(), types.UID(pod.Name)
		pod.Labels[appsv1.ControllerRevisionHashLabelKey] = "a"
		pod.Spec.Containers = []corev1.Container{{Name: f.names.Container()}, {Name: "app-log"}}
		pod.Status.ContainerStatuses[0].Name = f.names.Container()
		pod.Status.ContainerStatuses[0].State.Running = &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(f.now.Add(-time.Hour))}
	})
}

// setProperties writes a node's nifi.properties, with changes.
func (f foreign) setProperties(ordinal int, changes map[string]string) {
	pod := f.names.Pod(ordinal)
	text := "# Core Properties #\nnifi.web.https.host=" + f.names.FQDN(pod) + "\n"
	for name, value := range f.properties {
		if changed, is := changes[name]; is {
			value = changed
		}
		text += name + "=" + value + "\n"
	}
	f.api.SetFile(f.path("api/v1", "pods", pod), f.names.Container(), "/opt/nifi/nifi-current/conf/nifi.properties", []byte(text))
}

// everywhere changes the properties of all nodes.
func (f foreign) everywhere(changes map[string]string) {
	for ordinal := range f.nodes {
		f.setProperties(ordinal, changes)
	}
}

// change changes the StatefulSet.
func (f foreign) change(t *testing.T, change func(*appsv1.StatefulSet)) {
	path := f.path("apis/apps/v1", "statefulsets", f.names.StatefulSet())
	var set appsv1.StatefulSet
	f.api.Read(t, path, &set)
	change(&set)
	f.api.Set(path, set)
}

// ownedBy is a reference to the owner of an object.
func ownedBy(kind, name string) metav1.OwnerReference {
	return metav1.OwnerReference{APIVersion: "nifi.konpyuta.io/v1", Kind: kind, Name: name, UID: "1"}
}

// setJKS gives a node a certificate of this CA and puts its stores into its pod.
func (f foreign) setJKS(t *testing.T, ordinal int, ca *nifitest.CA) {
	host := f.nifi.Node(ordinal).FQDN()
	leaf, err := ca.Issue(nifitest.Leaf{DNSNames: []string{host}, Subject: pkix.Name{CommonName: host, OrganizationalUnit: []string{"NIFI"}}})
	require.NoError(t, err)
	f.nifi.Node(ordinal).Present(leaf)
	folder := strings.Replace(f.stores, "./", "/opt/nifi/nifi-current/", 1)
	for file, content := range map[string][]byte{
		"keystore.jks":   jks(1, "nifi-key", leaf.Certificate[0], ca.Certificate.Raw),
		"truststore.jks": jks(2, "nifi-cert", ca.Certificate.Raw),
	} {
		f.api.SetFile(f.path("api/v1", "pods", f.names.Pod(ordinal)), f.names.Container(), folder+"/"+file, content)
	}
}

// setClient stores the client certificate of somebody as a Secret.
func (f foreign) setClient(t *testing.T, secret, commonName string) {
	config, err := f.nifi.ClientTLS(commonName)
	require.NoError(t, err)
	certificate, key := pemOf(t, config.Certificates[0])
	f.api.Set(f.path("api/v1", "secrets", secret), corev1.Secret{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}, ObjectMeta: metav1.ObjectMeta{Name: secret, Namespace: "nifi"},
		Data: map[string][]byte{"tls.crt": certificate, "tls.key": key, "ca.crt": f.nifi.CA.PEM()},
	})
}

// jks is a store of one entry, 1 a key with its chain or 2 an anchor, in the
// format of sun.security.provider.JavaKeyStore. The key itself is left out.
func jks(tag uint32, alias string, chain ...[]byte) []byte {
	var b bytes.Buffer
	put := func(values ...any) {
		for _, value := range values {
			_ = binary.Write(&b, binary.BigEndian, value) // a Buffer takes all
		}
	}
	put(uint32(0xfeedfeed), uint32(2), uint32(1), tag, uint16(len(alias)), []byte(alias), uint64(0))
	if tag == 1 {
		put(uint32(3), []byte("key"), uint32(len(chain)))
	}
	for _, der := range chain {
		put(uint16(5), []byte("X.509"), uint32(len(der)), der)
	}
	var salted bytes.Buffer
	_ = binary.Write(&salted, binary.BigEndian, utf16.Encode([]rune(storePassword)))
	salted.WriteString("Mighty Aphrodite")
	digest := sha1.Sum(append(salted.Bytes(), b.Bytes()...))
	return append(b.Bytes(), digest[:]...)
}
