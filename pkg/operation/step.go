package operation

import (
	"fmt"

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
}

// act tells that the step changes something when it is begun.
func (s Step) act() bool { return !s.Begun && s.Do != AwaitConnected && s.Do != AwaitGone }

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
	case AwaitConnected:
		return fmt.Sprintf("wait until %s is %s", s.Pod, nifi.Connected)
	case AwaitGone:
		return fmt.Sprintf("wait until pod %s has ended", s.Pod)
	default:
		return fmt.Sprintf("%s %s", s.Do, s.Pod)
	}
}
