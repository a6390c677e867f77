package plugin

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// mark is a verdict as a sign.
func (p palette) mark(v trust.Verdict) cell {
	switch v {
	case trust.Yes:
		return cell{"✓", p.good}
	case trust.No:
		return cell{"✗", p.bad}
	default:
		return cell{"?", p.warn}
	}
}

// matrixText writes who trusts whom.
type matrixText struct {
	palette
	trust.Matrix
}

// blocks is the matrix, and the reasons of what doesn't verify.
func (m matrixText) blocks() []string {
	if len(m.Nodes) == 0 {
		return nil
	}
	t := &table{}
	header := []string{"SERVED BY, TRUSTED BY:"}
	for _, node := range m.Nodes {
		header = append(header, node.Name)
	}
	t.header(header...)
	for i, node := range m.Nodes {
		row := []cell{{text: node.Name}}
		for _, c := range m.Cells[i] {
			row = append(row, m.mark(c.Verdict))
		}
		t.add(row...)
	}
	blocks := []string{t.String()}
	if reasons := m.reasons(); reasons != "" {
		blocks = append(blocks, m.bad("Pairs not verified")+"\n"+reasons)
	}
	return blocks
}

// reasons is a line for each reason that a node's chain doesn't verify.
func (m matrixText) reasons() string {
	var out strings.Builder
	for _, row := range m.Cells {
		var details []string
		by := map[string][]string{}
		for _, c := range row {
			if c.Verdict == trust.Yes {
				continue
			}
			if !slices.Contains(details, c.Detail) {
				details = append(details, c.Detail)
			}
			by[c.Detail] = append(by[c.Detail], c.To)
		}
		for _, detail := range details {
			fmt.Fprintf(&out, "  %s by %s: %s\n", row[0].From, strings.Join(by[detail], ", "), detail)
		}
	}
	return out.String()
}
