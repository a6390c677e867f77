package topology

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"
)

// How people log in. Client certificates work with each of them.
const (
	LoginSingleUser  = "single-user"
	LoginCertificate = "certificate"
	LoginLDAP        = "ldap"
	LoginOIDC        = "oidc"
)

// What the healer may do to a cluster.
const (
	HealerObserve = "observe"
	HealerSuggest = "suggest"
	HealerAct     = "act"
)

// Cluster is a complete specification: every default filled in, every rule
// checked. It is a plain value; the overlay is a function of it.
type Cluster struct {
	Names
	Replicas    int
	MaxReplicas int
	Version     Version
	Image       string // full reference

	Requests map[string]string // Kubernetes quantities by resource name
	Limits   map[string]string
	Heap     string // as -Xmx takes it

	State      Volume
	Content    *Volume // nil: on the state volume
	Provenance *Volume
	FlowFile   *Volume

	MaxThreads      int
	SensitiveKeyRef *SecretRef // nil: generated once beside the overlay

	TLSSource    string     // one of Sources
	Issuer       *IssuerRef // nil: the cluster's own private root
	CAGeneration int
	NiFiCA       NiFiCA // of source nifi-ca

	Login        string
	Username     string // of single-user
	HealerMode   string
	HealerFrom   string // namespace of the healer's ServiceAccount
	TrustRestart string
	Overrides    []Property // sorted by name
	RequireDrain bool       // an admission policy refuses to shrink the cluster undrained

	CreateNamespace bool
	Warnings        []string
}

// Annotations of the StatefulSet that tell the healer what it may do.
const (
	AnnotationHealerMode   = Prefix + "healer-mode"
	AnnotationTrustRestart = Prefix + "trust-restart"
)

// AnnotationStores of the StatefulSet says where nodes keep their stores that
// have no tls-sync; see trust.Stores.
const AnnotationStores = Prefix + "stores"

// AnnotationCreateNamespace in a document says that the overlay brings the
// Namespace along ("true").
const AnnotationCreateNamespace = Prefix + "create-namespace"

// Property is one line of nifi.properties, unescaped.
type Property struct{ Name, Value string }

// Complete checks a document and fills in its defaults. The error joins every
// broken rule, one line each, with its place in the file.
func Complete(file *File) (Cluster, error) {
	spec := &file.Document.Spec
	c := Cluster{
		Names: Names{
			Cluster:   file.Document.Metadata.Name,
			Namespace: file.Document.Metadata.Namespace,
			Domain:    orDefault(spec.ClusterDomain, DefaultDomain),
		},
		State:           Volume{orDefault(spec.Storage.Size, "10Gi"), spec.Storage.StorageClassName},
		Content:         spec.Storage.Content,
		Provenance:      spec.Storage.Provenance,
		FlowFile:        spec.Storage.FlowFile,
		SensitiveKeyRef: spec.Config.SensitivePropsKeySecretRef,
		TLSSource:       orDefault(spec.TLS.Source, SourceCertManager),
		TrustRestart:    spec.Healer.TrustRestart,
		HealerMode:      orDefault(spec.Healer.Mode, HealerAct),
		HealerFrom:      orDefault(spec.Healer.Namespace, file.Document.Metadata.Namespace),
		MaxThreads:      orInt(spec.Config.MaxThreads, 10),
		CAGeneration:    orInt(spec.TLS.CAGeneration, 1),
		RequireDrain:    spec.RequireDrain,
		CreateNamespace: file.Document.Metadata.Annotations[AnnotationCreateNamespace] == "true",
	}
	err := errors.Join(
		c.completeNames(file),
		c.completeScale(file),
		c.completeVersion(file),
		c.completeResources(file),
		c.completeStorage(file),
		c.completeConfig(file),
		c.completeTLS(file),
		c.completeLogin(file),
		c.completeHealer(file),
		c.completeOverrides(file),
	)
	return c, err
}

func (c *Cluster) completeScale(file *File) error {
	spec := &file.Document.Spec
	if spec.Replicas == nil {
		return file.Errorf("spec.replicas", "is required: 1 to %d", MaxNodes)
	}
	c.Replicas = *spec.Replicas
	c.MaxReplicas = orInt(spec.MaxReplicas, max(c.Replicas, 5))
	if c.Replicas < 1 || c.Replicas > MaxNodes {
		return file.Errorf("spec.replicas", "is %d: must be 1 to %d", c.Replicas, MaxNodes)
	}
	if c.MaxReplicas < c.Replicas || c.MaxReplicas > MaxNodes {
		return file.Errorf("spec.maxReplicas", "is %d: must be %d (replicas) to %d", c.MaxReplicas, c.Replicas, MaxNodes)
	}
	return nil
}

func (c *Cluster) completeVersion(file *File) (err error) {
	spec := &file.Document.Spec
	if spec.Version == "" {
		return file.Errorf("spec.version", "is required, for example %q", DefaultVersion)
	}
	if c.Version, err = ParseVersion(spec.Version); err != nil {
		return file.Errorf("spec.version", "%s", err)
	}
	c.Image = orDefault(spec.Image, "apache/nifi")
	if strings.ContainsAny(c.Image, " \t\n\"'") {
		return file.Errorf("spec.image", "%q is no image reference", c.Image)
	}
	base := c.Image[strings.LastIndex(c.Image, "/")+1:]
	if !strings.ContainsAny(base, ":@") {
		c.Image += ":" + c.Version.String()
	}
	return nil
}

func (c *Cluster) completeResources(file *File) error {
	spec := &file.Document.Spec
	c.Requests = withDefaults(spec.Resources.Requests, map[string]string{"cpu": "1", "memory": "2Gi"})
	c.Limits = withDefaults(spec.Resources.Limits, map[string]string{"cpu": "2", "memory": "4Gi"})
	for _, group := range []struct {
		field  string
		values map[string]string
	}{{"spec.resources.requests", c.Requests}, {"spec.resources.limits", c.Limits}} {
		for _, name := range slices.Sorted(maps.Keys(group.values)) {
			if len(validation.IsQualifiedName(name)) > 0 {
				return file.Errorf(group.field+"."+name, "is no resource name")
			}
			if err := positive(group.values[name]); err != nil {
				return file.Errorf(group.field+"."+name, "%s", err)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Requests)) {
		limit, ok := c.Limits[name]
		request := resource.MustParse(c.Requests[name])
		if ok && request.Cmp(resource.MustParse(limit)) > 0 {
			return file.Errorf("spec.resources.requests."+name, "%s is more than the limit %s", c.Requests[name], limit)
		}
	}
	limit := resource.MustParse(c.Limits["memory"])
	heap, err := heapFor(spec.Config.JVMHeapSize, limit.Value())
	if err != nil {
		return file.Errorf("spec.config.jvmHeapSize", "%s", err)
	}
	c.Heap = heap
	return nil
}

func (c *Cluster) completeStorage(file *File) error {
	return errors.Join(
		checkVolume(file, "spec.storage", &c.State),
		checkVolume(file, "spec.storage.content", c.Content),
		checkVolume(file, "spec.storage.provenance", c.Provenance),
		checkVolume(file, "spec.storage.flowfile", c.FlowFile),
	)
}

func checkVolume(file *File, field string, volume *Volume) error {
	if volume == nil {
		return nil
	}
	if err := positive(volume.Size); err != nil {
		return file.Errorf(field+".size", "%s", err)
	}
	if volume.StorageClassName != "" && !isSubdomain(volume.StorageClassName) {
		return file.Errorf(field+".storageClassName", "%q is no object name", volume.StorageClassName)
	}
	return nil
}

// positive refuses what is no Kubernetes quantity above zero. Exponents are
// left out: nobody writes them, and parsing a huge one takes seconds.
func positive(text string) error {
	if regexp.MustCompile(`^\d{1,12}(\.\d{1,6})?(m|k|[KMGTP]i?)?$`).MatchString(text) {
		if quantity, err := resource.ParseQuantity(text); err == nil && quantity.Sign() > 0 {
			return nil
		}
	}
	return fmt.Errorf("%q is no quantity above zero, such as %q", text, "10Gi")
}

func withDefaults(given, defaults map[string]string) map[string]string {
	merged := maps.Clone(defaults)
	maps.Copy(merged, given)
	return merged
}

func orDefault(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

func orInt(value *int, fallback int) int {
	if value == nil {
		return fallback
	}
	return *value
}
