package topology

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const minimal = `apiVersion: kubectl-nifi.dev/v1alpha1
kind: NiFiCluster
metadata: {name: prod, namespace: nifi}
spec:
  replicas: 3
  version: 2.3.0
`

// complete parses the minimal document with more lines of spec and completes it.
func complete(t *testing.T, spec string) (Cluster, error) {
	t.Helper()
	file, err := Parse("prod.yaml", []byte(minimal+spec))
	require.NoError(t, err)
	return Complete(file)
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	c, err := complete(t, "")
	require.NoError(t, err)
	assert.Equal(t, 3, c.Replicas)
	assert.Equal(t, 5, c.MaxReplicas)
	assert.Equal(t, "apache/nifi:2.3.0", c.Image)
	assert.Equal(t, "2048m", c.Heap, "half of the default limit of 4Gi")
	assert.Equal(t, Volume{Size: "10Gi"}, c.State)
	assert.Equal(t, 10, c.MaxThreads)
	assert.Equal(t, "cluster.local", c.Domain)
	assert.Equal(t, LoginSingleUser, c.Login)
	assert.Equal(t, "admin", c.Username)
	assert.Equal(t, HealerAct, c.HealerMode)
	assert.Equal(t, 1, c.CAGeneration)
	assert.Nil(t, c.Issuer)
	assert.Empty(t, c.Warnings)
}

func TestDocumentOfTheEarlierOperator(t *testing.T) {
	t.Parallel()
	file, err := Parse("my-nifi.yaml", []byte(`apiVersion: datadynamics.io/v1alpha1
kind: NiFiCluster
metadata: {name: my-nifi, namespace: nifi}
spec:
  replicas: 3
  version: "2.4.0"
  image: "apache/nifi"
  resources:
    requests: {cpu: "1", memory: "2Gi"}
    limits: {cpu: "2", memory: "4Gi"}
  storage: {size: "20Gi", storageClassName: "standard"}
  config: {jvmHeapSize: "1536m", maxThreads: 15, sensitivePropsKey: "my-secret-key-12345"}
  tls:
    enabled: true
    issuerRef: {name: letsencrypt-prod, kind: ClusterIssuer}
  auth: {type: single-user}
`))
	require.NoError(t, err)
	c, err := Complete(file)
	require.NoError(t, err)
	assert.Equal(t, "1536m", c.Heap)
	assert.Equal(t, 15, c.MaxThreads)
	assert.Nil(t, c.Issuer, "an ACME issuer can't sign for nodes")
	require.Len(t, c.Warnings, 1)
	assert.Contains(t, c.Warnings[0], "letsencrypt-prod")
}

func TestRules(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ spec, want string }{
		"max below replicas":    {"  maxReplicas: 2", "prod.yaml:7: spec.maxReplicas: is 2: must be 3 (replicas) to 20"},
		"heap above the limit":  {"  config: {jvmHeapSize: 3500m}", "spec.config.jvmHeapSize: 3500m is 85% of the memory limit 4096Mi: at most 75% (3072m)"},
		"heap in wrong unit":    {"  config: {jvmHeapSize: 2Gi}", `spec.config.jvmHeapSize: "2Gi" is no JVM heap size`},
		"no threads":            {"  config: {maxThreads: 0}", "spec.config.maxThreads: is 0"},
		"short key":             {"  config: {sensitivePropsKey: short}", "spec.config.sensitivePropsKey: has 5 characters: at least 12"},
		"key with a blank":      {"  config: {sensitivePropsKey: 'a key with blanks'}", "spec.config.sensitivePropsKey: holds a blank"},
		"key twice":             {"  config: {sensitivePropsKey: 0123456789ab, sensitivePropsKeySecretRef: {name: a, key: b}}", "keep one of the two"},
		"request above limit":   {"  resources: {requests: {memory: 8Gi}}", "spec.resources.requests.memory: 8Gi is more than the limit 4Gi"},
		"no quantity":           {"  resources: {limits: {cpu: lots}}", `prod.yaml:7: spec.resources.limits.cpu: "lots" is no quantity`},
		"huge exponent":         {"  storage: {size: 1e-9999999}", "is no quantity above zero"},
		"storage of nothing":    {"  storage: {size: 0Gi}", "spec.storage.size"},
		"volume without size":   {"  storage: {content: {storageClassName: fast}}", "spec.storage.content.size"},
		"tls off":               {"  tls: {enabled: false}", "spec.tls.enabled: false is not possible"},
		"issuer kind":           {"  tls: {issuerRef: {name: a, kind: Cluster}}", "must be Issuer or ClusterIssuer"},
		"scope":                 {"  tls: {scope: all}", `"all" must be nodes or ingress`},
		"unknown log-in":        {"  auth: {type: kerberos}", `spec.auth.type: "kerberos" must be`},
		"log-in to come":        {"  auth: {type: ldap}", "is not rendered by this version"},
		"short user":            {"  auth: {single-user: {username: bob}}", "4 characters"},
		"healer mode":           {"  healer: {mode: watch}", `"watch" must be one of observe, suggest, act`},
		"healer namespace":      {"  healer: {namespace: Ni Fi}", `spec.healer.namespace: "Ni Fi": a lowercase RFC 1123 label`},
		"key in plain text":     {"  overrides: {nifi.sensitive.props.key: abc}", "would be a key in plain text"},
		"override of no prop":   {"  overrides: {java.arg.2: abc}", "prod.yaml:7: spec.overrides.java.arg.2: is no nifi.* property"},
		"override in two lines": {"  overrides: {nifi.a: \"b\\nnifi.c=d\"}", "holds a line break"},
		"image":                 {"  image: 'a b'", "is no image reference"},
		"cluster domain":        {"  clusterDomain: cluster..local", "is no DNS domain"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := complete(t, test.spec)
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestReplicasAndNames(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ from, to, want string }{
		"no replicas":      {"  replicas: 3\n", "", "prod.yaml: spec.replicas: is required: 1 to 20"},
		"none":             {"replicas: 3", "replicas: 0", "prod.yaml:5: spec.replicas: is 0: must be 1 to 20"},
		"too many":         {"replicas: 3", "replicas: 21", "prod.yaml:5: spec.replicas: is 21: must be 1 to 20"},
		"no version":       {"  version: 2.3.0\n", "", "spec.version: is required"},
		"version 1":        {"2.3.0", "1.28.1", "prod.yaml:6: spec.version: NiFi 1.28.1"},
		"name":             {"name: prod", "name: Prod_1", `prod.yaml:3: metadata.name: "Prod_1" is no DNS label`},
		"name with digit":  {"name: prod", "name: 1prod", "a letter first"},
		"name of 41":       {"name: prod", "name: " + strings.Repeat("a", 41), "has 41 characters: at most 40"},
		"the healer's":     {"name: prod", "name: nifi-healer", "ends in -healer"},
		"namespace":        {"namespace: nifi", "namespace: Ni.Fi", "metadata.namespace"},
		"two broken rules": {"replicas: 3\n  version: 2.3.0", "replicas: 0\n  version: 9.0.0", "spec.version: NiFi 9.0.0 is unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, err := Parse("prod.yaml", []byte(strings.Replace(minimal, test.from, test.to, 1)))
			require.NoError(t, err)
			_, err = Complete(file)
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestIssuersAndImages(t *testing.T) {
	t.Parallel()
	c, err := complete(t, "  tls: {issuerRef: {name: corp}}\n  image: registry.example/nifi@sha256:0123")
	require.NoError(t, err)
	assert.Equal(t, &IssuerRef{Name: "corp", Kind: "ClusterIssuer"}, c.Issuer)
	assert.Contains(t, c.Warnings[0], "can be a node")
	assert.Equal(t, "registry.example/nifi@sha256:0123", c.Image, "a full reference is kept")

	c, err = complete(t, "  tls: {issuerRef: {name: corp, kind: Issuer}, scope: ingress}\n  image: registry.example:5000/nifi")
	require.NoError(t, err)
	assert.Nil(t, c.Issuer, "scope ingress leaves the nodes to the own root")
	assert.Equal(t, "registry.example:5000/nifi:2.3.0", c.Image, "a port is no tag")
}

func TestOverrides(t *testing.T) {
	t.Parallel()
	c, err := complete(t, "  overrides: {nifi.web.https.host: other, nifi.bored.yield.duration: 20 millis}")
	require.NoError(t, err)
	assert.Equal(t, []Property{{"nifi.bored.yield.duration", "20 millis"}, {"nifi.web.https.host", "other"}}, c.Overrides)
	require.Len(t, c.Warnings, 1)
	assert.Contains(t, c.Warnings[0], "override nifi.web.https.host")
}

func TestVersions(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2.1.0": "", "2.11.0": "", "2.0.0": "no PEM stores", "1.28.1": "ZooKeeper", "2.4": "no full version",
		"2.0.0-M4": "no full version", "3.0.0": "unknown", "": "no full version", "99999.1.1": "no full version",
	} {
		_, err := ParseVersion(text)
		if want == "" {
			assert.NoError(t, err, text)
		} else {
			assert.ErrorContains(t, err, want, text)
		}
	}
	assert.True(t, Version{2, 10, 0}.AtLeast(9))
	assert.False(t, Version{2, 9, 9}.AtLeast(10))
}
