package v1

import (
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// From makes the document of a snapshot.
func From(c view.Cluster) ClusterStatus {
	phase, message := c.Phase()
	status := ClusterStatus{
		APIVersion:   APIVersion,
		Kind:         Kind,
		Metadata:     Metadata{Name: c.Names.Cluster, Namespace: c.Names.Namespace, Time: c.Time.UTC().Truncate(time.Second)},
		Phase:        string(phase),
		Message:      message,
		Well:         c.Well(),
		Replicas:     Replicas{Connected: c.Connected()},
		Coordinator:  c.Coordinator(),
		Primary:      c.Primary(),
		Nodes:        []Node{},
		Certificates: Certificates{Soonest: certificateFrom(c.SoonestExpiry())},
		Errors:       errorsFrom(c.Errors),
	}
	if s := c.StatefulSet; s != nil {
		status.Metadata.CreationTimestamp = s.Created.UTC()
		status.Replicas.Desired, status.Replicas.Ready, status.Replicas.Updated = s.Desired, s.Ready, s.Updated
		status.Version, status.Image = s.Version, s.Image
	}
	if c.NodesFrom != "" {
		flowFiles, bytes := c.Queued()
		status.Queued = &Queued{FlowFiles: flowFiles, Bytes: bytes}
	}
	if o := c.Operation; o != nil {
		status.Operation = &Operation{Holder: o.Holder, What: o.What, Step: o.Step, Reason: o.Reason, AcquireTime: o.Since.UTC(), Expired: !o.Valid(c.Time)}
	}
	for _, member := range c.Members() {
		status.Nodes = append(status.Nodes, nodeFrom(member))
	}
	return status
}

func errorsFrom(all []view.SourceError) []Error {
	errors := []Error{}
	for _, e := range all {
		errors = append(errors, Error{
			Source: string(e.Source), Subject: e.Subject, Reason: string(e.Reason), Message: e.Message,
		})
	}
	return errors
}

func nodeFrom(m view.Member) Node {
	node := Node{Name: m.Name, Certificate: certificateFrom(m.Certificate)}
	if p := m.Pod; p != nil {
		node.Pod = &Pod{
			Phase: p.Phase, Reason: p.Reason, Ready: p.Ready, Restarts: p.Restarts,
			NodeName: p.Host, CreationTimestamp: p.Created.UTC(),
		}
	}
	if n := m.Node; n != nil {
		node.Coordinator = &CoordinatorView{
			NodeID: n.ID, Address: n.Address, Status: n.Status, Roles: n.Roles, Heartbeat: n.Heartbeat,
			Queued: Queued{FlowFiles: n.FlowFiles, Bytes: n.Bytes}, Event: n.Event,
		}
	}
	if s := m.Summary; s != nil {
		node.Own = &OwnView{Connected: s.Connected, Error: s.Error}
	}
	return node
}

func certificateFrom(c *view.Certificate) *Certificate {
	if c == nil {
		return nil
	}
	return &Certificate{Name: c.Name, NotAfter: c.NotAfter, Ready: c.Ready, Message: c.Message}
}
