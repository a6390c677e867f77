package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// nodes answers for every node of the world what a healthy NiFi 2.3.0 answers:
// the host name says which node is asked.
type nodes struct {
	world *world
}

// ServeHTTP answers the three calls that are made of a cluster that is well.
func (n nodes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host, _, err := net.SplitHostPort(r.Host)
	cluster, _, known := numberOf(host)
	if err != nil || !known {
		http.Error(w, "Invalid SNI", http.StatusBadRequest)
		return
	}
	n.world.count(r.UserAgent())
	var answer any
	switch strings.TrimPrefix(r.URL.Path, "/nifi-api") {
	case "/flow/cluster/summary":
		count := n.world.nodes
		answer = map[string]nifi.Summary{"clusterSummary": {
			Clustered: true, ConnectedToCluster: true, ConnectedNodes: fmt.Sprintf("%d / %d", count, count),
			ConnectedNodeCount: count, TotalNodeCount: count,
		}}
	case "/controller/cluster":
		answer = map[string]nifi.Cluster{"cluster": n.cluster(cluster, time.Now().UTC())}
	case "/authentication/configuration":
		answer = map[string]any{"authenticationConfiguration": map[string]bool{"externalLoginRequired": false}}
	default:
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer) // the client has gone if it fails
}

// cluster is the coordinator's view: everybody is in, and was heard of just now.
// Each node has been out and back once.
func (n nodes) cluster(number int, now time.Time) nifi.Cluster {
	names := namesOf(number)
	view := nifi.Cluster{Generated: now.Format("15:04:05 MST")}
	for i := range n.world.nodes {
		node := nifi.Node{
			ID: fmt.Sprintf("00000000-0000-4000-8000-%08d%04d", number, i), Address: names.FQDN(names.Pod(i)), APIPort: 8443,
			Status: nifi.Connected, Heartbeat: stamp(now.Add(-3 * time.Second)), NodeStartTime: stamp(n.world.began), Queued: "0 / 0 bytes",
		}
		if i == 0 {
			node.Roles = []nifi.Role{nifi.RolePrimary, nifi.RoleCoordinator}
		}
		for _, message := range []string{
			"Received first heartbeat from connecting node. Node connected.",
			"Received heartbeat from node previously disconnected due to Lack of Heartbeat. Issuing reconnection request.",
			"Requesting that node connect to cluster",
			"Node disconnected from cluster due to Have not received a heartbeat from node in 43 seconds",
			"Received first heartbeat from connecting node. Node connected.",
			"Connection requested from existing node. Setting status to connecting.",
		} {
			node.Events = append(node.Events, nifi.Event{Timestamp: stamp(n.world.began), Category: "INFO", Message: message})
		}
		view.Nodes = append(view.Nodes, node)
	}
	return view
}

func stamp(t time.Time) string { return t.Format("01/02/2006 15:04:05 MST") }

// config is the TLS of all nodes: a name has a certificate of its own, and who
// asks must show one of the world's authority.
func (n nodes) config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: n.world.pool(),
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			certificate := n.world.leaves[hello.ServerName]
			if certificate == nil {
				return nil, fmt.Errorf("there is no node %q", hello.ServerName)
			}
			return certificate, nil
		},
	}
}
