package plugin

import (
	"fmt"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// podCell is the pod's reason for not being well, or its phase.
func (s statusText) podCell(p *view.Pod) cell {
	switch {
	case p == nil && s.cluster.Pods == nil:
		return cell{"-", nil}
	case p == nil:
		return cell{"no pod", s.bad}
	case p.Failing():
		return cell{orDash(p.Reason), s.bad}
	case p.Reason != "":
		return cell{p.Reason, s.warn}
	case p.Ready:
		return cell{p.Phase + ", ready", s.good}
	default:
		return cell{p.Phase + ", not ready", s.warn}
	}
}

// nodeCell is the status the coordinator gives a node, as NiFi spells it.
func (s statusText) nodeCell(n *view.Node) cell {
	switch {
	case n == nil && s.cluster.NodesFrom == "":
		return cell{"-", nil}
	case n == nil:
		return cell{"unknown to it", s.warn}
	case n.Status == view.StatusConnected:
		return cell{n.Status, s.good}
	case n.Status == string(nifi.Disconnected):
		return cell{n.Status, s.bad}
	default:
		return cell{n.Status, s.warn}
	}
}

// ownCell is what a node says of itself.
func (s statusText) ownCell(own *view.Summary) cell {
	switch {
	case own == nil:
		return cell{"-", nil}
	case own.Error != "":
		return cell{"no answer", s.bad}
	case own.Connected:
		return cell{"connected", s.good}
	default:
		return cell{"not connected", s.bad}
	}
}

// expiryCell is when the node's certificate ends.
func (s statusText) expiryCell(c *view.Certificate) cell {
	if c == nil {
		return cell{"-", nil}
	}
	text := humanExpiry(s.cluster.Time, c.NotAfter)
	if !c.Ready {
		text = strings.TrimSpace(strings.TrimPrefix(text+", not ready", "-,"))
	}
	left := c.NotAfter.Sub(s.cluster.Time)
	switch {
	case !c.Ready, left <= 0:
		return cell{text, s.bad}
	case left < expirySoon:
		return cell{text, s.warn}
	default:
		return cell{text, nil}
	}
}

// roles is the marks of a node's roles.
func roles(m view.Member) string {
	marks := ""
	if m.Coordinator {
		marks += markCoordinator
	}
	if m.Primary {
		marks += markPrimary
	}
	return orDash(marks)
}

func queued(flowFiles, bytes int64) string {
	return fmt.Sprintf("%d / %s", flowFiles, humanBytes(bytes))
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
