package policy

import (
	"fmt"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// unseen is the obstacle of a look at which handshakes were not tried.
const unseen = "unseen"

// obstacle is why a verdict isn't acted on. The code is the same as long as the
// obstacle is; the text has numbers that change.
type obstacle struct{ code, text string }

func (o obstacle) none() bool { return o.code == "" }

func hinders(code, format string, args ...any) obstacle {
	return obstacle{code, fmt.Sprintf(format, args...)}
}

// unconfirmed is what a second source doesn't say, or says otherwise.
func (j *judging) unconfirmed(i *Incident, deed Deed) obstacle {
	m := j.look.members[i.Pod]
	if by := findings.TakenBy(j.look.Cluster, m); by != nil {
		return hinders("operation", "%s took %s out, and brings it back", by.By, i.Pod)
	}
	if takenOut(m.Node) || j.out(i.Pod) {
		return hinders("person", "a person took %s out of the cluster", i.Pod)
	}
	switch {
	case deed == Nudge, i.Finding == findings.NotLoaded:
		return j.trustUnseen(i, deed)
	case i.Finding == findings.Hung:
		return j.notHung(i)
	case i.Finding == findings.AuthorizerMismatch:
		return j.notOut(i)
	case deed == Reconnect:
		return j.notSilent(i)
	}
	return hinders("unknown", "nothing confirms %s", i.Finding)
}

// trustUnseen wants the pods' handshakes and files to have been looked at, and
// a nudge somebody who needs it.
func (j *judging) trustUnseen(i *Incident, deed Deed) obstacle {
	switch {
	case j.look.TLS == nil:
		return hinders(unseen, "handshakes were not tried at this look")
	case deed == Nudge && len(j.behind(i)) == 0:
		return hinders("nobody", "no pod's files lack an anchor or the certificate that was issued for it")
	}
	return obstacle{}
}

// notHung is what speaks against a hung process: a reason for its being out, a
// heartbeat, an answer.
func (j *judging) notHung(i *Incident) obstacle {
	m := j.look.members[i.Pod]
	switch tls := j.look.TLSOf(i.Pod); {
	case m.Node == nil:
		return hinders("unlisted", "the coordinator doesn't know %s", i.Pod)
	case m.Summary == nil || m.Summary.Error == "":
		return hinders("answers", "%s answers", i.Pod)
	case tls == nil:
		return hinders(unseen, "no handshake with %s was tried at this look", i.Pod)
	case tls.Served.Error == "":
		return hinders("handshake", "%s still answers a TLS handshake", i.Pod)
	}
	switch cause, event := findings.WhyOut(*m.Node); cause {
	case findings.CauseUnknown, findings.CauseHeartbeat, findings.CauseUnreachable:
	default:
		return hinders("reason", "there is a reason why %s is out: %s", i.Pod, event.Message)
	}
	behind, known := j.look.silence(m.Node)
	switch {
	case known && behind <= j.in.Limits.Silence:
		return hinders("heartbeat", "the last heartbeat of %s is %.0f s old, and not yet %.0f", i.Pod, behind.Seconds(), j.in.Limits.Silence.Seconds())
	case !known && j.now.Sub(i.Since) <= j.in.Limits.Silence:
		return hinders("heartbeat", "the coordinator knows no heartbeat of %s; it is watched for %.0f s, and not yet %.0f",
			i.Pod, j.now.Sub(i.Since).Seconds(), j.in.Limits.Silence.Seconds())
	case !known && (m.Node.Status == string(nifi.Connecting) || m.Pod == nil || m.Pod.Ready):
		return hinders("heartbeat", "the coordinator knows no heartbeat of %s and says %s", i.Pod, m.Node.Status)
	}
	return obstacle{}
}

// notOut wants more than the coordinator's word that a node is out.
func (j *judging) notOut(i *Incident) obstacle {
	m := j.look.members[i.Pod]
	if m.Node == nil || m.Node.Status != string(nifi.Disconnected) {
		return hinders("in", "%s isn't %s", i.Pod, nifi.Disconnected)
	}
	agrees := m.Summary != nil && m.Summary.Error == "" && !m.Summary.Connected
	if !agrees && (m.Pod == nil || m.Pod.Ready) {
		return hinders("disagrees", "%s doesn't say itself that it is out", i.Pod)
	}
	return obstacle{}
}

// notSilent is what speaks against a node that lives and gave up: then the
// coordinator will have it back by itself, or nobody can reach it.
func (j *judging) notSilent(i *Incident) obstacle {
	m := j.look.members[i.Pod]
	switch {
	case m.Node == nil || m.Node.Status != string(nifi.Disconnected):
		return hinders("in", "%s isn't %s", i.Pod, nifi.Disconnected)
	case m.Summary == nil || m.Summary.Error != "":
		return hinders("mute", "%s doesn't answer for itself", i.Pod)
	case m.Summary.Connected:
		return hinders("disagrees", "%s believes that it is connected; its heartbeats don't arrive", i.Pod)
	}
	if behind, known := j.look.silence(m.Node); known && behind < 2*j.in.Limits.Interval {
		return hinders("heartbeat", "%s sends heartbeats, the last %.0f s behind the newest: the coordinator reconnects it by itself", i.Pod, behind.Seconds())
	}
	return obstacle{}
}
