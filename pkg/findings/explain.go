package findings

import "slices"

// explanation says that certain findings follow from others.
type explanation struct {
	causes  []ID
	effects []ID
	all     bool // a cause explains effects on every subject, not only its own; one about the whole cluster always does
}

// explanations is the whole table, the surest first.
func explanations() []explanation {
	out := []ID{ // a node that isn't in
		TrustRefused, NameUnknown, PortUnreachable, ReadTimeout, StuckConnecting, NotJoined, HeartbeatsLost, NodeUnreachable,
		JoinFailed, ShutDown, NeverConnected, DisconnectedUnknown, ViewsDiffer, NoAnswer,
	}
	ended := []ID{StartFailed, CrashLoop, KilledByProbe}
	return []explanation{
		{[]ID{NoStatefulSet}, []ID{NotIssued, HeadlessMissing, NoRole, NoCertificate, NoAnswer, NoCredentials}, true},
		{[]ID{NoCertManager}, []ID{NotIssued, IssuerMissing, NoCertificate, SecretMissing, NoAnswer, NoCredentials}, true},
		{[]ID{HeapOverLimit}, append([]ID{HeapTight, OOMKilled, HeapExhausted}, ended...), true},
		{[]ID{OOMKilled}, []ID{HeapTight}, true},
		{[]ID{LeaseRights, NoRole}, append([]ID{LeaseRights, StateRights, NoCoordinator, ElectionWaits}, out...), true},
		{[]ID{LeasePartial}, append([]ID{NoCoordinator, ElectionWaits}, append(ended, out...)...), true},
		{[]ID{SharedLeases}, append([]ID{NoCoordinator, ElectionWaits, FlowMismatch, AuthorizerMismatch, Distrust}, out...), true},
		{[]ID{HeadlessMissing, NotReadyHidden, NotHeadless, SelectorWrong, WrongDomain}, append([]ID{NoCoordinator, ElectionWaits, NameMissing}, out...), true},
		{[]ID{TooManyCandidates, OrderedPods}, []ID{ElectionWaits}, true},
		{[]ID{QuotaExceeded, PodSecurity, PodsRefused, NoClaims, StorageQuota}, []ID{ElectionWaits, NoCoordinator, NoAnswer, ClaimPending}, true},
		{[]ID{NoDefaultClass, ClassMissing, ProvisioningFailed, ClaimPending, ClaimLost, VolumeElsewhere}, append([]ID{Unschedulable, MountFailed}, out...), false},
		{[]ID{IssuerMissing, RequestRefused, NotIssued, NoCertificate}, append([]ID{Expired, Expiring, NotDelivered, SecretMissing, NoCredentials, KilledByProbe, CrashLoop}, out...), false},
		{[]ID{KeyUnreadable, PairBroken, CertificateRefused}, append([]ID{Expired, Expiring, NotDelivered, NotLoaded, Distrust, CertificateRefused}, append(ended, out...)...), false},
		{[]ID{Expired, NotYetValid, NameMissing, UsageMissing, ChainBroken, NoAnchor, SubjectRewritten}, append([]ID{Distrust, InvalidSNI, NiFiRefuses}, append(ended, out...)...), false},
		{[]ID{NotDelivered, NotLoaded, NoAnchor}, []ID{AnchorsDiffer}, true},
		{[]ID{Distrust}, []ID{AnchorsDiffer, TrustRefused, NoAnswer}, true},
		{[]ID{Distrust}, out, false},
		{[]ID{TrustDrift}, []ID{NoAnswer}, true},
		{[]ID{RootsDiffer}, out, true},
		{[]ID{ClientsBehind}, []ID{NoAnswer, NiFiRefuses}, true},
		{[]ID{TrustRefused}, append([]ID{}, out[1:]...), false},
		{[]ID{
			OOMKilled, HeapExhausted, KeyWrong, KeyMissing, SecretMissing, ProtocolNotSecure, DuplicateProperty, ConfEmpty, VolumeUnwritable, NARMissing,
			AccessFilesInvalid, ImageUnavailable, Unschedulable, Evicted, ContainerRefused, LogInMissing, MountFailed, DiskFull, FlowMismatch, AuthorizerMismatch, BundleMissing,
		}, append(ended, out...), false},
		{[]ID{DiskFull}, []ID{VolumeNearlyFull}, false},
		{[]ID{StaleNode}, []ID{VolumeLeft}, false},
		{ended, out, false},
		{[]ID{NodeOffloaded, OffloadStuck, PersonDisconnected, Decommissioned, TakenOut}, out, false},
		{[]ID{Hung, NameUnknown, PortUnreachable, ReadTimeout}, out[4:], false},
		{[]ID{HeartbeatsLost, NodeUnreachable, StuckConnecting, NotJoined}, []ID{NoAnswer, ViewsDiffer}, false},
		{[]ID{NoCoordinator}, []ID{NotJoined, StuckConnecting, NoAnswer}, true},
		{[]ID{MissingRight}, []ID{NoAnswer}, true},
	}
}

// explain marks the findings that follow from another one, with the root of
// that chain.
func explain(all []Finding) []Finding {
	if len(all) == 0 {
		return nil
	}
	for _, e := range explanations() {
		for i := range all {
			if all[i].HiddenBy == "" && slices.Contains(e.effects, all[i].ID) {
				all[i].HiddenBy = e.causeOf(all, all[i])
			}
		}
	}
	for i := range all {
		all[i].HiddenBy = root(all, all[i].HiddenBy, len(all))
	}
	return all
}

// causeOf is the first finding that explains this one; empty if none does.
func (e explanation) causeOf(all []Finding, effect Finding) ID {
	for _, cause := range all {
		if slices.Contains(e.causes, cause.ID) && cause.ID != effect.ID && (e.all || cause.Subject == "" || cause.Subject == effect.Subject) {
			return cause.ID
		}
	}
	return ""
}

// root follows what hides a finding to what nothing hides.
func root(all []Finding, id ID, steps int) ID {
	i := slices.IndexFunc(all, func(f Finding) bool { return f.ID == id })
	if i < 0 || all[i].HiddenBy == "" || steps == 0 {
		return id
	}
	return root(all, all[i].HiddenBy, steps-1)
}
