package plugin

import (
	"fmt"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/healer/policy"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
)

// text is the state for people.
func (o *healerStatusOptions) text(s healerState) string {
	var out strings.Builder
	fmt.Fprintf(&out, "Healer: %s\n", o.who(s.deployment))
	switch {
	case o.name != "":
		out.WriteString(o.detail(s, s.clusters[0]))
	case len(s.clusters) == 0:
		fmt.Fprintf(&out, "No NiFi clusters in namespace %s.\n", o.connection.namespace)
	default:
		out.WriteString("\n" + o.overview(s))
	}
	return out.String()
}

func (o *healerStatusOptions) who(d *kube.Deployment) string {
	if d == nil {
		return fmt.Sprintf("none in namespace %s; kubectl nifi healer install makes one", o.connection.namespace)
	}
	return fmt.Sprintf("%s, %d of %d ready in namespace %s", kube.Tag(d.Image), d.Ready, d.Replicas, o.connection.namespace)
}

// overview is a line a cluster.
func (o *healerStatusOptions) overview(s healerState) string {
	var t table
	t.header("CLUSTER", "MODE", "STATE", "INCIDENTS", "LAST DECISION")
	for _, h := range s.clusters {
		last := "-"
		if n := len(h.told); n > 0 {
			last = fmt.Sprintf("%s, %s ago", h.told[n-1].Reason, humanAge(o.env.Now(), h.told[n-1].Last))
		}
		t.add(cell{text: h.Names.Cluster}, cell{text: h.mode()}, cell{text: h.state(s.works())}, cell{text: fmt.Sprint(len(h.memory.Incidents))}, cell{text: last})
	}
	return t.String()
}

// mode is what the overlay lets the healer do.
func (h healed) mode() string { return string(policy.ModeOf(h.StatefulSet)) }

// state is the cluster's in a word.
func (h healed) state(works bool) string {
	switch {
	case !works:
		return "Unwatched"
	case len(h.problems) > 0:
		return "Unknown"
	case h.pause != nil:
		return "Paused"
	case h.escalated():
		return "Escalated"
	case len(h.memory.Incidents) > 0:
		return "Healing"
	default:
		return "Watching"
	}
}

// detail is all about one cluster.
func (o *healerStatusOptions) detail(s healerState, h healed) string {
	var out strings.Builder
	fmt.Fprintf(&out, "Mode:   %s\nState:  %s\n", h.mode(), h.state(s.works()))
	if h.pause != nil {
		fmt.Fprintf(&out, "        %s\n", h.pause)
	}
	for _, problem := range h.problems {
		fmt.Fprintf(&out, "        %s\n", problem)
	}
	out.WriteString("\nOpen incidents\n")
	out.WriteString(o.incidents(h.memory.Incidents))
	out.WriteString("\nLast decisions\n")
	if s.mute != "" {
		out.WriteString("unknown\n")
		return out.String()
	}
	out.WriteString(o.decisions(h))
	return out.String()
}

func (o *healerStatusOptions) incidents(all []policy.Incident) string {
	if len(all) == 0 {
		return "none\n"
	}
	var t table
	t.header("INCIDENT", "POD", "FINDING", "STAGE", "SINCE", "NOW", "SAID LAST")
	for _, i := range all {
		doing := "-"
		if i.Act != nil {
			doing = string(i.Act.Deed)
		}
		t.add(cell{text: i.ID}, cell{text: orDash(i.Pod)}, cell{text: string(i.Finding)}, cell{text: string(i.Stage)},
			cell{text: humanAge(o.env.Now(), i.Since)}, cell{text: doing}, cell{text: orDash(i.News)})
	}
	return t.String()
}

func (o *healerStatusOptions) decisions(h healed) string {
	if len(h.told) == 0 {
		return "none in the last hour\n"
	}
	var t table
	t.header("AGE", "TIMES", "DECISION", "WHY")
	for _, event := range h.told[max(0, len(h.told)-shownDecisions):] {
		t.add(cell{text: humanAge(o.env.Now(), event.Last)}, cell{text: fmt.Sprint(event.Count)}, cell{text: event.Reason}, cell{text: event.Message})
	}
	return t.String()
}
