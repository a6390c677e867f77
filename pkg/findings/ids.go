package findings

// ID names a kind of finding for ever.
type ID string

// Kubernetes.
const (
	NoStatefulSet ID = "NIFI-KUBE-001"
	OrderedPods   ID = "NIFI-KUBE-002"
	NoSidecar     ID = "NIFI-KUBE-003"
	QuotaExceeded ID = "NIFI-KUBE-004"
	PodSecurity   ID = "NIFI-KUBE-005"
	PodsRefused   ID = "NIFI-KUBE-006"
	WrongDomain   ID = "NIFI-KUBE-007"
	NoClaims      ID = "NIFI-KUBE-008"
	OldKubernetes ID = "NIFI-KUBE-009"
	QuotaFull     ID = "NIFI-KUBE-010"
	NoNamespace   ID = "NIFI-KUBE-011"
	DanglingName  ID = "NIFI-KUBE-012"
	SecretExposed ID = "NIFI-KUBE-013"
)

// Pods.
const (
	HeapOverLimit      ID = "NIFI-POD-001"
	HeapTight          ID = "NIFI-POD-002"
	OOMKilled          ID = "NIFI-POD-003"
	HeapExhausted      ID = "NIFI-POD-004"
	KeyWrong           ID = "NIFI-POD-005"
	KeyMissing         ID = "NIFI-POD-006"
	SecretMissing      ID = "NIFI-POD-007"
	ProtocolNotSecure  ID = "NIFI-POD-008"
	DuplicateProperty  ID = "NIFI-POD-009"
	StartFailed        ID = "NIFI-POD-010"
	ConfEmpty          ID = "NIFI-POD-011"
	VolumeUnwritable   ID = "NIFI-POD-012"
	NARMissing         ID = "NIFI-POD-013"
	AccessFilesInvalid ID = "NIFI-POD-014"
	ImageUnavailable   ID = "NIFI-POD-015"
	Unschedulable      ID = "NIFI-POD-016"
	Evicted            ID = "NIFI-POD-017"
	KilledByProbe      ID = "NIFI-POD-018"
	CrashLoop          ID = "NIFI-POD-019"
	ContainerRefused   ID = "NIFI-POD-020"
	LogInMissing       ID = "NIFI-POD-021"
	Throttled          ID = "NIFI-POD-022"
)

// Storage.
const (
	ClassMissing       ID = "NIFI-STORE-001"
	NoDefaultClass     ID = "NIFI-STORE-002"
	ProvisioningFailed ID = "NIFI-STORE-003"
	VolumeElsewhere    ID = "NIFI-STORE-004"
	ClaimPending       ID = "NIFI-STORE-005"
	ClaimLost          ID = "NIFI-STORE-006"
	MountFailed        ID = "NIFI-STORE-007"
	DiskFull           ID = "NIFI-STORE-008"
	StorageQuota       ID = "NIFI-STORE-009"
	VolumeFilling      ID = "NIFI-STORE-010"
	VolumeNearlyFull   ID = "NIFI-STORE-011"
	VolumeLeft         ID = "NIFI-STORE-012"
)

// Certificates and trust.
const (
	NotIssued          ID = "NIFI-TLS-001"
	IssuerMissing      ID = "NIFI-TLS-002"
	RequestRefused     ID = "NIFI-TLS-003"
	Expired            ID = "NIFI-TLS-004"
	Expiring           ID = "NIFI-TLS-005"
	NotYetValid        ID = "NIFI-TLS-006"
	NameMissing        ID = "NIFI-TLS-007"
	UsageMissing       ID = "NIFI-TLS-008"
	ChainBroken        ID = "NIFI-TLS-009"
	PairBroken         ID = "NIFI-TLS-010"
	KeyUnreadable      ID = "NIFI-TLS-011"
	SubjectRewritten   ID = "NIFI-TLS-012"
	NoAnchor           ID = "NIFI-TLS-013"
	NotLoaded          ID = "NIFI-TLS-014"
	NotDelivered       ID = "NIFI-TLS-015"
	AnchorsDiffer      ID = "NIFI-TLS-016"
	Distrust           ID = "NIFI-TLS-017"
	AnchorRefused      ID = "NIFI-TLS-018"
	CertificateRefused ID = "NIFI-TLS-019"
	NoCertificate      ID = "NIFI-TLS-020"
	TrustDrift         ID = "NIFI-TLS-021"
	RootsDiffer        ID = "NIFI-TLS-022"
)

// A certificate authority of the tls-toolkit.
const (
	RootNotKept    ID = "NIFI-CA-001"
	CABesideNodes  ID = "NIFI-CA-002"
	CADefaultToken ID = "NIFI-CA-003"
	CANotReady     ID = "NIFI-CA-004"
	ClientsBehind  ID = "NIFI-CA-005"
)

// Joining.
const (
	HeadlessMissing ID = "NIFI-JOIN-001"
	NotReadyHidden  ID = "NIFI-JOIN-002"
	NotHeadless     ID = "NIFI-JOIN-003"
	SelectorWrong   ID = "NIFI-JOIN-004"
	NameUnknown     ID = "NIFI-JOIN-005"
	SharedLeases    ID = "NIFI-JOIN-006"
	TrustRefused    ID = "NIFI-JOIN-007"
	PortUnreachable ID = "NIFI-JOIN-008"
	ReadTimeout     ID = "NIFI-JOIN-009"
	StuckConnecting ID = "NIFI-JOIN-010"
	NotJoined       ID = "NIFI-JOIN-011"
)

// Election.
const (
	TooManyCandidates ID = "NIFI-ELECT-001"
	ElectionWaits     ID = "NIFI-ELECT-002"
	NoCoordinator     ID = "NIFI-ELECT-003"
	LeasePartial      ID = "NIFI-ELECT-004"
	FewCandidates     ID = "NIFI-ELECT-005"
)

// Nodes.
const (
	PersonDisconnected  ID = "NIFI-NODE-001"
	NodeOffloaded       ID = "NIFI-NODE-002"
	OffloadStuck        ID = "NIFI-NODE-003"
	Hung                ID = "NIFI-NODE-004"
	HeartbeatsLost      ID = "NIFI-NODE-005"
	NodeUnreachable     ID = "NIFI-NODE-006"
	FlowMismatch        ID = "NIFI-NODE-007"
	AuthorizerMismatch  ID = "NIFI-NODE-008"
	BundleMissing       ID = "NIFI-NODE-009"
	JoinFailed          ID = "NIFI-NODE-010"
	ShutDown            ID = "NIFI-NODE-011"
	Decommissioned      ID = "NIFI-NODE-012"
	Firewalled          ID = "NIFI-NODE-013"
	NeverConnected      ID = "NIFI-NODE-014"
	DisconnectedUnknown ID = "NIFI-NODE-015"
	ViewsDiffer         ID = "NIFI-NODE-016"
	StaleNode           ID = "NIFI-NODE-017"
	OperationCut        ID = "NIFI-NODE-018"
	TakenOut            ID = "NIFI-NODE-019"
)

// Adopted: what clusters lack that this project did not render.
const (
	NoLoopback    ID = "NIFI-ADOPT-001"
	NoReadiness   ID = "NIFI-ADOPT-002"
	ByZooKeeper   ID = "NIFI-ADOPT-003"
	AddressHidden ID = "NIFI-ADOPT-004"
	NoBudget      ID = "NIFI-ADOPT-005"
	NoReload      ID = "NIFI-ADOPT-006"
)

// Access.
const (
	LeaseRights        ID = "NIFI-ACCESS-001"
	StateRights        ID = "NIFI-ACCESS-002"
	NoRole             ID = "NIFI-ACCESS-003"
	MissingRight       ID = "NIFI-ACCESS-004"
	MissingDetailRight ID = "NIFI-ACCESS-005"
	NiFiRefuses        ID = "NIFI-ACCESS-006"
	NoCredentials      ID = "NIFI-ACCESS-007"
	InvalidSNI         ID = "NIFI-ACCESS-008"
	Misdirected        ID = "NIFI-ACCESS-009"
	NoAnswer           ID = "NIFI-ACCESS-010"
	NoCertManager      ID = "NIFI-ACCESS-011"
	CannotApply        ID = "NIFI-ACCESS-012"
	CertManagerSilent  ID = "NIFI-ACCESS-013"
	HealerRights       ID = "NIFI-ACCESS-014"
)
