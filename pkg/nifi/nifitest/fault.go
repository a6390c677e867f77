package nifitest

import (
	"io"
	"net"
	"net/http"
)

// Fault answers a request in the node's place, before NiFi itself sees it.
type Fault func(w http.ResponseWriter, r *http.Request)

// Garbage answers 200 with JSON that breaks off.
func Garbage() Fault {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"cluster":{"nodes":[{"nodeId":`)
	}
}

// Page answers 200 with an HTML page, as NiFi before 2.3 does to a Host it
// doesn't know (HostHeaderHandler), or a proxy that wants a login.
func Page(title string) Fault {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html><head><title>"+title+"</title></head><body><h1>"+title+"</h1></body></html>")
	}
}

// Status answers every call with this status and plain text.
func Status(code int, text string) Fault {
	return func(w http.ResponseWriter, _ *http.Request) { writeText(w, code, text) }
}

// Drop cuts the connection once a request has arrived.
func Drop() Fault {
	return func(_ http.ResponseWriter, r *http.Request) {
		if conn, ok := r.Context().Value(connKey{}).(net.Conn); ok {
			_ = conn.Close()
		}
	}
}

// connKey finds the connection in the context of its requests.
type connKey struct{}

// SetFault makes the node answer with fault from now on, nil as it should.
func (n *Node) SetFault(fault Fault) {
	n.cluster.mu.Lock()
	defer n.cluster.mu.Unlock()
	n.fault = fault
}

// Hang makes the node accept connections and answer nothing, not even the TLS
// handshake, on old and new connections alike, until Release or Close.
func (n *Node) Hang() { n.gate.close() }

// Release lets a node that hangs go on where it stopped.
func (n *Node) Release() { n.gate.release() }
