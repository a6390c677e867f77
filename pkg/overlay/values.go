package overlay

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// values is what the templates see: the cluster and what follows from it.
type values struct {
	topology.Cluster
	access
	PasswordHash string
}

// certificate is one cert-manager Certificate.
type certificate struct {
	Secret, CommonName string
	DNSNames           []string
}

// podSecret is one projection into the tls-sync container.
type podSecret struct{ Pod, Secret string }

// repository is one repository on a volume of its own.
type repository struct {
	Name, Directory, Property string
	Volume                    topology.Volume
}

// logFile is one of NiFi's log files under the appender name of its own logback.xml.
type logFile struct{ Appender, Name, Cap, Pattern string }

// Name is the cluster's.
func (v values) Name() string { return v.Names.Cluster }

// HealerActs tells that the healer may do more than look.
func (v values) HealerActs() bool { return v.HealerMode != topology.HealerObserve }

func (v values) SingleUser() bool   { return v.Login == topology.LoginSingleUser }
func (v values) GeneratesKey() bool { return v.SensitiveKeyRef == nil }

// Selector and Labels are YAML flow mappings, which are JSON too.
func (v values) Selector() string {
	return fmt.Sprintf("{%s: nifi, %s: %q}", topology.LabelName, topology.LabelInstance, v.Name())
}

func (v values) Labels() string {
	return fmt.Sprintf("{%s: nifi, %s: %q, %s: kubectl-nifi}",
		topology.LabelName, topology.LabelInstance, v.Name(), topology.LabelManagedBy)
}

func (v values) PodLabels() string {
	return strings.TrimSuffix(v.Labels(), "}") + fmt.Sprintf(", %s: node}", topology.LabelComponent)
}

// Components are the concerns this cluster has besides the base.
func (v values) Components() []string {
	var names []string
	for _, component := range []struct {
		name string
		used bool
	}{
		{"namespace", v.CreateNamespace},
		{"cert-manager", v.TLSSource == topology.SourceCertManager},
		{"own-root", v.TLSSource == topology.SourceCertManager && v.Issuer == nil},
		{"nifi-ca", v.FromNiFiCA()},
		{"single-user", v.SingleUser()},
		{"repository-volumes", len(v.Repositories()) > 0},
		{"overrides", len(v.Overrides) > 0},
		{"require-drain", v.RequireDrain},
	} {
		if component.used {
			names = append(names, component.name)
		}
	}
	return names
}

func (v values) CAName() string { return v.CA(v.CAGeneration) }

func (v values) IssuerName() string {
	if v.Issuer == nil {
		return v.CAName()
	}
	return v.Issuer.Name
}

func (v values) IssuerKind() string {
	if v.Issuer == nil {
		return "Issuer"
	}
	return v.Issuer.Kind
}

// NodeCertificates are those of every ordinal the cluster may grow to.
func (v values) NodeCertificates() []certificate {
	var all []certificate
	for i := range v.MaxReplicas {
		all = append(all, certificate{v.NodeSecret(i), v.Pod(i), v.namesOf(v.Pod(i))})
	}
	return all
}

// namesOf is what a node answers under: its own name and those of the UI's
// Service.
func (v values) namesOf(pod string) []string {
	short := fmt.Sprintf("%s.%s.%s.svc", pod, v.Headless(), v.Namespace)
	return slices.Concat([]string{v.FQDN(pod), short}, v.uiNames(), []string{"localhost"})
}

func (v values) ClientCertificates() []certificate {
	return []certificate{
		{Secret: v.AdminSecret(), CommonName: v.Name() + "-admin"},
		{Secret: v.HealerSecret(), CommonName: v.Name() + "-healer"},
	}
}

func (v values) uiNames() []string {
	ui := v.UI()
	service := fmt.Sprintf("%s.%s.svc", ui, v.Namespace)
	return []string{ui, ui + "." + v.Namespace, service, service + "." + v.Domain}
}

// ProxyHosts are the Host headers that NiFi accepts besides its own name
// (nifi.web.proxy.host).
func (v values) ProxyHosts() string {
	var hosts []string
	for _, name := range append(v.uiNames(), "localhost") {
		hosts = append(hosts, fmt.Sprintf("%s:%d", name, topology.PortHTTPS))
	}
	return strings.Join(hosts, ",")
}

// PodSecrets names every ordinal's Secret, there or not.
func (v values) PodSecrets() []podSecret {
	var all []podSecret
	for i := range topology.MaxNodes {
		all = append(all, podSecret{v.Pod(i), v.NodeSecret(i)})
	}
	return all
}

func (v values) KeySecret() string {
	if v.SensitiveKeyRef != nil {
		return v.SensitiveKeyRef.Name
	}
	return v.Keys()
}

func (v values) KeyName() string {
	if v.SensitiveKeyRef != nil {
		return v.SensitiveKeyRef.Key
	}
	return path.Base(keyFile)
}

func (v values) Repositories() []repository {
	var all []repository
	for _, r := range []struct {
		name, property string
		volume         *topology.Volume
	}{
		{"content", "nifi.content.repository.directory.default", v.Content},
		{"provenance", "nifi.provenance.repository.directory.default", v.Provenance},
		{"flowfile", "nifi.flowfile.repository.directory", v.FlowFile},
	} {
		if r.volume != nil {
			all = append(all, repository{r.name, r.name + "_repository", r.property, *r.volume})
		}
	}
	return all
}

// LogFiles keep the official appender names. Sizes are small because the
// console has the application's log as well.
func (v values) LogFiles() []logFile {
	return []logFile{
		{"APP_FILE", "nifi-app", "500MB", "${line}"},
		{"USER_FILE", "nifi-user", "100MB", "${line}"},
		{"REQUEST_FILE", "nifi-request", "100MB", "%msg%n"},
		{"BOOTSTRAP_FILE", "nifi-bootstrap", "50MB", "${line}"},
		{"DEPRECATION_FILE", "nifi-deprecation", "50MB", "${line}"},
	}
}
