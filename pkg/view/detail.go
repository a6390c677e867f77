package view

import (
	"cmp"
	"slices"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// Detail is what only a diagnosis needs of a cluster. A list that is nil was
// not read; Cluster.Errors says why.
type Detail struct {
	Events     []Event // newest first
	Claims     []Claim
	Services   []Service  // the headless one and the one for people
	Endpoints  []Endpoint // of the headless Service
	Requests   []CertificateRequest
	Rules      []Rule // what NiFi's ServiceAccount and nifi-healer's may do
	Classes    []StorageClass
	Guarded    *bool // a PodDisruptionBudget selects the pods; nil if it wasn't asked for
	Candidates *int  // how many votes end the flow election
	NiFiCA     *NiFiCA
	Secrets    []string // names, where somebody else keeps the nodes' certificates in them
	Logs       []Log
	Usages     []Usage      // of the nodes that are connected
	Throttling []Throttling // of NiFi's containers that have a CPU limit
}

// Usage is how full the volume of one of a node's repositories is, in bytes.
// Several repositories may be on one volume.
type Usage struct {
	Pod        string
	Repository string // content, provenance, flowfile
	Used       int64  // what can't be used any more: data, of whomever, and what the file system keeps back
	Free       int64
	Total      int64
}

// Throttling is what the kernel counts of NiFi's container since its start:
// periods in which it wanted to run, and those of them in which it used up its
// CPU limit and had to wait (CFS bandwidth control, nr_periods, nr_throttled).
type Throttling struct {
	Pod                string
	Periods, Throttled int64
}

// Group is the same of one cgroup of a Kubernetes node.
type Group struct {
	Path               string // of the cgroup; it holds the container's ID
	Periods, Throttled int64
}

// Event is a Kubernetes event of one of the cluster's objects.
type Event struct {
	Kind    string // of the object: Pod, StatefulSet, PersistentVolumeClaim …
	Name    string // of the object
	Warning bool
	Reason  string
	Message string
	Count   int
	Last    time.Time
}

// Claim is the PersistentVolumeClaim of a pod.
type Claim struct {
	Name    string
	Pod     string // empty if it belongs to no pod that is or should be
	Phase   string // Pending, Bound, Lost
	Class   string // empty means the default class
	Size    string // asked for: "10Gi"
	Created time.Time
	Drained time.Time // since when it holds no FlowFile; zero if nobody knows
}

// Service is what a finding needs of a Service.
type Service struct {
	Name            string
	Headless        bool
	PublishNotReady bool
	Selector        map[string]string
	Ports           []int
}

// Endpoint is one pod that the headless Service gives a name.
type Endpoint struct {
	Pod   string
	Ready bool
}

// CertificateRequest is the newest request for a certificate.
type CertificateRequest struct {
	Name        string
	Certificate string
	Ready       bool
	Reason      string // of the Ready condition: Pending, Failed, Denied …
	Message     string
	NoCA        bool // issued without ca.crt: the issuer doesn't say who signed
	Created     time.Time
	Chain       []trust.Certificate // what was issued, leaf first; empty until then
}

// Rule is one rule of a Role.
type Rule struct {
	Groups, Resources, Names, Verbs []string
	Healer                          bool // it is nifi-healer's, not NiFi's
}

// StorageClass is a StorageClass of the Kubernetes cluster.
type StorageClass struct {
	Name       string
	Default    bool
	Expandable bool // a claim may ask for more later
}

// Log is the newest lines that NiFi wrote in one pod.
type Log struct {
	Pod      string
	Previous bool // of the run before the present one
	Lines    []LogLine
}

// LogLine is one line and the time the kubelet got it.
type LogLine struct {
	Time time.Time
	Text string
}

// Container is the state of one container of a pod.
type Container struct {
	Name     string
	ID       string // of the present run, as the container runtime has it
	Init     bool
	Ready    bool
	Restarts int
	Waiting  string    // the reason it waits; empty if it doesn't
	Message  string    // the kubelet's words about that
	Started  time.Time // of the present run; zero if there is none
	Exit     *Exit     // of the present state, if it has ended
	Last     *Exit     // of the run before
}

// Exit is how a container ended.
type Exit struct {
	Code     int
	Reason   string // Completed, Error, OOMKilled …
	Finished time.Time
}

// NodeEvent is one message of the coordinator about a node.
type NodeEvent struct {
	Time    time.Time // zero if NiFi's zone isn't known for certain
	Message string
}

// Container returns a container of the pod by name, or nil.
func (p Pod) Container(name string) *Container {
	return find(p.Containers, func(c Container) bool { return c.Name == name })
}

// Running is since when NiFi's own container has run; zero if it doesn't.
func (p Pod) Running() time.Time {
	if c := p.Container("nifi"); c != nil {
		return c.Started
	}
	return time.Time{}
}

// Service returns one of the Services by name, or nil.
func (d Detail) Service(name string) *Service {
	return find(d.Services, func(s Service) bool { return s.Name == name })
}

// Allows tells whether the rules let NiFi use verb on the object.
func (d Detail) Allows(group, resource, name, verb string) bool {
	return d.allows(false, group, resource, name, verb)
}

// AllowsHealer tells whether the rules let nifi-healer use verb on the object.
func (d Detail) AllowsHealer(group, resource, name, verb string) bool {
	return d.allows(true, group, resource, name, verb)
}

func (d Detail) allows(healer bool, group, resource, name, verb string) bool {
	return find(d.Rules, func(r Rule) bool {
		return r.Healer == healer && has(r.Groups, group) && has(r.Resources, resource) && has(r.Verbs, verb) &&
			(len(r.Names) == 0 || has(r.Names, name))
	}) != nil
}

func has(all []string, one string) bool {
	return find(all, func(s string) bool { return s == one || s == "*" }) != nil
}

// sort puts what came from several readers, or in no set order, in order.
func (d *Detail) sort(pods func(a, b string) int) {
	slices.SortStableFunc(d.Events, func(a, b Event) int { return b.Last.Compare(a.Last) })
	slices.SortFunc(d.Claims, func(a, b Claim) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(d.Logs, func(a, b Log) int {
		return cmp.Or(pods(a.Pod, b.Pod), cmp.Compare(order(a.Previous), order(b.Previous)))
	})
	slices.SortStableFunc(d.Usages, func(a, b Usage) int { return pods(a.Pod, b.Pod) })
	slices.SortFunc(d.Throttling, func(a, b Throttling) int { return pods(a.Pod, b.Pod) })
}

func order(previous bool) int {
	if previous {
		return 1
	}
	return 0
}
