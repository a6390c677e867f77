package topology

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// PortNiFiCA is where the tls-toolkit's server listens (TlsConfig.DEFAULT_PORT).
const PortNiFiCA = 9443

// How strictly the certificate authority keeps away from the Kubernetes nodes
// that run NiFi.
const (
	AffinityRequired  = "required"
	AffinityPreferred = "preferred" // for a Kubernetes cluster of one node
)

// minTokenLength is what the tls-toolkit demands (TlsHelper.calculateHMac).
const minTokenLength = 16

// completeNiFiCA fills in the certificate authority of source nifi-ca.
func (c *Cluster) completeNiFiCA(file *File, given *NiFiCA) error {
	if c.TLSSource != SourceNiFiCA {
		if given != nil {
			return file.Errorf("spec.tls.nifiCA", "is for source %s, and the source is %s: keep one of the two", SourceNiFiCA, c.TLSSource)
		}
		return nil
	}
	if given == nil {
		given = &NiFiCA{}
	}
	c.NiFiCA = NiFiCA{
		Image:        orDefault(given.Image, "apache/nifi-toolkit:1.28.1"), // no toolkit of NiFi 2 has a tls-toolkit
		Storage:      Volume{orDefault(given.Storage.Size, "100Mi"), given.Storage.StorageClassName},
		AntiAffinity: orDefault(given.AntiAffinity, AffinityRequired),
	}
	if strings.ContainsAny(c.NiFiCA.Image, " \t\n\"'") {
		return file.Errorf("spec.tls.nifiCA.image", "%q is no image reference", c.NiFiCA.Image)
	}
	if affinities := []string{AffinityRequired, AffinityPreferred}; !slices.Contains(affinities, c.NiFiCA.AntiAffinity) {
		return file.Errorf("spec.tls.nifiCA.antiAffinity", "%q must be %s%s", c.NiFiCA.AntiAffinity, strings.Join(affinities, " or "), nearest(c.NiFiCA.AntiAffinity, affinities))
	}
	return checkVolume(file, "spec.tls.nifiCA.storage", &c.NiFiCA.Storage)
}

// defaultRestart is how pods may be restarted for trust unless the document
// says it: of a nifi-ca there is no other cure.
func (c *Cluster) defaultRestart() string {
	if c.TLSSource == SourceNiFiCA {
		return "full"
	}
	return "rolling"
}

// DefaultToken is what the tls-toolkit's examples and old charts have as the
// token: whoever reaches such a certificate authority can be a node.
const DefaultToken = "sixteenCharacters"

// ValidToken refuses tokens that the tls-toolkit doesn't take, that everybody
// knows, or that its configuration file, which is JSON, would have to escape.
func ValidToken(token string) error {
	switch {
	case len(token) < minTokenLength:
		return fmt.Errorf("has %d characters: at least %d", len(token), minTokenLength)
	case token == DefaultToken:
		return errors.New("is the one of the tls-toolkit's examples, which everybody knows: delete the file, and a new one is made")
	}
	for _, char := range token {
		if char < '!' || char > '~' || char == '"' || char == '\\' {
			return errors.New(`holds a blank, a quote, a backslash or a character outside ASCII`)
		}
	}
	return nil
}
