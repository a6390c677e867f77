package nifitest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

var errUnknownNode = errors.New("unknown node")

// coordinator is the membership if this node can ask for it (ControllerResource:
// first whether the node is in the cluster, then whether someone coordinates it).
func (n *Node) coordinator() (*membership, error) {
	m := &n.cluster.members
	if !n.member.joined {
		return nil, refuse(http.StatusNotFound, "Only a node connected to a cluster can process the request.")
	}
	if m.holder(nifi.RoleCoordinator) < 0 {
		return nil, refuse(http.StatusServiceUnavailable, "Action cannot be performed because there is currently no Cluster Coordinator elected. "+
			"The request should be tried again after a moment, after a Cluster Coordinator has been automatically elected.")
	}
	return m, nil
}

func (n *Node) clusterView(request) (any, error) {
	m, err := n.coordinator()
	if err != nil {
		return nil, err
	}
	view := nifi.Cluster{Generated: n.cluster.Clock.Now().Format("15:04:05 MST"), Nodes: []nifi.Node{}}
	for _, node := range m.members {
		view.Nodes = append(view.Nodes, node.clone())
	}
	return map[string]nifi.Cluster{"cluster": view}, nil
}

// getNode trips over an id that nobody has, as NiFi 2.3.0 was seen to do
// (NodeClusterCoordinator.getConnectionStatus dereferences null).
func (n *Node) getNode(r request) (any, error) {
	_, node, err := n.find(r)
	if errors.Is(err, errUnknownNode) {
		return nil, refuse(http.StatusInternalServerError, "An unexpected error has occurred. Please check the logs for additional details.")
	}
	if err != nil {
		return nil, err
	}
	return map[string]nifi.Node{"node": node.clone()}, nil
}

func (n *Node) putNode(r request) (any, error) {
	var body struct {
		Node *struct {
			ID     string `json:"nodeId"`
			Status string `json:"status"`
		} `json:"node"`
	}
	if json.Unmarshal(r.body, &body) != nil || body.Node == nil {
		return nil, refuse(http.StatusBadRequest, "Node details must be specified.")
	}
	if id := lastSegment(r.path); body.Node.ID != id {
		return nil, refuse(http.StatusBadRequest, "The id (%s) in the request body does not equal the id of the requested node (%s).", body.Node.ID, id)
	}
	m, node, err := n.find(r)
	if err != nil {
		return nil, err
	}
	if err := m.set(node, body.Node.Status, r.user); err != nil {
		return nil, err
	}
	return map[string]nifi.Node{"node": node.clone()}, nil
}

func (n *Node) deleteNode(r request) (any, error) {
	m, node, err := n.find(r)
	if err != nil {
		return nil, err
	}
	return struct{}{}, m.remove(node, r.user)
}

// find is the node that the path names.
func (n *Node) find(r request) (*membership, *member, error) {
	m, err := n.coordinator()
	if err != nil {
		return nil, nil, err
	}
	id := lastSegment(r.path)
	node, err := m.find(id)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", err, refuse(http.StatusNotFound, "No node exists with ID %s", id))
	}
	return m, node, nil
}

func lastSegment(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }
