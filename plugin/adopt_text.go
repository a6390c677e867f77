package plugin

import (
	"fmt"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// String is what was found, what will be recorded and what NiFi has to grant.
func (a *adoption) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "StatefulSet %s in namespace %s, adopted as %s\n", a.workload.Name, a.Names.Namespace, a.Names.Cluster)
	facts := &table{}
	for _, fact := range a.facts() {
		facts.add(cell{text: fact[0]}, cell{text: fact[1]})
	}
	out.WriteString(facts.String())
	out.WriteString("\nMade in Kubernetes; nothing that is there is changed\n")
	for _, object := range a.objects {
		fmt.Fprintf(&out, "  %s %s\n", object.Kind, object.Name)
	}
	out.WriteString("\n" + a.grantsText())
	return out.String()
}

// facts is the layout, for people.
func (a *adoption) facts() [][2]string {
	l := a.Names.Layout
	return [][2]string{
		{"pods", fmt.Sprintf("%d of %d run; container %s; labels %s", len(a.workload.Running), a.workload.Replicas, l.Container, l.Selector)},
		{"addresses", fmt.Sprintf("%s, protocol port %d, headless Service %s", a.Names.Endpoint(a.Names.Pod(0)), l.ProtocolPort, l.Headless)},
		{"election", electionText(l)},
		{"keystore", locationText(a.Stores.Keystore)},
		{"truststore", locationText(a.Stores.Truststore)},
		{"reload", map[bool]string{true: "NiFi loads changed stores by itself", false: "changed stores are loaded by a restart"}[l.Autoreload]},
		{"reached by", map[bool]string{true: "port-forward", false: "exec, since HTTPS doesn't listen on the pod's loopback"}[l.Loopback]},
		{"asked as", a.askedAs()},
	}
}

func electionText(l topology.Layout) string {
	if l.Election == topology.ElectionZooKeeper {
		return "by ZooKeeper: only NiFi itself knows its coordinator"
	}
	if l.LeasePrefix == "" {
		return "by Leases, without a prefix"
	}
	return "by Leases, prefix " + l.LeasePrefix
}

// locationText is a file and where its password is, never what it is.
func locationText(l trust.Location) string {
	text := strings.TrimSpace(fmt.Sprintf("%s %s", l.Path, l.Type))
	if l.Password.File != "" {
		text += fmt.Sprintf(", password: %s in %s", l.Password.Property, l.Password.File)
	}
	return text
}

func (a *adoption) askedAs() string {
	if a.admin == nil {
		return fmt.Sprintf("nobody: Secret %s isn't there; give --client-secret or --nifi-client-certificate", a.Names.AdminSecret())
	}
	return fmt.Sprintf("%s, Secret %s", subjectOf(a.admin.certificate), a.Names.AdminSecret())
}

// grantsText is what NiFi has to grant.
func (a *adoption) grantsText() string {
	switch {
	case len(a.grants) == 0 && a.Names.Layout.Authorizer == "single-user-authorizer":
		return "NiFi has to grant nothing: its single-user-authorizer lets every certificate do everything that its truststore trusts\n"
	case len(a.grants) == 0:
		return "NiFi has to grant nothing, since nobody is to ask it\n"
	}
	grants := &table{}
	grants.header("IDENTITY", "POLICY", "ACTION", "TO")
	for _, g := range a.grants {
		grants.add(cell{text: g.Identity}, cell{text: g.Resource}, cell{text: g.Action}, cell{text: g.Why})
	}
	if a.mapped {
		return "To be granted in NiFi by hand: nifi.security.identity.mapping is set, so NiFi may know these identities by other names\n" + grants.String()
	}
	return "Granted in NiFi (users and policies; what is granted already stays as it is)\n" + grants.String()
}
