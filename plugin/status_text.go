package plugin

import (
	"fmt"
	"strings"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// The marks of the two roles.
const (
	markCoordinator = "★"
	markPrimary     = "◆"
)

// expirySoon is when a certificate is worth a look: cert-manager should have
// renewed it three weeks before.
const expirySoon = 7 * 24 * time.Hour

// statusText writes a snapshot for people.
type statusText struct {
	palette
	cluster view.Cluster
	wide    bool
}

// String is the whole text.
func (s statusText) String() string {
	blocks := []string{s.summary()}
	if nodes := s.nodes(); nodes != "" {
		blocks = append(blocks, nodes)
	}
	if errors := s.errors(); errors != "" {
		blocks = append(blocks, errors)
	}
	return strings.Join(blocks, "\n")
}

// summary is the lines above the table.
func (s statusText) summary() string {
	c := s.cluster
	phase, message := c.Phase()
	t := &table{}
	line := func(label, text string) { t.add(cell{text: label + ":"}, cell{text: text}) }
	line("Cluster", fmt.Sprintf("%s (namespace %s)", c.Names.Cluster, c.Names.Namespace))
	line("Phase", phasePaint(s.palette, phase)(string(phase))+", "+message)
	if c.StatefulSet != nil {
		line("Replicas", fmt.Sprintf("%d/%d ready", c.StatefulSet.Ready, c.StatefulSet.Desired))
		line("NiFi", fmt.Sprintf("%s (%s)", orDash(c.StatefulSet.Version), c.StatefulSet.Image))
	}
	line("Coordinator", markCoordinator+" "+orDash(c.Coordinator()))
	line("Primary node", markPrimary+" "+orDash(c.Primary()))
	if c.NodesFrom != "" {
		line("Queued", queued(c.Queued()))
	}
	if c.Operation != nil {
		line("Operation", operationText(c))
	}
	if soonest := c.SoonestExpiry(); soonest != nil {
		line("Certificates", fmt.Sprintf("%s expires first, %s", soonest.Name, humanExpiry(c.Time, soonest.NotAfter)))
	}
	return t.String()
}

func phasePaint(p palette, phase view.Phase) func(string) string {
	switch phase {
	case view.PhaseRunning:
		return p.good
	case view.PhaseError:
		return p.bad
	default:
		return p.warn
	}
}

// nodes is the table, a row a node.
func (s statusText) nodes() string {
	members := s.cluster.Members()
	if len(members) == 0 {
		return ""
	}
	t := &table{}
	header := []string{"NODE", "POD", "COORDINATOR SAYS", "NODE SAYS", "ROLES", "QUEUED", "RESTARTS", "AGE", "CERT EXPIRES"}
	if s.wide {
		header = append(header, "NODE ID", "ADDRESS", "HOST", "HEARTBEAT")
	}
	t.header(header...)
	for _, m := range members {
		row := s.row(m)
		if s.wide {
			row = append(row, s.wideCells(m)...)
		}
		t.add(row...)
	}
	return t.String()
}

func (s statusText) row(m view.Member) []cell {
	restarts, age := "-", "-"
	if m.Pod != nil {
		restarts, age = fmt.Sprint(m.Pod.Restarts), humanAge(s.cluster.Time, m.Pod.Created)
	}
	queue := "-"
	if m.Node != nil {
		queue = queued(m.Node.FlowFiles, m.Node.Bytes)
	}
	return []cell{
		{text: m.Name}, s.podCell(m.Pod), s.nodeCell(m.Node), s.ownCell(m.Summary),
		{text: roles(m)}, {text: queue}, {text: restarts}, {text: age}, s.expiryCell(m.Certificate),
	}
}

func (s statusText) wideCells(m view.Member) []cell {
	id, address, host, heartbeat := "-", "-", "-", "-"
	if m.Pod != nil {
		address, host = s.cluster.Names.FQDN(m.Pod.Name), orDash(m.Pod.Host)
	}
	if m.Node != nil {
		id, address, heartbeat = m.Node.ID, m.Node.Address, humanAge(s.cluster.Time, m.Node.Heartbeat)
	}
	return []cell{{text: id}, {text: address}, {text: host}, {text: heartbeat}}
}

// errors is the block of what went wrong while asking.
func (s statusText) errors() string {
	if len(s.cluster.Errors) == 0 {
		return ""
	}
	var out strings.Builder
	out.WriteString(s.bad("Errors") + "\n")
	for _, e := range s.cluster.Errors {
		fmt.Fprintf(&out, "  %s\n", e)
	}
	return out.String()
}
