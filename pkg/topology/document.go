package topology

// Kinds and versions that a document may carry. The second API version is the
// one of an earlier operator: its documents are taken as they are.
const (
	Kind             = "NiFiCluster"
	APIVersion       = "kubectl-nifi.dev/v1alpha1"
	LegacyAPIVersion = "datadynamics.io/v1alpha1"
)

// Document is a NiFiCluster as people write it: nothing defaulted, nothing checked.
type Document struct {
	APIVersion string   `yaml:"apiVersion"`
	Kind       string   `yaml:"kind"`
	Metadata   Metadata `yaml:"metadata"`
	Spec       Spec     `yaml:"spec"`
}

// Metadata names the cluster. Labels and annotations are accepted and unused.
type Metadata struct {
	Name        string            `yaml:"name"`
	Namespace   string            `yaml:"namespace"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

// Spec is what a NiFiCluster asks for.
type Spec struct {
	Replicas      *int              `yaml:"replicas"`
	MaxReplicas   *int              `yaml:"maxReplicas"`
	Version       string            `yaml:"version"`
	Image         string            `yaml:"image"`
	Resources     Resources         `yaml:"resources"`
	Storage       Storage           `yaml:"storage"`
	Config        Config            `yaml:"config"`
	TLS           TLS               `yaml:"tls"`
	Auth          Auth              `yaml:"auth"`
	Healer        Healer            `yaml:"healer"`
	RequireDrain  bool              `yaml:"requireDrain"`
	ClusterDomain string            `yaml:"clusterDomain"`
	Overrides     map[string]string `yaml:"overrides"`
}

// Resources are the NiFi container's requests and limits, as Kubernetes quantities.
type Resources struct {
	Requests map[string]string `yaml:"requests"`
	Limits   map[string]string `yaml:"limits"`
}

// Volume asks for one PersistentVolumeClaim a node.
type Volume struct {
	Size             string `yaml:"size"`
	StorageClassName string `yaml:"storageClassName"`
}

// Storage is the state volume of each node and, by choice, volumes of their
// own for three repositories.
type Storage struct {
	Size             string  `yaml:"size"`
	StorageClassName string  `yaml:"storageClassName"`
	Content          *Volume `yaml:"content"`
	Provenance       *Volume `yaml:"provenance"`
	FlowFile         *Volume `yaml:"flowfile"`
}

// SecretRef names one key of a Secret in the cluster's namespace.
type SecretRef struct {
	Name string `yaml:"name"`
	Key  string `yaml:"key"`
}

// Config tunes NiFi itself.
type Config struct {
	JVMHeapSize                string     `yaml:"jvmHeapSize"`
	MaxThreads                 *int       `yaml:"maxThreads"`
	SensitivePropsKey          string     `yaml:"sensitivePropsKey"`
	SensitivePropsKeySecretRef *SecretRef `yaml:"sensitivePropsKeySecretRef"`
}

// IssuerRef names a cert-manager Issuer or ClusterIssuer.
type IssuerRef struct {
	Name string `yaml:"name"`
	Kind string `yaml:"kind"`
}

// TLS says who signs which certificates.
type TLS struct {
	Enabled      *bool      `yaml:"enabled"`
	Source       string     `yaml:"source"`
	IssuerRef    *IssuerRef `yaml:"issuerRef"`
	Scope        string     `yaml:"scope"`
	CAGeneration *int       `yaml:"caGeneration"`
	NiFiCA       *NiFiCA    `yaml:"nifiCA"`
}

// NiFiCA is the tls-toolkit's certificate authority, for source nifi-ca.
type NiFiCA struct {
	Image        string `yaml:"image"`
	Storage      Volume `yaml:"storage"`
	AntiAffinity string `yaml:"antiAffinity"`
}

// Auth says how people log in. Client certificates always work besides.
type Auth struct {
	Type       string      `yaml:"type"`
	SingleUser *SingleUser `yaml:"single-user"`
	LDAP       *LDAP       `yaml:"ldap"`
	OIDC       *OIDC       `yaml:"oidc"`
}

// SingleUser is one user with a password.
type SingleUser struct {
	Username          string     `yaml:"username"`
	PasswordSecretRef *SecretRef `yaml:"passwordSecretRef"`
}

// LDAP is a directory that people log in against.
type LDAP struct {
	URL                      string     `yaml:"url"`
	SearchBase               string     `yaml:"searchBase"`
	SearchFilter             string     `yaml:"searchFilter"`
	ManagerDN                string     `yaml:"managerDn"`
	ManagerPasswordSecretRef *SecretRef `yaml:"managerPasswordSecretRef"`
}

// OIDC is an OpenID Connect provider that people log in with.
type OIDC struct {
	DiscoveryURL    string     `yaml:"discoveryUrl"`
	ClientID        string     `yaml:"clientId"`
	ClientSecretRef *SecretRef `yaml:"clientSecretRef"`
}

// Healer says how much nifi-healer may do for this cluster.
type Healer struct {
	Mode         string `yaml:"mode"`
	TrustRestart string `yaml:"trustRestart"`
	Namespace    string `yaml:"namespace"`
}
