// Package certsv1 is the versioned documents that kubectl nifi certs and certs
// compare print with -o json and -o yaml. Fields are only ever added to them.
// Fingerprints are the SHA-256 of DER in lower-case hexadecimal.
package certsv1

import (
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// The kinds of document this package describes.
const (
	APIVersion     = "certs.kubectl-nifi.dev/v1"
	KindCluster    = "ClusterCertificates"
	KindComparison = "StoreComparison"
)

// ClusterCertificates is what the nodes of a cluster serve, hold and accept,
// and who trusts whom, at a moment.
type ClusterCertificates struct {
	APIVersion  string        `json:"apiVersion"`
	Kind        string        `json:"kind"`
	Metadata    Metadata      `json:"metadata"`
	Well        bool          `json:"well"` // every cell is Yes, and no pod refuses a client certificate of an anchor in its files
	Message     string        `json:"message"`
	Pods        []Pod         `json:"pods"`
	Trust       Trust         `json:"trust"`
	Authorities []Certificate `json:"authorities"` // known anchors
	Forecast    []Forecast    `json:"forecast"`    // of cert-manager's Certificates, by name
	Errors      []Error       `json:"errors"`
}

// Forecast is when a cert-manager Certificate expires, and is to be renewed.
type Forecast struct {
	Name     string    `json:"name"`
	Secret   string    `json:"secret"`
	NotAfter time.Time `json:"notAfter,omitzero"`
	RenewAt  time.Time `json:"renewAt,omitzero"`
}

// Metadata says which cluster, and when.
type Metadata struct {
	Name      string    `json:"name"`
	Namespace string    `json:"namespace"`
	Time      time.Time `json:"time"`
}

// Pod is one pod's certificate and anchors from three sides.
type Pod struct {
	Name    string       `json:"name"`
	Served  Served       `json:"served"`
	Files   Files        `json:"files"`
	Accepts []Acceptance `json:"accepts,omitempty"`
	Stores  *Stores      `json:"stores,omitempty"` // where tls-sync doesn't write the files, or if asked for
	// FilesServed tells whether the leaf in the files is the one served; absent
	// if either is unknown.
	FilesServed *bool `json:"filesServed,omitempty"`
}

// Served is what a handshake to the pod's HTTPS port showed.
type Served struct {
	Chain  []Certificate      `json:"chain,omitempty"` // leaf first
	Anchor *trust.Fingerprint `json:"anchor,omitempty"`
	Error  string             `json:"error,omitempty"`
}

// Files is what the tls-sync container last said it wrote for NiFi.
type Files struct {
	Published time.Time           `json:"published,omitzero"`
	Chain     []trust.Fingerprint `json:"chain,omitempty"` // leaf first
	Anchors   []trust.Fingerprint `json:"anchors,omitempty"`
	Refusals  []Refusal           `json:"refusals,omitempty"`
	Error     string              `json:"error,omitempty"`
}

// Stores is what the keystore and the truststore hold, as read in the pod.
type Stores struct {
	Keystore   []Entry  `json:"keystore"`
	Truststore []Anchor `json:"truststore"`
	Error      string   `json:"error,omitempty"` // why one of them isn't known
}

// Entry is one key of a keystore, without the key.
type Entry struct {
	Alias string        `json:"alias,omitempty"`
	Chain []Certificate `json:"chain"` // leaf first
}

// Refusal is a file that tls-sync kept away from NiFi.
type Refusal struct {
	Time   time.Time `json:"time"`
	Event  string    `json:"event"`
	File   string    `json:"file,omitempty"`
	Reason string    `json:"reason"`
}

// Acceptance is whether a pod let a client certificate of an authority in.
type Acceptance struct {
	Authority trust.Fingerprint `json:"authority"`
	Verdict   trust.Verdict     `json:"verdict"` // Yes, No, Unknown
	Detail    string            `json:"detail,omitempty"`
}

// Certificate is the facts of one certificate.
type Certificate struct {
	SHA256    trust.Fingerprint `json:"sha256"`
	Subject   string            `json:"subject"`
	Issuer    string            `json:"issuer"` // a name; two issuers may bear it
	Serial    string            `json:"serial"` // hexadecimal
	NotBefore time.Time         `json:"notBefore"`
	NotAfter  time.Time         `json:"notAfter"`
	DNSNames  []string          `json:"dnsNames,omitempty"`
	IPs       []string          `json:"ipAddresses,omitempty"`
	Key       string            `json:"key"`
	Usages    []string          `json:"extendedKeyUsages,omitempty"`
	CA        bool              `json:"ca"`
}

// Trust is who trusts whom.
type Trust struct {
	Verified bool    `json:"verified"` // every cell is Yes
	Cells    []Cell  `json:"cells"`
	Groups   []Group `json:"groups"`  // nodes that trust each other, the largest first
	OddOnes  []Group `json:"oddOnes"` // the groups outside the majority, if there is one
}

// Cell is whether node To trusts the chain of node From.
type Cell struct {
	From    string             `json:"from"`
	To      string             `json:"to"`
	Verdict trust.Verdict      `json:"verdict"` // Yes, No, Unknown
	Reason  trust.Reason       `json:"reason,omitempty"`
	Detail  string             `json:"detail,omitempty"`
	Anchor  *trust.Fingerprint `json:"anchor,omitempty"` // that verifies
}

// Group is nodes that trust each other.
type Group struct {
	Nodes   []string            `json:"nodes"`
	Anchors []trust.Fingerprint `json:"anchors"`
	Issuers []trust.Fingerprint `json:"issuers"`
}

// Error says what one source failed on.
type Error struct {
	Source  string `json:"source"`
	Subject string `json:"subject,omitempty"` // a pod
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

// StoreComparison is what keystores and truststores say, with no cluster.
type StoreComparison struct {
	APIVersion string      `json:"apiVersion"`
	Kind       string      `json:"kind"`
	Time       time.Time   `json:"time"`
	Well       bool        `json:"well"` // every cell is Yes
	Message    string      `json:"message"`
	Nodes      []StoreNode `json:"nodes"`
	Trust      Trust       `json:"trust"`
}

// StoreNode is one node's two stores.
type StoreNode struct {
	Name       string        `json:"name"`
	Alias      string        `json:"alias,omitempty"` // of the key entry
	Chain      []Certificate `json:"chain"`           // leaf first
	Truststore []Anchor      `json:"truststore"`
}

// Anchor is one entry of a truststore.
type Anchor struct {
	Alias       string      `json:"alias,omitempty"`
	Certificate Certificate `json:"certificate"`
}
