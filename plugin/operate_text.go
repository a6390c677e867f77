package plugin

import (
	"fmt"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
)

// planText is the plan in words and numbers, one line a step.
func planText(j operation.Journal, s operation.State, plan []operation.Step) string {
	var out strings.Builder
	verb := "plan"
	if j.Abort {
		verb = "plan to take back"
	}
	fmt.Fprintf(&out, "%s: %s, cluster %s in namespace %s, %d of %d nodes %s\n",
		verb, j.Intent, s.Names.Cluster, s.Names.Namespace, s.Connected(), s.Replicas, nifi.Connected)
	if j.Kind == operation.Heal {
		fmt.Fprintf(&out, "  %s\n", strings.Join(operation.Reasons(j, s), "\n  "))
	}
	for i, step := range plan {
		fmt.Fprintf(&out, "  %2d. %s%s\n", i+1, step, numbers(step, s))
	}
	if len(plan) == 0 {
		out.WriteString("  nothing is left to do\n")
	}
	return out.String()
}

// numbers is what a step moves or deletes.
func numbers(step operation.Step, s operation.State) string {
	node, ok := s.Node(step.Pod)
	switch {
	case ok && step.Do == operation.DoOffload && (node.UID != "" || node.FlowFiles > 0): // else nobody knows
		return fmt.Sprintf(": %s", queueText(node.FlowFiles, node.Bytes))
	case ok && step.Do == operation.DoDelete:
		return ": " + strings.Join(node.Claims, ", ")
	default:
		return ""
	}
}

func queueText(flowFiles, bytes int64) string {
	return fmt.Sprintf("%s FlowFiles, %s", thousands(flowFiles), humanBytes(bytes))
}

// thousands groups digits: 12,345.
func thousands(n int64) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
