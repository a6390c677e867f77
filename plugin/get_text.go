package plugin

import (
	"fmt"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// getText lays out a list of clusters for people.
type getText struct {
	palette
	namespaces bool
	wide       bool
}

func (g getText) table(clusters []view.Cluster) string {
	header := []string{"NAME", "REPLICAS", "READY", "PHASE", "VERSION", "AGE"}
	if g.namespaces {
		header = append([]string{"NAMESPACE"}, header...)
	}
	if g.wide {
		header = append(header, "COORDINATOR", "MESSAGE")
	}
	t := &table{}
	t.header(header...)
	for _, cluster := range clusters {
		t.add(g.row(cluster)...)
	}
	return t.String()
}

func (g getText) row(c view.Cluster) []cell {
	phase, message := c.Phase()
	var row []cell
	if g.namespaces {
		row = append(row, cell{text: c.Names.Namespace})
	}
	row = append(row,
		cell{text: c.Names.Cluster},
		cell{text: fmt.Sprintf("%d/%d", c.StatefulSet.Ready, c.StatefulSet.Desired)},
		g.readyCell(phase),
		cell{text: string(phase), paint: phasePaint(g.palette, phase)},
		cell{text: orDash(c.StatefulSet.Version)},
		cell{text: humanAge(c.Time, c.StatefulSet.Created)},
	)
	if g.wide {
		row = append(row, cell{text: orDash(c.Coordinator())}, cell{text: message})
	}
	return row
}

// readyCell is a condition in Kubernetes' words: every node that should be
// there is ready.
func (g getText) readyCell(phase view.Phase) cell {
	if phase == view.PhaseRunning {
		return cell{"True", g.good}
	}
	return cell{"False", g.bad}
}
