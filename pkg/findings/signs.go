package findings

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// sign is a line of NiFi's log that gives a cause away.
type sign struct {
	id      ID
	pattern string
	lasting bool // NiFi goes on trying: it counts while it goes on. Else it ended NiFi.
}

// signs lists what to look for, the surest first. The words are those of the
// classes named beside them, and of the cluster's own start.sh.
func signs() []sign {
	return []sign{
		{ConfEmpty, `conf/nifi\.properties is missing or read-only`, false},
		{VolumeUnwritable, `state volume can't be written|(/state/|_repository).*(Permission denied|AccessDenied)|(Permission denied|AccessDenied).*(/state/|_repository)`, false},
		{DiskFull, `No space left on device|Disk quota exceeded`, false},
		{DuplicateProperty, `Duplicate property keys with different values`, false},    // NiFiPropertiesLoader
		{ProtocolNotSecure, `nifi\.cluster\.protocol\.is\.secure set to false`, false}, // NiFiProperties
		{KeyMissing, `Sensitive Properties Key \[nifi\.sensitive\.props\.key\] not found|Shared Sensitive Properties Key required|Key Password length less than required|too few characters`, false}, // NiFiPropertiesLoader, StandardPropertySecretKeyProvider
		{KeyWrong, `EncryptionException|Decryption Failed with Algorithm|AEADBadTagException`, false},                                                                                                // KeyedCipherPropertyEncryptor
		{HeapExhausted, `java\.lang\.OutOfMemoryError`, false},
		{AccessFilesInvalid, `AuthorizerCreationException|AuthorizationAccessException|Found multiple (policies|users)`, false}, // AuthorizerFactory
		{LogInMissing, `(login identity provider|authorizer|State Provider|state provider).*(could not be found|not found|no such|does not exist|specified .* identifier)`, false},
		{KeyUnreadable, `PRIVATE KEY.*not (found|supported)|Private Key .*(not found|not supported|header)`, false},                // StandardPemPrivateKeyReader
		{ChainBroken, `Set key entry failed|Certificate chain is not valid`, false},                                                // StandardPemKeyStoreBuilder
		{NARMissing, `MissingBundleException|NoClassDefFoundError|ClassNotFoundException: org\.apache\.nifi`, false},               // FlowController, NarThreadContextClassLoader
		{AuthorizerMismatch, `Proposed Authorizer is not inheritable`, false},                                                      // VersionedFlowSynchronizer
		{FlowMismatch, `UninheritableFlowException`, false},                                                                        // VersionedFlowSynchronizer
		{TrustRefused, `PKIX path (building|validation) failed|certificate_unknown|unable to find valid certification path`, true}, // SunJSSE
		{DiskFull, `No space left on device|Disk quota exceeded`, true},
		{NameUnknown, `UnknownHostException|UnresolvedAddressException|Name or service not known`, true},
		{LeaseRights, `cannot (get|create|update|patch) resource "leases"|leases.*is forbidden`, true}, // fabric8 KubernetesClientException
		{ReadTimeout, `SocketTimeoutException: Read timed out`, true},                                  // StandardFlowService.connect
		{ElectionWaits, `Cluster is still voting on which Flow`, true},                                 // NodeClusterCoordinator
		{PortUnreachable, `ConnectException|NoRouteToHostException|connect timed out`, true},
	}
}

// Bounds of what makes a repeated line more than a passing trouble.
const (
	signFresh = 30 * time.Second // since its last time, by the log's own clock
	signSpan  = 15 * time.Second // between its first and its last time
	signTimes = 3                // a join is tried every 5 s, an error of TLS told every 10 s
)

// seen is a sign found in a pod's logs.
type seen struct {
	sign
	line        string
	count       int
	first, last time.Time
}

// signsOf looks for signs in what a pod has written: of endings in the run that
// ended, of lasting troubles in the run that is.
func (f facts) signsOf(p view.Pod) []seen {
	if !slices.ContainsFunc(f.detail.Logs, func(log view.Log) bool { return log.Pod == p.Name }) {
		return nil // patterns are dear
	}
	var found []seen
	for _, s := range signs() {
		pattern := regexp.MustCompile(s.pattern)
		for _, log := range f.detail.Logs {
			over := log.Previous || p.Running().IsZero()
			if log.Pod != p.Name || s.lasting == over || over && !f.crashes(p) {
				continue
			}
			if match := lookFor(log, pattern); match.count > 0 && (over || match.goesOn(log)) {
				match.sign = s
				found = append(found, match)
				break
			}
		}
	}
	return found
}

// crashes tells that a pod's NiFi ended and isn't back, or does so repeatedly.
func (f facts) crashes(p view.Pod) bool {
	last := f.lastExit(p)
	return last != nil && !p.Ready && f.Age(last.Finished) < recentExit && (p.Running().IsZero() || p.Restarts > 1)
}

// lastExit is how NiFi ended last; nil if it never did.
func (f facts) lastExit(p view.Pod) *view.Exit {
	c := p.Container("nifi")
	switch {
	case c == nil:
		return nil
	case c.Exit != nil:
		return c.Exit
	default:
		return c.Last
	}
}

func lookFor(log view.Log, pattern *regexp.Regexp) seen {
	var s seen
	for _, line := range log.Lines {
		if !pattern.MatchString(line.Text) {
			continue
		}
		if s.count == 0 {
			s.first = line.Time
		}
		s.count, s.last, s.line = s.count+1, line.Time, trim(line.Text, pattern)
	}
	return s
}

// goesOn tells that the sign came again and again, up to the log's end.
func (s seen) goesOn(log view.Log) bool {
	end := log.Lines[len(log.Lines)-1].Time
	return s.count >= signTimes && end.Sub(s.last) <= signFresh && s.last.Sub(s.first) >= signSpan
}

// maxLine is how much of a line is shown around what matched, in bytes.
const maxLine = 200

// trim keeps the part of a line that matched and what follows: never a whole
// line, which may hold what is nobody's business.
func trim(line string, pattern *regexp.Regexp) string {
	at := pattern.FindStringIndex(line)
	start := max(at[0]-60, 0)
	end := min(max(at[1], start+maxLine), len(line))
	return strings.ToValidUTF8(strings.TrimSpace(line[start:end]), "")
}
