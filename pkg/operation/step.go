package operation

import (
	"fmt"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// Verb is one thing that is done to a cluster.
type Verb string

// The verbs. Those that begin with Await change nothing.
const (
	DoDisconnect Verb = "disconnect"
	DoOffload    Verb = "offload"
	DoRemove     Verb = "remove"
	DoConnect    Verb = "connect"
	DoResize     Verb = "resize"
	DoEvict      Verb = "restart"
	DoDelete     Verb = "delete volumes"
	DoHold       Verb = "hold rollout"
	DoImage      Verb = "set image"
	DoRelease    Verb = "release rollout"

	DoRoot     Verb = "make root"
	DoProbe    Verb = "ask for a client certificate"
	DoPublish  Verb = "publish anchors"
	DoNudge    Verb = "nudge"
	DoSwitch   Verb = "switch nodes"
	DoClients  Verb = "switch clients"
	DoDocument Verb = "write the document"
	DoRetire   Verb = "retire"
	DoRevoke   Verb = "revoke"

	AwaitRoot    Verb = "await root"
	AwaitProbe   Verb = "await client certificate"
	AwaitAccepts Verb = "await acceptance"
	AwaitIssued  Verb = "await certificate"
	AwaitServed  Verb = "await served"

	DoEnd      Verb = "delete"
	AwaitTrust Verb = "await trust"

	AwaitConnected Verb = "await CONNECTED"
	AwaitGone      Verb = "await end"
)

// Step is one thing to do, or to wait for.
type Step struct {
	Do      Verb
	Pod     string // whom it is about; empty if it is the whole cluster
	Count   int    // resize: the number of nodes
	UID     string // of the pod that is to go, or whose node is removed
	Image   string // set image
	Version string // set image: of NiFi
	Empty   bool   // resize: the volume of the node that goes was seen empty
	Begun   bool   // it is under way: only wait

	Issuer      Issuer // rotate-ca: who signs
	Certificate string // await certificate
	Anchor      string // await served, heal: that the chain is to lead to
}

// Acts tells that the step changes something when it is begun.
func (s Step) Acts() bool { return !s.Begun && !strings.HasPrefix(string(s.Do), "await ") }

// same tells that both are the same step, begun or not.
func (s Step) same(other Step) bool {
	s.Begun, other.Begun = false, false
	return s == other
}

// String is the step in words.
func (s Step) String() string {
	switch s.Do {
	case DoResize:
		return fmt.Sprintf("set replicas to %d", s.Count)
	case DoRemove:
		return fmt.Sprintf("remove node %s from the cluster", s.Pod)
	case DoConnect:
		return fmt.Sprintf("reconnect %s", s.Pod)
	case DoDelete:
		return fmt.Sprintf("delete the volumes of %s", s.Pod)
	case DoHold:
		return "keep Kubernetes from restarting pods by itself"
	case DoImage:
		return fmt.Sprintf("set the image to %s", s.Image)
	case DoRelease:
		return "give the rollout back to Kubernetes"
	case DoEnd:
		return fmt.Sprintf("delete pod %s, which no disruption budget would let go while the others wait for it", s.Pod)
	case AwaitTrust:
		return "wait until every node trusts every other"
	case AwaitConnected:
		return fmt.Sprintf("wait until %s is %s", s.Pod, nifi.Connected)
	case AwaitGone:
		return fmt.Sprintf("wait until pod %s has ended", s.Pod)
	default:
		if text := s.trust(); text != "" {
			return text
		}
		return fmt.Sprintf("%s %s", s.Do, s.Pod)
	}
}

// trust is a step of a rotation in words; empty if it is none.
func (s Step) trust() string {
	switch s.Do {
	case DoRoot:
		return fmt.Sprintf("make root %s, its key and its issuer", s.Issuer.Name)
	case AwaitRoot:
		return fmt.Sprintf("wait until %s can sign", s.Issuer.Name)
	case DoProbe:
		return fmt.Sprintf("have %s %s sign a client certificate with no rights, to try the nodes with", s.Issuer.Kind, s.Issuer.Name)
	case AwaitProbe:
		return "wait until it is signed"
	case DoPublish:
		return "give every node both anchors, the old and the new"
	case DoNudge:
		return "nudge the pods, so that their kubelets look at the Secrets now"
	case AwaitAccepts:
		return fmt.Sprintf("wait until %s lets that client certificate in", s.Pod)
	case DoSwitch:
		return fmt.Sprintf("have %s sign the nodes' certificates", s.Issuer.Name)
	case AwaitIssued:
		return fmt.Sprintf("wait until %s has signed %s", s.Issuer.Name, s.Certificate)
	case AwaitServed:
		if s.Anchor != "" {
			return fmt.Sprintf("wait until %s serves a chain of root %s", s.Pod, short(s.Anchor))
		}
		return fmt.Sprintf("wait until %s serves a certificate by %s", s.Pod, s.Issuer.Name)
	case DoClients:
		return fmt.Sprintf("have %s sign the administrator's and the healer's certificates", s.Issuer.Name)
	case DoDocument:
		return fmt.Sprintf("write into the overlay's document that %s signs", s.Issuer.Name)
	case DoRetire:
		return "forget the old anchor, the root behind it and the client certificate"
	case DoRevoke:
		return fmt.Sprintf("forget the anchor of %s, and that client certificate", s.Issuer.Name)
	default:
		return ""
	}
}
