package findings

import "strings"

// Definition is what is always true of a kind of finding.
type Definition struct {
	ID       ID
	Area     string
	Severity Severity
	Title    string
}

// Anchor is the section of docs/findings.md about it.
func (d Definition) Anchor() string { return "docs/findings.md#" + strings.ToLower(string(d.ID)) }

// Definition looks the ID up in the catalogue.
func (id ID) Definition() Definition {
	for _, d := range Catalogue() {
		if d.ID == id {
			return d
		}
	}
	return Definition{ID: id, Severity: Critical, Title: string(id)}
}

// Areas lists the areas in the order of diagnosis: from what the cluster stands
// on to what is in it.
func Areas() []string {
	var areas []string
	for _, d := range Catalogue() {
		if len(areas) == 0 || areas[len(areas)-1] != d.Area {
			areas = append(areas, d.Area)
		}
	}
	return areas
}

// Catalogue lists every kind of finding, area by area. An ID that is retired
// stays here, so that nothing else ever bears it.
func Catalogue() []Definition {
	return []Definition{
		{NoStatefulSet, "Kubernetes", Critical, "the cluster has no StatefulSet"},
		{OrderedPods, "Kubernetes", Warning, "pods start one after the other"},
		{NoSidecar, "Kubernetes", Critical, "tls-sync is no sidecar: Kubernetes is older than 1.29"},
		{QuotaExceeded, "Kubernetes", Critical, "a quota keeps pods from being made"},
		{PodSecurity, "Kubernetes", Critical, "the namespace's Pod Security refuses the pods"},
		{PodsRefused, "Kubernetes", Critical, "the pods can't be made"},
		{WrongDomain, "Kubernetes", Critical, "the nodes are told a name that is not theirs"},
		{NoClaims, "Kubernetes", Critical, "volume claims can't be made"},
		{OldKubernetes, "Kubernetes", Critical, "Kubernetes is older than 1.29"},
		{QuotaFull, "Kubernetes", Critical, "a quota is used up"},
		{NoNamespace, "Kubernetes", Critical, "the namespace doesn't exist"},
		{DanglingName, "Kubernetes", Warning, "the overlay refers to what it doesn't make"},
		{SecretExposed, "Kubernetes", Critical, "a ConfigMap holds a secret"},
		{NoBudget, "Kubernetes", Info, "no PodDisruptionBudget guards the nodes"},
		{HeapOverLimit, "Pods", Critical, "the JVM heap is larger than the memory limit"},
		{HeapTight, "Pods", Warning, "the JVM heap leaves too little of the memory limit"},
		{OOMKilled, "Pods", Critical, "the container used more memory than its limit"},
		{HeapExhausted, "Pods", Critical, "the JVM heap was exhausted"},
		{KeyWrong, "Pods", Critical, "the sensitive properties key doesn't fit the flow"},
		{KeyMissing, "Pods", Critical, "the sensitive properties key is missing or too short"},
		{SecretMissing, "Pods", Critical, "a Secret that the pod needs is missing"},
		{ProtocolNotSecure, "Pods", Critical, "nifi.cluster.protocol.is.secure is not true"},
		{DuplicateProperty, "Pods", Critical, "a property is given twice with different values"},
		{StartFailed, "Pods", Critical, "NiFi could not start and ended"},
		{ConfEmpty, "Pods", Critical, "the image's conf/ is empty or read-only"},
		{VolumeUnwritable, "Pods", Critical, "NiFi may not write to its volume"},
		{NARMissing, "Pods", Critical, "a NAR that NiFi needs to start is missing"},
		{AccessFilesInvalid, "Pods", Critical, "users.xml or authorizations.xml is invalid"},
		{ImageUnavailable, "Pods", Critical, "the image can't be pulled"},
		{Unschedulable, "Pods", Critical, "no Kubernetes node has room for the pod"},
		{Evicted, "Pods", Critical, "the pod was evicted or failed"},
		{KilledByProbe, "Pods", Critical, "the kubelet killed NiFi since a probe failed"},
		{CrashLoop, "Pods", Critical, "NiFi ends again and again"},
		{ContainerRefused, "Pods", Critical, "the container's configuration is refused"},
		{LogInMissing, "Pods", Critical, "an identifier in nifi.properties has no provider"},
		{Throttled, "Pods", Warning, "NiFi is kept waiting by its CPU limit"},
		{NoReadiness, "Pods", Warning, "nodes have no readiness probe"},
		{ClassMissing, "Storage", Critical, "the StorageClass of a volume claim doesn't exist"},
		{NoDefaultClass, "Storage", Critical, "there is no default StorageClass"},
		{ProvisioningFailed, "Storage", Critical, "a volume can't be provisioned"},
		{VolumeElsewhere, "Storage", Critical, "a volume is where the pod can't run"},
		{ClaimPending, "Storage", Critical, "a volume claim stays Pending"},
		{ClaimLost, "Storage", Critical, "the volume behind a claim is gone"},
		{MountFailed, "Storage", Critical, "a volume can't be attached or mounted"},
		{DiskFull, "Storage", Critical, "a volume is full"},
		{StorageQuota, "Storage", Critical, "a quota keeps a volume from being made"},
		{VolumeFilling, "Storage", Warning, "a volume is more than 80 % full"},
		{VolumeNearlyFull, "Storage", Critical, "a volume is more than 95 % full"},
		{VolumeLeft, "Storage", Warning, "a node was scaled away, and its volume was never drained"},
		{NotIssued, "Certificates and trust", Critical, "a certificate is not issued"},
		{IssuerMissing, "Certificates and trust", Critical, "the issuer of a certificate is missing or not ready"},
		{RequestRefused, "Certificates and trust", Critical, "the issuer refused a certificate"},
		{Expired, "Certificates and trust", Critical, "a certificate has expired"},
		{Expiring, "Certificates and trust", Warning, "a certificate expires soon and was not renewed"},
		{NotYetValid, "Certificates and trust", Critical, "a certificate is not valid yet"},
		{NameMissing, "Certificates and trust", Critical, "a node's certificate lacks the node's name"},
		{UsageMissing, "Certificates and trust", Critical, "a certificate lacks an extended key usage"},
		{ChainBroken, "Certificates and trust", Critical, "a node serves a broken chain"},
		{PairBroken, "Certificates and trust", Critical, "key and certificate are of different pairs"},
		{KeyUnreadable, "Certificates and trust", Critical, "the private key is in a form NiFi can't read"},
		{SubjectRewritten, "Certificates and trust", Critical, "the issuer changed the subject of a certificate"},
		{NoAnchor, "Certificates and trust", Critical, "the issuer gives no ca.crt"},
		{NotLoaded, "Certificates and trust", Warning, "NiFi serves another certificate than its files hold"},
		{NotDelivered, "Certificates and trust", Warning, "a renewed certificate has not reached its node"},
		{AnchorsDiffer, "Certificates and trust", Warning, "nodes trust different anchors"},
		{Distrust, "Certificates and trust", Critical, "nodes don't trust each other"},
		{TrustDrift, "Certificates and trust", Warning, "a node's certificate is of a root that not all nodes trust yet"},
		{RootsDiffer, "Certificates and trust", Critical, "nodes have certificates of different roots, which they load at a restart only"},
		{AnchorRefused, "Certificates and trust", Warning, "a published anchor is no well-formed certificate"},
		{CertificateRefused, "Certificates and trust", Critical, "tls-sync refuses the node's certificate"},
		{NoCertificate, "Certificates and trust", Critical, "there is no certificate for a node"},
		{NoReload, "Certificates and trust", Info, "nodes load changed stores by a restart only"},
		{RootNotKept, "Certificates and trust", Warning, "the nifi-ca loses its root with its pod"},
		{CABesideNodes, "Certificates and trust", Warning, "the nifi-ca runs on a host with nodes"},
		{CADefaultToken, "Certificates and trust", Critical, "everybody knows the token of the nifi-ca"},
		{CANotReady, "Certificates and trust", Warning, "the nifi-ca is away"},
		{ClientsBehind, "Certificates and trust", Warning, "the nodes have another root than our client certificate"},
		{HeadlessMissing, "Joining", Critical, "the headless Service is missing"},
		{NotReadyHidden, "Joining", Critical, "the headless Service hides nodes that are not ready"},
		{NotHeadless, "Joining", Critical, "the headless Service has an address of its own"},
		{SelectorWrong, "Joining", Critical, "the headless Service doesn't select the pods"},
		{NameUnknown, "Joining", Critical, "a node can't resolve another's name"},
		{SharedLeases, "Joining", Critical, "another cluster uses the same leases"},
		{TrustRefused, "Joining", Critical, "a node is refused for trust"},
		{PortUnreachable, "Joining", Critical, "a node can't reach another's port"},
		{ReadTimeout, "Joining", Critical, "the join takes longer than the read timeout"},
		{StuckConnecting, "Joining", Critical, "a node stays CONNECTING"},
		{NotJoined, "Joining", Critical, "a node does not join"},
		{AddressHidden, "Joining", Warning, "a node that isn't ready has no name"},
		{TooManyCandidates, "Election", Warning, "the flow election waits for more votes than there are nodes"},
		{ElectionWaits, "Election", Warning, "the flow election is still waiting"},
		{NoCoordinator, "Election", Critical, "the cluster has no coordinator"},
		{LeasePartial, "Election", Critical, "a Lease has null fields, which NiFi can't read"},
		{FewCandidates, "Election", Warning, "a minority of the nodes decides the flow election"},
		{ByZooKeeper, "Election", Info, "ZooKeeper elects the coordinator"},
		{PersonDisconnected, "Nodes", Warning, "a person disconnected a node"},
		{NodeOffloaded, "Nodes", Warning, "a node is offloaded"},
		{OffloadStuck, "Nodes", Warning, "a node's offload does not end"},
		{Hung, "Nodes", Critical, "a node's JVM hangs"},
		{HeartbeatsLost, "Nodes", Critical, "a node lost its heartbeats"},
		{NodeUnreachable, "Nodes", Critical, "the coordinator can't reach a node"},
		{FlowMismatch, "Nodes", Critical, "a node's flow does not fit the cluster's"},
		{AuthorizerMismatch, "Nodes", Critical, "a node's users and policies do not fit the cluster's"},
		{BundleMissing, "Nodes", Critical, "a node lacks a bundle of the cluster's flow"},
		{JoinFailed, "Nodes", Critical, "a node failed to start its part of the flow"},
		{ShutDown, "Nodes", Critical, "a node was shut down and is not back"},
		{Decommissioned, "Nodes", Warning, "a node was decommissioned"},
		{Firewalled, "Nodes", Critical, "the cluster's firewall file blocks a node"},
		{NeverConnected, "Nodes", Critical, "the coordinator knows a node that never connected"},
		{DisconnectedUnknown, "Nodes", Critical, "a node is disconnected and nobody says why"},
		{ViewsDiffer, "Nodes", Warning, "a node believes it is out, its coordinator that it is in"},
		{StaleNode, "Nodes", Warning, "the coordinator knows a node that has no pod"},
		{OperationCut, "Nodes", Warning, "a change of the cluster was cut in the middle"},
		{TakenOut, "Nodes", Info, "an operation took a node out"},
		{LeaseRights, "Access", Critical, "NiFi's ServiceAccount lacks a right on its leases"},
		{StateRights, "Access", Critical, "NiFi's ServiceAccount lacks a right on ConfigMaps"},
		{NoRole, "Access", Critical, "no Role is bound to NiFi's ServiceAccount"},
		{MissingRight, "Access", Warning, "you lack a right that diagnose needs"},
		{MissingDetailRight, "Access", Info, "you lack a right that would tell more"},
		{NiFiRefuses, "Access", Warning, "NiFi doesn't let you look"},
		{NoCredentials, "Access", Warning, "there are no credentials to ask NiFi with"},
		{InvalidSNI, "Access", Warning, "a node refuses the name it is called by (400 Invalid SNI)"},
		{Misdirected, "Access", Warning, "a node refuses the port it is called by (421)"},
		{NoAnswer, "Access", Warning, "a source gave no answer"},
		{NoCertManager, "Access", Critical, "cert-manager is not installed"},
		{CannotApply, "Access", Critical, "you lack a right that kubectl apply -k needs"},
		{CertManagerSilent, "Access", Critical, "cert-manager does not answer"},
		{HealerRights, "Access", Warning, "nifi-healer is installed and lacks a right to this cluster"},
		{NoLoopback, "Access", Info, "nodes can't be reached by port-forward"},
	}
}
