package findings_test

import (
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

func stagedKubernetes() map[findings.ID]staged {
	refused := func(message string) []change {
		return []change{func(c *view.Cluster) { c.Pods, c.Nodes = c.Pods[:2], c.Nodes[:2] }, event("StatefulSet/prod", "FailedCreate", message)}
	}
	return map[findings.ID]staged{
		findings.NoStatefulSet: {changes: []change{
			failed(view.SourceStatefulSet, "", view.ReasonNotFound, "not found"),
			func(c *view.Cluster) { c.StatefulSet, c.Pods, c.Nodes = nil, nil, nil },
		}},
		findings.OrderedPods:   {changes: []change{func(c *view.Cluster) { c.StatefulSet.Parallel = false }}},
		findings.NoSidecar:     {changes: []change{func(c *view.Cluster) { c.StatefulSet.NoSidecar = true }}},
		findings.QuotaExceeded: {changes: refused(`create Pod prod-2 in StatefulSet prod failed error: pods "prod-2" is forbidden: exceeded quota: small, requested: memory=2Gi, used: memory=4Gi, limited: memory=5Gi`)},
		findings.PodSecurity:   {changes: refused(`create Pod prod-2 in StatefulSet prod failed error: pods "prod-2" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false`)},
		findings.PodsRefused:   {changes: refused(`create Pod prod-2 in StatefulSet prod failed error: pods "prod-2" is forbidden: error looking up service account nifi/prod: serviceaccount "prod" not found`)},
		findings.NoClaims:      {changes: refused(`create Claim state-prod-2 for Pod prod-2 in StatefulSet prod failed error: admission webhook "x" denied the request`)},
		findings.StorageQuota:  {changes: refused(`create Claim state-prod-2 for Pod prod-2 in StatefulSet prod failed error: persistentvolumeclaims "state-prod-2" is forbidden: exceeded quota: small`)},
		findings.WrongDomain:   {changes: []change{func(c *view.Cluster) { c.StatefulSet.NodesDomain = "prod-nodes.other.svc.cluster.local" }}},
	}
}

func stagedPods() map[findings.ID]staged {
	ended := func(code int, lines ...string) staged {
		return staged{[]change{crashing(1, code, "Error"), wrote(1, lines...)}, "prod-1"}
	}
	waiting := func(reason, message string) staged {
		return staged{[]change{down(1), unknownTo(1), pod(1, func(p *view.Pod) {
			p.Phase, p.Reason, p.Containers[1] = "Pending", reason, view.Container{Name: "nifi", Waiting: reason, Message: message}
		})}, "prod-1"}
	}
	unbegun := pod(1, func(p *view.Pod) { p.Containers[0] = view.Container{Name: "tls-sync", Init: true} }) // nothing begins without its volumes
	mount := waiting("ContainerCreating", "")
	mount.changes = append(mount.changes, unbegun, event("prod-1", "FailedMount", `MountVolume.SetUp failed for volume "keys" : secret "prod-keys" not found`))
	attach := waiting("ContainerCreating", "")
	attach.changes = append(attach.changes, unbegun, event("prod-1", "FailedAttachVolume", `Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) other-0`))
	heap := func(heap string) change { return pod(0, func(p *view.Pod) { p.Heap = heap }) }
	return map[findings.ID]staged{
		findings.HeapOverLimit:      {changes: []change{heap("5g"), crashing(0, 137, "OOMKilled")}},
		findings.HeapTight:          {changes: []change{heap("3500m")}},
		findings.OOMKilled:          {[]change{crashing(1, 137, "OOMKilled")}, "prod-1"},
		findings.HeapExhausted:      ended(3, "Terminating due to java.lang.OutOfMemoryError: Java heap space"),
		findings.KeyWrong:           ended(1, "Caused by: org.apache.nifi.encrypt.EncryptionException: Decryption Failed with Algorithm [AES/GCM/NoPadding]"),
		findings.KeyMissing:         ended(0, "SensitivePropertyProtectionException: Sensitive Properties Key [nifi.sensitive.props.key] not found"),
		findings.SecretMissing:      mount,
		findings.ProtocolNotSecure:  ended(0, "java.lang.RuntimeException: nifi.web.http.port must be specified if running in a cluster with nifi.cluster.protocol.is.secure set to false"),
		findings.DuplicateProperty:  ended(0, "IllegalArgumentException: Duplicate property keys with different values were detected in the properties file: nifi.web.https.port"),
		findings.StartFailed:        {[]change{crashing(1, 0, "Completed"), wrote(1, "ERROR [main] org.apache.nifi.runtime.Application Start Server failed")}, "prod-1"},
		findings.ConfEmpty:          ended(1, "kubectl-nifi: conf/nifi.properties is missing or read-only: the container engine mounted an empty volume over the image's conf/"),
		findings.VolumeUnwritable:   ended(1, "kubectl-nifi: the state volume can't be written by uid 1000: its driver ignores fsGroup"),
		findings.NARMissing:         ended(1, "java.lang.ClassNotFoundException: org.apache.nifi.kubernetes.leader.election.KubernetesLeaderElectionManager"),
		findings.AccessFilesInvalid: ended(1, "Caused by: org.apache.nifi.authorization.exception.AuthorizerCreationException: cvc-complex-type.2.4.a: Invalid content"),
		findings.LogInMissing:       ended(1, "java.lang.Exception: The specified login identity provider 'ldap' could not be found."),
		findings.ImageUnavailable:   waiting("ImagePullBackOff", `Back-off pulling image "apache/nifi:9.9.9"`),
		findings.ContainerRefused:   waiting("CreateContainerConfigError", "container has runAsNonRoot and image has non-numeric user (nifi)"),
		findings.MountFailed:        attach,
		findings.Unschedulable: {[]change{down(1), unknownTo(1), pod(1, func(p *view.Pod) {
			p.Phase, p.Reason, p.Host, p.Containers, p.Message = "Pending", "Unschedulable", "", nil, "0/3 nodes are available: 3 Insufficient memory."
		})}, "prod-1"},
		findings.Evicted: {[]change{down(1), unknownTo(1), pod(1, func(p *view.Pod) {
			p.Phase, p.Reason, p.Containers, p.Message = "Failed", "Evicted", nil, "The node was low on resource: ephemeral-storage."
		})}, "prod-1"},
		findings.KilledByProbe: {[]change{crashing(1, 143, "Error"), event("prod-1", "Killing", "Container nifi failed liveness probe, will be restarted")}, "prod-1"},
		findings.Throttled:     {[]change{throttled(1, 36000, 15000)}, "prod-1"},
		findings.CrashLoop:     {[]change{crashing(1, 1, "Error"), wrote(1, "INFO nothing that is known")}, "prod-1"},
	}
}

func stagedStorage() map[findings.ID]staged {
	pending := func(class string, more ...change) staged {
		return staged{append([]change{down(2), unknownTo(2),
			pod(2, func(p *view.Pod) {
				p.Phase, p.Reason, p.Host, p.Containers = "Pending", "Unschedulable", "", nil
				p.Message = "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims."
			}),
			func(c *view.Cluster) {
				c.Detail.Claims[2] = view.Claim{Name: "state-prod-2", Pod: "prod-2", Phase: "Pending", Class: class, Size: "10Gi", Created: ago(5 * time.Minute)}
			},
		}, more...), "prod-2"}
	}
	elsewhere := pending("fast", func(c *view.Cluster) { c.Detail.Claims[2].Phase = "Bound" },
		pod(2, func(p *view.Pod) { p.Message = "0/3 nodes are available: 3 node(s) had volume node affinity conflict." }))
	return map[findings.ID]staged{
		findings.VolumeLeft: {[]change{func(c *view.Cluster) {
			c.Detail.Claims = append(c.Detail.Claims, view.Claim{Name: "state-prod-3", Pod: "prod-3", Phase: "Bound", Size: "10Gi"})
		}}, "prod-3"},
		findings.ClassMissing:       pending("slow"),
		findings.NoDefaultClass:     pending("", func(c *view.Cluster) { c.Detail.Classes[0].Default = false }),
		findings.ProvisioningFailed: pending("fast", event("PersistentVolumeClaim/state-prod-2", "ProvisioningFailed", "failed to provision volume: out of space")),
		findings.ClaimPending:       pending("fast"),
		findings.VolumeElsewhere:    elsewhere,
		findings.VolumeFilling:      {[]change{filled(1, 85, 100)}, "prod-1"},
		findings.VolumeNearlyFull:   {[]change{filled(1, 96, 100)}, "prod-1"},
		findings.ClaimLost:          {[]change{func(c *view.Cluster) { c.Detail.Claims[2].Phase = "Lost" }}, "prod-2"},
		findings.DiskFull:           {[]change{down(1), writes(1, "java.io.IOException: No space left on device"), status(1, "DISCONNECTED", lost)}, "prod-1"},
	}
}
