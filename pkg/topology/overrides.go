package topology

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// completeOverrides takes any nifi.* property. A person's word wins over ours,
// but a property that the cluster's cohesion rests on earns a warning.
func (c *Cluster) completeOverrides(file *File) error {
	overrides := file.Document.Spec.Overrides
	for _, name := range slices.Sorted(maps.Keys(overrides)) {
		value := overrides[name]
		field := "spec.overrides." + name
		if !regexp.MustCompile(`^nifi\.[A-Za-z0-9._-]+$`).MatchString(name) {
			return file.Errorf(field, "is no nifi.* property")
		}
		if name == "nifi.sensitive.props.key" {
			return file.Errorf(field, "would be a key in plain text: use spec.config.sensitivePropsKeySecretRef")
		}
		if strings.ContainsAny(value, "\r\n") {
			return file.Errorf(field, "holds a line break, which no property can")
		}
		if reason := cohesion(name); reason != "" {
			c.warnf("override %s: %s", name, reason)
		}
		c.Overrides = append(c.Overrides, Property{name, value})
	}
	return nil
}

// cohesion is why a property had better stay as rendered, "" if it may change.
func cohesion(name string) string {
	for _, rule := range []struct{ pattern, reason string }{
		{`^nifi\.(web\.https\.host|cluster\.node\.address|cluster\.load\.balance\.host)$`, "a node's certificate, SNI and election identity need its pod's own name here"},
		{`^nifi\.web\.https\.(port|network\.interface\..*)$`, "probes, Services and port-forward expect port 8443 on the pod's loopback and eth0"},
		{`^nifi\.security\.(keystore|truststore|autoreload).*`, "renewed certificates are served with no restart only through the rendered PEM stores"},
		{`^nifi\.cluster\.(leader\.election|protocol\.is\.secure|is\.node).*`, "without it the nodes don't form this cluster"},
		{`^nifi\.state\.management\.provider\.cluster$`, "cluster state would no longer live in Kubernetes"},
		{`^nifi\.(flow\.configuration\.file|.*repository\.directory.*|database\.directory)$`, "outside ./state it is gone with the pod"},
		{`^nifi\.security\.user\.(authorizer|login\.identity\.provider)$`, "set spec.auth instead"},
	} {
		if regexp.MustCompile(rule.pattern).MatchString(name) {
			return rule.reason
		}
	}
	return ""
}

func (c *Cluster) warnf(format string, args ...any) {
	c.Warnings = append(c.Warnings, fmt.Sprintf(format, args...))
}

// ValidSensitiveKey refuses keys that NiFi or a properties file can't take.
func ValidSensitiveKey(key string) error {
	if len(key) < minKeyLength {
		return fmt.Errorf("has %d characters: at least %d", len(key), minKeyLength)
	}
	for _, char := range key {
		if char < '!' || char > '~' {
			return errors.New("holds a blank or a character outside ASCII")
		}
	}
	return nil
}
