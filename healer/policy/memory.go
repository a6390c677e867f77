package policy

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// AnnotationIncident holds the Memory as JSON, on the Lease "<cluster>-operation".
const AnnotationIncident = topology.Prefix + "incident"

// Memory is what the healer knows of a cluster from before. What is exported
// outlives it; how often something was seen in a row begins anew.
type Memory struct {
	Incidents []Incident `json:"incidents,omitempty"` // open ones, at most one a pod
	Healed    []Healed   `json:"healed,omitempty"`    // pods that needed a deed lately
	Out       []string   `json:"out,omitempty"`       // pods whose nodes a person took out

	storm time.Time // when one was seen last
}

// Incident is a pod that is unwell, from Detected to its end.
type Incident struct {
	ID        string      `json:"id"`
	Pod       string      `json:"pod,omitempty"` // empty: the whole cluster
	Finding   findings.ID `json:"finding"`
	Stage     Stage       `json:"stage"`
	Since     time.Time   `json:"since"`
	News      string      `json:"news,omitempty"`    // what was said last
	Verdict   Deed        `json:"verdict,omitempty"` // that was said last
	Tried     Tried       `json:"tried,omitempty"`
	NotBefore time.Time   `json:"notBefore,omitzero"` // the next attempt
	Act       *Intent     `json:"act,omitempty"`      // under way; nil if none is
	Called    bool        `json:"called,omitempty"`   // escalated only since nothing could be confirmed

	Healing *operation.Journal `json:"healing,omitempty"` // of restarts for trust that were begun
	Refused *Refusal           `json:"refused,omitempty"` // nil unless a disruption budget holds the deed back

	held, calm int       // looks in a row with and without the finding
	counted    time.Time // the last look that was counted
}

// Tried is how many attempts there were, by the first deed of the row that they
// were made for: a reconnection that fails may lead to a restart, which has
// attempts of its own.
type Tried map[Deed]int

// Intent is a deed, written down before it is done. The UID tells later whether
// it was: a pod of another UID has been restarted.
type Intent struct {
	Deed Deed      `json:"deed"`
	For  Deed      `json:"for"` // the first deed of its row
	Pods []string  `json:"pods"`
	UID  string    `json:"uid,omitempty"`  // of the pod that is restarted
	Node string    `json:"node,omitempty"` // NiFi's id of the node that is reconnected, or disconnected
	At   time.Time `json:"at"`
	Seen bool      `json:"seen,omitempty"` // its effect was seen

	Do   operation.Verb `json:"do,omitempty"`   // restart for trust: the step
	Step string         `json:"step,omitempty"` // the same in words
}

// Refusal is a disruption budget that lets a pod not go.
type Refusal struct {
	Since time.Time `json:"since"`
	Why   string    `json:"why"`
}

// Healed is a pod that recovered after deeds.
type Healed struct {
	Pod   string    `json:"pod"`
	Tried Tried     `json:"tried"`
	At    time.Time `json:"at"`
}

// ParseMemory reads the annotation's value; "" is an empty one.
func ParseMemory(value string) (Memory, error) {
	var m Memory
	if value == "" {
		return m, nil
	}
	if err := json.Unmarshal([]byte(value), &m); err != nil {
		return Memory{}, fmt.Errorf("reading annotation %s: %w", AnnotationIncident, err)
	}
	return m, nil
}

// Empty tells that there is nothing to remember.
func (m Memory) Empty() bool { return len(m.Incidents)+len(m.Healed)+len(m.Out) == 0 }

// Encode is the annotation's value; "" if there is nothing to remember.
func (m Memory) Encode() string {
	if m.Empty() {
		return ""
	}
	raw, _ := json.Marshal(m) //nolint:errchkjson // strings, numbers and times
	return string(raw)
}

// Doing is the incident whose deed is under way, nil if there is none.
func (m Memory) Doing() *Incident {
	if i := slices.IndexFunc(m.Incidents, func(i Incident) bool { return i.Act != nil }); i >= 0 {
		return &m.Incidents[i]
	}
	return nil
}

// clone shares nothing that is changed in place.
func (m Memory) clone() Memory {
	m.Incidents, m.Healed, m.Out = slices.Clone(m.Incidents), slices.Clone(m.Healed), slices.Clone(m.Out)
	for i := range m.Incidents {
		m.Incidents[i].Tried = maps.Clone(m.Incidents[i].Tried)
		if act := m.Incidents[i].Act; act != nil {
			copied := *act
			m.Incidents[i].Act = &copied
		}
	}
	return m
}

func (m *Memory) incident(pod string) *Incident {
	if i := slices.IndexFunc(m.Incidents, func(i Incident) bool { return i.Pod == pod }); i >= 0 {
		return &m.Incidents[i]
	}
	return nil
}

func (m *Memory) healed(pod string) *Healed {
	if i := slices.IndexFunc(m.Healed, func(h Healed) bool { return h.Pod == pod }); i >= 0 {
		return &m.Healed[i]
	}
	return nil
}
