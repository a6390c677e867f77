package findings

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// Rendered is what a finding needs of an overlay's manifests.
type Rendered struct {
	Sets            []appsv1.StatefulSet
	Secrets         map[string]corev1.Secret
	ServiceAccounts map[string]bool
	Services        map[string]bool
	ConfigMaps      []corev1.ConfigMap
	Certificates    []CertificateManifest
}

// CertificateManifest is what a finding needs of a cert-manager Certificate.
type CertificateManifest struct {
	Metadata metav1.ObjectMeta `json:"metadata"`
	Spec     struct {
		SecretName string   `json:"secretName"`
		DNSNames   []string `json:"dnsNames"`
	} `json:"spec"`
}

// ReadManifests sorts a stream of manifests.
func ReadManifests(stream []byte) (Rendered, error) {
	r := Rendered{Secrets: map[string]corev1.Secret{}, ServiceAccounts: map[string]bool{}, Services: map[string]bool{}}
	for _, manifest := range bytes.Split(stream, []byte("\n---\n")) {
		if err := r.add(manifest); err != nil {
			return Rendered{}, fmt.Errorf("reading a manifest: %w", err)
		}
	}
	return r, nil
}

func (r *Rendered) add(manifest []byte) error {
	var meta metav1.PartialObjectMetadata
	if err := yaml.Unmarshal(manifest, &meta); err != nil {
		return err
	}
	switch meta.Kind {
	case "StatefulSet":
		return into(manifest, func(s appsv1.StatefulSet) { r.Sets = append(r.Sets, s) })
	case "Secret":
		return into(manifest, func(s corev1.Secret) { r.Secrets[s.Name] = s })
	case "ConfigMap":
		return into(manifest, func(c corev1.ConfigMap) { r.ConfigMaps = append(r.ConfigMaps, c) })
	case "Certificate":
		return into(manifest, func(c CertificateManifest) { r.Certificates = append(r.Certificates, c) })
	case "ServiceAccount":
		r.ServiceAccounts[meta.Name] = true
	case "Service":
		r.Services[meta.Name] = true
	}
	return nil
}

func into[T any](manifest []byte, keep func(T)) error {
	var object T
	if err := yaml.Unmarshal(manifest, &object); err != nil {
		return err
	}
	keep(object)
	return nil
}

// certManager tells that some cluster of the overlay needs cert-manager, or
// that there is none to tell.
func (r Rendered) certManager() bool {
	return len(r.Sets) == 0 || slices.ContainsFunc(r.Sets, byCertManager)
}

// byCertManager tells that cert-manager issues the certificates of a cluster's
// nodes.
func byCertManager(set appsv1.StatefulSet) bool {
	return view.StatefulSet{TLSSource: set.Annotations[topology.AnnotationTLSSource]}.CertManager()
}

// Candidates is how many votes end a cluster's flow election; false if the
// overlay doesn't say.
func (r Rendered) Candidates(cluster string) (int, bool) {
	for line := range strings.Lines(string(r.Secrets[cluster+"-topology"].Data["15-topology.properties"])) {
		if value, found := strings.CutPrefix(strings.TrimSpace(line), "nifi.cluster.flow.election.max.candidates="); found {
			n, err := strconv.Atoi(value)
			return n, err == nil
		}
	}
	return 0, false
}
