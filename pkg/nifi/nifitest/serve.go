package nifitest

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

const (
	apiRoot  = "/nifi-api"
	maxInput = 1 << 20 // bytes of a request body
)

// serve is a request's way through a node: Jetty's checks of the Host header,
// then who is asking, then NiFi's own resources.
func (n *Node) serve(w http.ResponseWriter, r *http.Request) {
	if status, reason := n.checkHost(r.Host); status != 0 {
		writeJettyError(w, r, status, reason)
		return
	}
	if fault := n.currentFault(); fault != nil {
		fault(w, r)
		return
	}
	call := request{user: n.user(r), path: strings.TrimPrefix(r.URL.Path, apiRoot), method: r.Method}
	call.body, _ = io.ReadAll(http.MaxBytesReader(w, r.Body, maxInput))
	answer, err := n.handle(call)
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		writeText(w, refused.status, refused.text)
	case err != nil:
		writeText(w, http.StatusInternalServerError, err.Error())
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer)
	}
}

// checkHost is Jetty's SecureRequestCustomizer, which wants a name of the
// certificate, and NiFi's HostPortValidatorCustomizer, which wants its port or
// none. The status is 0 if both agree.
func (n *Node) checkHost(hostport string) (status int, reason string) {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		host, port = hostport, ""
	}
	if n.leaf().VerifyHostname(host) != nil {
		return http.StatusBadRequest, "Invalid SNI"
	}
	if port != "" && port != strconv.Itoa(n.cluster.Names.HTTPSPort()) {
		return http.StatusMisdirectedRequest, "Invalid Port Requested"
	}
	return 0, ""
}

func (n *Node) leaf() *x509.Certificate {
	n.cluster.mu.Lock()
	defer n.cluster.mu.Unlock()
	return n.certificate.Leaf
}

func (n *Node) currentFault() Fault {
	n.cluster.mu.Lock()
	defer n.cluster.mu.Unlock()
	return n.fault
}

// user is who is asking: the subject of the client certificate, else the owner
// of a bearer token, else nobody.
func (n *Node) user(r *http.Request) string {
	if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		return nifi.Identity(r.TLS.PeerCertificates[0])
	}
	n.cluster.mu.Lock()
	defer n.cluster.mu.Unlock()
	return n.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

// writeJettyError is Jetty's ErrorHandler: JSON for who accepts it, else a page.
func writeJettyError(w http.ResponseWriter, r *http.Request, status int, reason string) {
	if strings.Contains(r.Header.Get("Accept"), "json") {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		report := map[string]string{"url": r.URL.Path, "status": strconv.Itoa(status), "message": reason}
		_ = json.NewEncoder(w).Encode(report)
		return
	}
	w.Header().Set("Content-Type", "text/html;charset=iso-8859-1")
	w.WriteHeader(status)
	title := fmt.Sprintf("Error %d %s", status, html.EscapeString(reason))
	_, _ = fmt.Fprintf(w, "<html>\n<head>\n<title>%s</title>\n</head>\n<body><h2>HTTP ERROR %d</h2></body>\n</html>\n", title, status)
}
