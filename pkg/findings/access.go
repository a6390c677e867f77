package findings

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// rights judges what NiFi's own ServiceAccount may do.
func rights(f facts) []Finding {
	if f.detail.Rules == nil || f.Names.Adopted() { // whose rights may come from anywhere
		return nil
	}
	account := fmt.Sprintf("system:serviceaccount:%s:%s", f.Names.Namespace, f.Names.Cluster)
	if !slices.ContainsFunc(f.detail.Rules, func(r view.Rule) bool { return !r.Healer }) {
		return []Finding{find(NoRole, "", "kubectl apply -k of the overlay brings its Role and RoleBinding back", "no RoleBinding gives "+account+" a rule")}
	}
	var all []Finding
	if missing := f.missingLeaseVerbs(); len(missing) > 0 {
		all = append(all, find(LeaseRights, "", f.leaseRemedy(), account+" may not "+strings.Join(missing, ", ")))
	}
	var missing []string
	for _, verb := range []string{"get", "create", "update", "patch", "delete"} {
		if !f.detail.Allows("", "configmaps", f.Names.Cluster+"-nifi-component-x", verb) {
			missing = append(missing, verb)
		}
	}
	if len(missing) > 0 {
		all = append(all, find(StateRights, "", "kubectl apply -k of the overlay brings its Role back",
			fmt.Sprintf("%s may not %s configmaps, where NiFi keeps the state of components", account, strings.Join(missing, ", "))))
	}
	return all
}

func (f facts) leaseRemedy() string {
	return "kubectl apply -k of the overlay brings its Role back: get, update, patch on its leases, create on leases; NiFi renews with PATCH"
}

// missingLeaseVerbs names the verbs on leases that are missing. A lease that is
// there need not be created.
func (f facts) missingLeaseVerbs() []string {
	var missing []string
	for _, lease := range []string{f.Names.CoordinatorLease(), f.Names.PrimaryLease()} {
		for _, verb := range []string{"get", "update", "patch"} {
			if !f.detail.Allows("coordination.k8s.io", "leases", lease, verb) {
				missing = append(missing, verb+" leases/"+lease)
			}
		}
	}
	if !f.detail.Allows("coordination.k8s.io", "leases", "", "create") {
		missing = append(missing, "create leases")
	}
	return missing
}

// sources judges what could not be read: a right that is missing, or no answer.
func sources(f facts) []Finding {
	var all []Finding
	for _, e := range f.Errors {
		if id, remedy := f.sourceFinding(e); id != "" {
			all = append(all, find(id, e.Subject, remedy, e.String()))
		}
	}
	return all
}

func (f facts) sourceFinding(e view.SourceError) (id ID, remedy string) {
	asked := e.Source == view.SourceNode || e.Source == view.SourceCoordinator
	switch {
	case e.Source == view.SourceStatefulSet && e.Reason == view.ReasonNotFound, e.Reason == view.ReasonNoLeader:
		return "", "" // findings of their own
	case e.Source == view.SourceCertificates && e.Reason == view.ReasonNotFound:
		return NoCertManager, "install cert-manager: https://cert-manager.io/docs/installation/"
	case e.Source == view.SourceCPU, e.Source == view.SourceVolumes && e.Reason != view.ReasonForbidden:
		return "", "" // what is unknown then is no trouble yet
	case e.Source == view.SourceRequests && e.Reason == view.ReasonNotFound:
		return "", "" // it goes with the Certificates
	case e.Source == view.SourceNode && unproven(e):
		return PairBroken, f.kubectl("delete secret %s-tls", e.Subject) + " makes cert-manager issue a pair anew"
	case asked && unproven(e):
		return "", "" // the node's own finding tells it
	case asked && strings.Contains(e.Message, "Invalid SNI"):
		return InvalidSNI, "the name must be in the node's certificate: add it to the overlay's Certificate, or call NiFi by one of " + f.Names.FQDN("POD") + " and the names in nifi.web.proxy.host"
	case asked && strings.Contains(e.Message, "421"):
		return Misdirected, "name host and port in nifi.web.proxy.host, or make the proxy send the Host header with port 8443"
	case asked && e.Reason == view.ReasonForbidden && strings.Contains(e.Message, "port-forward"):
		return MissingRight, "ask for the right to create pods/portforward in namespace " + f.Names.Namespace
	case asked && e.Reason == view.ReasonForbidden && strings.Contains(e.Message, "exec"):
		return MissingRight, "ask for the right to create pods/exec in namespace " + f.Names.Namespace
	case asked && e.Reason == view.ReasonForbidden:
		return NiFiRefuses, "grant the certificate's user the policies to view the user interface and to access the controller"
	case e.Reason == view.ReasonForbidden && f.essential(e.Source):
		return MissingRight, "ask for the right to " + f.right(e.Source)
	case e.Source == view.SourceVolumes:
		return MissingDetailRight, "grant the certificate's user the policy to view system diagnostics"
	case e.Reason == view.ReasonForbidden:
		return MissingDetailRight, "ask for the right to " + f.right(e.Source)
	case e.Source == view.SourceCredentials:
		return NoCredentials, "pass --nifi-client-certificate, --nifi-client-key and --nifi-certificate-authority"
	case asked && (f.quiet(e) || unverified(e) && f.spreading()):
		return "", ""
	case asked && unverified(e):
		return NoAnswer, fmt.Sprintf("publish the node's root to all who must trust it: put the ca.crt of its Secret into Secret %s; kubectl nifi certs %s -n %s tells which", f.Names.Trust(), f.Names.Cluster, f.Names.Namespace)
	case !f.essential(e.Source) && !asked && e.Reason == view.ReasonNotFound:
		return "", ""
	default:
		return NoAnswer, "run it again with a longer --timeout"
	}
}

// unverified tells that a node was asked and what it serves was not trusted by
// the one who asked (crypto/tls.CertificateVerificationError).
func unverified(e view.SourceError) bool {
	return strings.Contains(e.Message, "failed to verify certificate")
}

// unproven tells that a node served a certificate and signed with another key
// (crypto/tls): NiFi loads whatever pair its files hold.
func unproven(e view.SourceError) bool {
	return strings.Contains(e.Message, "invalid signature by the server certificate")
}

// essential tells that without this source a diagnosis says little.
func (f facts) essential(source view.Source) bool {
	return slices.Contains([]view.Source{
		view.SourceStatefulSet, view.SourcePods, view.SourceCredentials, view.SourceLeases, view.SourceCertificates,
	}, source)
}

// right is the verb and resource that a source needs, as a Role spells it.
func (f facts) right(source view.Source) string {
	what := map[view.Source]string{
		view.SourceStatefulSet: "get statefulsets (apps)", view.SourcePods: "list pods", view.SourceLeases: "get leases (coordination.k8s.io)",
		view.SourceCertificates: "list certificates (cert-manager.io)", view.SourceCredentials: "get secrets/" + f.Names.AdminSecret(),
		view.SourceEvents: "list events", view.SourceClaims: "list persistentvolumeclaims", view.SourceServices: "list services",
		view.SourceEndpoints: "list endpointslices (discovery.k8s.io)", view.SourceRequests: "list certificaterequests (cert-manager.io)",
		view.SourceRules: "list rolebindings, get roles (rbac.authorization.k8s.io)", view.SourceClasses: "list storageclasses (storage.k8s.io)",
		view.SourceBudgets:   "list poddisruptionbudgets (policy)",
		view.SourceNamespace: "get namespaces", view.SourceQuotas: "list resourcequotas", view.SourceTopology: "get secrets/" + f.Names.Cluster + "-topology", view.SourceLogs: "get pods/log",
		view.SourceNiFiCA: "list deployments (apps) and pods", view.SourceSecrets: "list secrets",
	}[source]
	if what == "" {
		what = "read " + string(source)
	}
	return what + " in namespace " + f.Names.Namespace
}

// quiet tells that a node's silence is no news: its pod is not ready, which is
// judged elsewhere, or will not be in a moment, since nothing listens in it any
// more. The coordinator's view isn't to be had while no pod is ready, and for a
// moment when pods come or go, of which one may have been the coordinator.
func (f facts) quiet(e view.SourceError) bool {
	if e.Source == view.SourceCoordinator {
		return f.Pods != nil && (!f.elsewhereUp() || slices.ContainsFunc(f.Pods, func(p view.Pod) bool { return f.young(&p) }))
	}
	p := f.pod(e.Subject)
	return p != nil && (!p.Ready || strings.Contains(e.Message, "connection refused"))
}
