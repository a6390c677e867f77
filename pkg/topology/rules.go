package topology

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

const (
	maxNameLength = 40 // leaves room for the suffixes of every derived name
	minKeyLength  = 12 // NiFi's own minimum for nifi.sensitive.props.key
)

func (c *Cluster) completeNames(file *File) error {
	if problems := validation.IsDNS1035Label(c.Cluster); len(problems) > 0 {
		return file.Errorf("metadata.name", "%q is no DNS label (RFC 1035): lower-case letters, digits and '-', a letter first", c.Cluster)
	}
	if len(c.Cluster) > maxNameLength {
		return file.Errorf("metadata.name", "%q has %d characters: at most %d", c.Cluster, len(c.Cluster), maxNameLength)
	}
	if strings.HasSuffix(c.Cluster, "-healer") {
		return file.Errorf("metadata.name", "%q ends in -healer, as the names of nifi-healer's ServiceAccount and Roles do: choose another", c.Cluster)
	}
	if problems := validation.IsDNS1123Label(c.Namespace); len(problems) > 0 {
		return file.Errorf("metadata.namespace", "%q is no namespace name (RFC 1123 label)", c.Namespace)
	}
	if !isSubdomain(c.Domain) {
		return file.Errorf("spec.clusterDomain", "%q is no DNS domain", c.Domain)
	}
	return nil
}

func isSubdomain(name string) bool { return len(validation.IsDNS1123Subdomain(name)) == 0 }

func (c *Cluster) completeConfig(file *File) error {
	config := &file.Document.Spec.Config
	if c.MaxThreads < 1 {
		return file.Errorf("spec.config.maxThreads", "is %d: must be 1 or more", c.MaxThreads)
	}
	if config.SensitivePropsKey != "" && config.SensitivePropsKeySecretRef != nil {
		return file.Errorf("spec.config.sensitivePropsKeySecretRef", "stands beside sensitivePropsKey: keep one of the two")
	}
	if key := config.SensitivePropsKey; key != "" {
		if err := ValidSensitiveKey(key); err != nil {
			return file.Errorf("spec.config.sensitivePropsKey", "%s", err)
		}
	}
	return checkRef(file, "spec.config.sensitivePropsKeySecretRef", config.SensitivePropsKeySecretRef)
}

func checkRef(file *File, field string, ref *SecretRef) error {
	if ref == nil {
		return nil
	}
	if !isSubdomain(ref.Name) {
		return file.Errorf(field+".name", "%q is no Secret name", ref.Name)
	}
	if len(validation.IsConfigMapKey(ref.Key)) > 0 {
		return file.Errorf(field+".key", "%q is no key of a Secret", ref.Key)
	}
	return nil
}

func (c *Cluster) completeLogin(file *File) error {
	auth := &file.Document.Spec.Auth
	c.Login = orDefault(auth.Type, LoginSingleUser)
	switch c.Login {
	case LoginCertificate:
		return nil
	case LoginLDAP, LoginOIDC:
		return file.Errorf("spec.auth.type", "%q is not rendered by this version: use %s or %s", c.Login, LoginSingleUser, LoginCertificate)
	case LoginSingleUser:
		return c.completeSingleUser(file, auth.SingleUser)
	}
	return file.Errorf("spec.auth.type", "%q must be %s", c.Login, strings.Join([]string{LoginSingleUser, LoginCertificate, LoginLDAP, LoginOIDC}, ", "))
}

func (c *Cluster) completeSingleUser(file *File, user *SingleUser) error {
	c.Username = "admin"
	if user == nil {
		return nil
	}
	if user.PasswordSecretRef != nil {
		return file.Errorf("spec.auth.single-user.passwordSecretRef", "is not rendered by this version: leave it out and the password is generated once into secrets/")
	}
	c.Username = orDefault(user.Username, "admin")
	if len(c.Username) < 4 || strings.TrimSpace(c.Username) != c.Username {
		return file.Errorf("spec.auth.single-user.username", "%q must have 4 characters or more and no blank at either end", c.Username)
	}
	return nil
}

func (c *Cluster) completeHealer(file *File) error {
	modes := []string{HealerObserve, HealerSuggest, HealerAct}
	if !slices.Contains(modes, c.HealerMode) {
		return file.Errorf("spec.healer.mode", "%q must be one of %s", c.HealerMode, strings.Join(modes, ", "))
	}
	restarts := []string{"never", "rolling", "full"}
	c.TrustRestart = orDefault(c.TrustRestart, c.defaultRestart())
	if !slices.Contains(restarts, c.TrustRestart) {
		return file.Errorf("spec.healer.trustRestart", "%q must be one of %s", c.TrustRestart, strings.Join(restarts, ", "))
	}
	if why := validation.IsDNS1123Label(c.HealerFrom); file.Document.Spec.Healer.Namespace != "" && len(why) > 0 {
		return file.Errorf("spec.healer.namespace", "%q: %s", c.HealerFrom, why[0])
	}
	return nil
}
