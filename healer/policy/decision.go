package policy

import (
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// Mode is what the healer may do to a cluster: spec.healer.mode.
type Mode string

// The modes. Suggest decides like Act and does nothing.
const (
	Observe Mode = "observe"
	Suggest Mode = "suggest"
	Act     Mode = "act"
)

// Deed is what the healer does about a cause.
type Deed string

// The deeds. Leave is one, too: it is decided, with a reason.
const (
	Leave     Deed = "leave alone"
	Reconnect Deed = "reconnect"
	Nudge     Deed = "nudge"
	Restart   Deed = "restart"
	Escalate  Deed = "escalate"

	RestartForTrust Deed = "restart for trust"
)

// Stage is how far an incident is.
type Stage string

// The stages of an incident, in their order. Skipped stands beside them: a
// verdict that isn't acted on, with its reason.
const (
	Detected  Stage = "Detected"
	Verdict   Stage = "Verdict"
	Acted     Stage = "Acted"
	Recovered Stage = "Recovered"
	Failed    Stage = "Failed"
	Escalated Stage = "Escalated"
	Skipped   Stage = "Skipped"
)

// Decision is what the healer made of one look at a cluster. Every one is
// logged, counted and, if it is news, told as a Kubernetes Event.
type Decision struct {
	Time     time.Time
	Cluster  topology.Names
	Incident string // the same from Detected to the end; empty if there is none
	Stage    Stage
	Pod      string      // whom it is about; empty if it is the whole cluster
	Finding  findings.ID // what is judged
	Deed     Deed
	Reason   string // in words and numbers: why this deed, or why none
	Attempt  int    // of this deed, from 1
	Error    string // why a deed failed
}
