// Package v1 is the versioned document that kubectl nifi diagnose prints with
// -o json and -o yaml. Fields are only ever added to it.
package v1

import "time"

// The kinds of document this package describes.
const (
	APIVersion = "diagnose.kubectl-nifi.dev/v1"
	Kind       = "Diagnosis"
	KindList   = "DiagnosisList"
)

// Diagnosis is what is wrong with one subject: a cluster, a namespace before
// the first apply, or an overlay's folder.
type Diagnosis struct {
	APIVersion string    `json:"apiVersion"`
	Kind       string    `json:"kind"`
	Metadata   Metadata  `json:"metadata"`
	Healthy    bool      `json:"healthy"` // no finding, of whatever severity
	Counts     Counts    `json:"counts"`
	Checks     []Check   `json:"checks"`
	Findings   []Finding `json:"findings"` // worst first; those that others explain come last
	Errors     []Error   `json:"errors"`   // what could not be read
}

// DiagnosisList is several diagnoses.
type DiagnosisList struct {
	APIVersion string      `json:"apiVersion"`
	Kind       string      `json:"kind"`
	Items      []Diagnosis `json:"items"`
}

// Metadata says what was diagnosed, and when.
type Metadata struct {
	Name      string    `json:"name,omitempty"`
	Namespace string    `json:"namespace,omitempty"`
	Time      time.Time `json:"time"`
}

// Counts counts findings. Explained ones are in no other count.
type Counts struct {
	Critical  int `json:"critical"`
	Warning   int `json:"warning"`
	Info      int `json:"info"`
	Explained int `json:"explained"`
}

// Check is one area.
type Check struct {
	Area     string   `json:"area"`
	Findings int      `json:"findings"`         // that no other one explains
	Unread   []string `json:"unread,omitempty"` // sources it lacked
}

// Finding is one thing that is wrong.
type Finding struct {
	ID          string   `json:"id"` // stable, never reused
	Area        string   `json:"area"`
	Severity    string   `json:"severity"` // critical, warning, info
	Title       string   `json:"title"`
	Subject     string   `json:"subject,omitempty"` // a pod, a certificate …; absent: the whole
	Evidence    []string `json:"evidence"`
	Remedy      string   `json:"remedy"`
	Docs        string   `json:"docs"`
	ExplainedBy string   `json:"explainedBy,omitempty"` // the ID of the finding it follows from
}

// Error says what one source failed on.
type Error struct {
	Source  string `json:"source"`
	Subject string `json:"subject,omitempty"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}
