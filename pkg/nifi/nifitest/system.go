package nifitest

import "github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"

// Fill makes a node's repositories, all on one volume, use this many of that
// many bytes.
func (n *Node) Fill(used, total int64) {
	n.cluster.mu.Lock()
	defer n.cluster.mu.Unlock()
	n.used, n.total = used, total
}

// system is what a connected node collects from all that are, and another says
// of itself alone (SystemDiagnosticsResource: it replicates only then).
func (n *Node) system(request) (any, error) {
	var answer nifi.System
	if n.member.joined {
		if _, err := n.coordinator(); err != nil {
			return nil, err
		}
		for _, other := range n.cluster.nodes {
			if other.member.joined {
				answer.Nodes = append(answer.Nodes, other.usage())
			}
		}
	}
	return map[string]nifi.System{"systemDiagnostics": answer}, nil
}

func (n *Node) usage() nifi.NodeSystem {
	usage := nifi.StorageUsage{Used: n.used, Total: n.total, Free: n.total - n.used}
	named := usage
	named.Identifier = "default"
	return nifi.NodeSystem{ID: n.member.ID, Address: n.fqdn, APIPort: n.member.APIPort, Snapshot: nifi.SystemSnapshot{
		FlowFile: usage, Content: []nifi.StorageUsage{named}, Provenance: []nifi.StorageUsage{named},
	}}
}
