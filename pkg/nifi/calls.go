package nifi

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

const (
	pathAbout   = "/flow/about"
	pathSummary = "/flow/cluster/summary"
	pathCluster = "/controller/cluster"
	pathStatus  = "/flow/status"
)

// About asks what runs on the node. Needs the policy "view the user interface".
func (c *Client) About(ctx context.Context) (About, error) {
	return call[About](ctx, c, http.MethodGet, pathAbout, "about", nil)
}

// Summary asks what the node believes of its own membership. It answers out of
// the cluster, too. Needs the policy "view the user interface".
func (c *Client) Summary(ctx context.Context) (Summary, error) {
	return call[Summary](ctx, c, http.MethodGet, pathSummary, "clusterSummary", nil)
}

// Status asks what waits in the queues: of all nodes if the node is connected,
// of this node alone if it is out of the cluster, also while it is offloaded,
// when the coordinator hears no heartbeat of it. Needs "view the user interface".
func (c *Client) Status(ctx context.Context) (Status, error) {
	return call[Status](ctx, c, http.MethodGet, pathStatus, "controllerStatus", nil)
}

// Cluster asks for the coordinator's view, which any connected node passes on;
// others answer ErrNotConnected, and all ErrNoCoordinator while there is none.
// Needs the policy "access the controller", read.
func (c *Client) Cluster(ctx context.Context) (Cluster, error) {
	return call[Cluster](ctx, c, http.MethodGet, pathCluster, "cluster", nil)
}

// Node asks for the coordinator's view of the node with this id. For an id
// that nobody has, 2.3.0 answers 500 instead of ErrNotFound: to learn whether a
// node exists, look for it in Cluster.
func (c *Client) Node(ctx context.Context, id string) (Node, error) {
	path, err := nodePath(id)
	if err != nil {
		return Node{}, err
	}
	return call[Node](ctx, c, http.MethodGet, path, "node", nil)
}

// SetNodeStatus asks the coordinator to connect, disconnect or offload a node:
// s is Connecting, Disconnecting or Offloading; anything else is an error here
// since NiFi ignores it without a word (StandardNiFiServiceFacade.updateNode).
// The change goes on after the answer: the returned node is a snapshot, so ask
// again until it is where it should be. Needs "access the controller", write.
func (c *Client) SetNodeStatus(ctx context.Context, id string, s NodeStatus) (Node, error) {
	if !slices.Contains([]NodeStatus{Connecting, Disconnecting, Offloading}, s) {
		return Node{}, fmt.Errorf("setting the status of node %q: %q can't be asked for, only %s, %s and %s can",
			id, s, Connecting, Disconnecting, Offloading)
	}
	path, err := nodePath(id)
	if err != nil {
		return Node{}, err
	}
	var body struct {
		Node struct {
			ID     string     `json:"nodeId"`
			Status NodeStatus `json:"status"`
		} `json:"node"`
	}
	body.Node.ID, body.Node.Status = id, s
	return call[Node](ctx, c, http.MethodPut, path, "node", body)
}

// DeleteNode makes the coordinator forget a node that is disconnected or
// offloaded (else ErrConflict). A node that still sends heartbeats comes back.
func (c *Client) DeleteNode(ctx context.Context, id string) error {
	path, err := nodePath(id)
	if err != nil {
		return err
	}
	return c.Do(ctx, http.MethodDelete, path, nil, nil)
}

// call returns what the answer holds under key. An answer without it isn't
// NiFi's: its zero value would read as a node that is out, or an empty cluster.
func call[T any](ctx context.Context, c *Client, method, path, key string, in any) (T, error) {
	var answer map[string]*T
	var none T
	if err := c.Do(ctx, method, path, in, &answer); err != nil {
		return none, err
	}
	if answer[key] == nil {
		return none, fmt.Errorf("reading the answer to %s %s from %s: it has no %q", method, path, c.base, key)
	}
	return *answer[key], nil
}

// nodePath refuses what is no node id, so that none can lead to another call.
func nodePath(id string) (string, error) {
	if id == "" || strings.ContainsFunc(id, notInID) {
		return "", fmt.Errorf("addressing node %q: a node id is a UUID", id)
	}
	return pathCluster + "/nodes/" + id, nil
}

func notInID(r rune) bool {
	return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}
