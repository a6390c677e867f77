package findings

// remedyOf is the remedy of findings that need no more than the pod's name.
func (f facts) remedyOf(id ID, pod string) string {
	switch id {
	case ConfEmpty:
		return `set image_volumes = "mkdir" in the container engine (CRI-O's crio.conf) and restart it`
	case VolumeUnwritable:
		return "use a StorageClass whose driver honours fsGroup, or give the volume's root to group 1000"
	case DiskFull:
		return "raise spec.storage.size (the StorageClass must allow expansion), or lower nifi.content.repository.archive.max.usage.percentage"
	case DuplicateProperty:
		return "remove one of the two from spec.overrides, then run kubectl nifi init and kubectl apply -k again"
	case ProtocolNotSecure:
		return "remove nifi.cluster.protocol.is.secure from spec.overrides: the overlay sets it to true"
	case KeyMissing:
		return "put a key of at least 12 characters into the Secret that spec.config.sensitivePropsKeySecretRef names; " + f.kubectl("delete pod %s", pod)
	case KeyWrong:
		return "put back the key that the flow was saved with: the file secrets/sensitive-props-key of the overlay's folder that made this cluster"
	case HeapExhausted:
		return "raise spec.config.jvmHeapSize and spec.resources.limits.memory, or lower the flow's back-pressure thresholds"
	case OOMKilled:
		return "raise spec.resources.limits.memory, or lower spec.config.jvmHeapSize to half of it"
	case AccessFilesInvalid:
		return "put back state/users.xml and state/authorizations.xml from the dated copies beside them on the volume"
	case LogInMissing:
		return "correct the identifier in spec.overrides, or the file that should define it"
	case KeyUnreadable:
		return "set spec.privateKey.encoding: PKCS8 in the Certificate of the node"
	case ChainBroken:
		return "make the issuer give the chain in order, the leaf first, each certificate once"
	case NARMissing, BundleMissing:
		return "add the NAR to the image or to nar_extensions on every node, the same version everywhere; " + f.logs(pod)
	case AuthorizerMismatch:
		return f.kubectl("delete pod %s", pod) + " (a start takes over the cluster's users and policies)"
	case FlowMismatch:
		return "don't delete the node's flow: a connection that the cluster no longer has may hold data; " + f.logs(pod)
	case KilledByProbe, StartFailed, CrashLoop, JoinFailed:
		return f.logs(pod)
	default:
		return f.kubectl("describe pod %s", pod)
	}
}

func (f facts) logs(pod string) string {
	return "read " + f.kubectl("logs %s -c nifi --previous", pod)
}
